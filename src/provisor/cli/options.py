"""Options that several commands share, and what they amount to: settings, or where the server is."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import click

from provisor.cli.exits import CommandFailed
from provisor.data_dir import DataDir
from provisor.settings import PREFIX, Settings, SettingsError

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_URL = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is and who we are there."""

    url: str
    token: str


def settings_options(command: Command) -> Command:
    """Every setting as an option: `--database-url` is PROVISOR_DATABASE_URL."""
    for each in reversed(fields(Settings)):
        shown = "" if each.default is None or each.default == () else f"  [default: {each.default}]"
        option = click.option(
            f"--{each.name.replace('_', '-')}",
            each.name,
            metavar=str(each.type).partition(" ")[0].partition("[")[0].upper().replace("TUPLE", "CIDR,..."),
            help=f"{each.metadata['about']}{shown}",
        )
        command = option(command)
    return command


def read_settings(flags: dict[str, str | None]) -> Settings:
    """Settings from flags, then from the environment; a wrong one is a usage error."""
    given = {PREFIX + name.upper(): text for name, text in flags.items() if text is not None}
    try:
        return Settings.read({**os.environ, **given})
    except SettingsError as problem:
        raise click.UsageError(str(problem)) from None


data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    envvar="PROVISOR_DATA_DIR",
    help="Where the server of this machine keeps its files.",
)


def server_options(command: Command) -> Command:
    """The options of a command that talks to the running server; it gets an `Address` as `address`."""

    @data_dir_option
    @click.option("--token", envvar="PROVISOR_API_TOKEN", help="An API token of the server.")
    @click.option(
        "--url", envvar="PROVISOR_URL", help=f"Where the server is.  [default: this machine's, {DEFAULT_URL}]"
    )
    @click.pass_context
    def run(context: click.Context, /, url: str | None, token: str | None, data_dir: Path | None, **rest: Any) -> Any:
        return context.invoke(command, address=find_address(url, token, data_dir), **rest)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__click_params__ = [*run.__click_params__, *getattr(command, "__click_params__", [])]  # type: ignore[attr-defined]
    return run  # type: ignore[return-value]


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def find_address(url: str | None, token: str | None, data_dir: Path | None) -> Address:
    """The server that was named, else the one of the data directory. Its token is never sent to another server."""
    files = DataDir.at(data_dir)
    local = files.find_url() or DEFAULT_URL
    url = (url or local).rstrip("/")
    if not token and url == local.rstrip("/"):
        token = files.find_text(files.cli_token)
    if not token:
        raise CommandFailed(
            f"There is no API token for {url}. Give one with --token or PROVISOR_API_TOKEN; on the server's own "
            f"machine, name its data directory with --data-dir ({files.root} has no cli-token that this user may read)."
        )
    return Address(url, token)
