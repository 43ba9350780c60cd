"""`provisor assignments`: individual assignments made those of groups and back, and values set for one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click
import orjson

from provisor.cli.exits import Exit, leave
from provisor.cli.explain import overview
from provisor.cli.finding import find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable
from provisor.cli.server import Server, connected, run

TOWARDS = {"group": "GROUP", "individual": "USER"}


@click.group()
def assignments() -> None:
    """Convert assignments, and set values for one person in an app."""


@assignments.command()
@click.argument("app")
@click.argument("users", nargs=-1)
@click.option(
    "--to",
    "towards",
    type=click.Choice(list(TOWARDS)),
    required=True,
    help="group: only people in a group that is assigned too.",
)
@click.option("--dry-run", is_flag=True, help="Only say whom it would concern.")
@json_option
@server_options
def convert(address: Address, app: str, users: tuple[str, ...], towards: str, dry_run: bool, as_json: bool) -> None:
    """Have the groups of APP take over individual assignments, or make group assignments individual too.

    USERS are ids or logins; without any, everybody who can be converted. Accounts and their values stay as they are.
    Exit code 3: some of the USERS could not be converted.
    """
    answer = run(_convert(address, app, users, TOWARDS[towards], dry_run=dry_run))
    if as_json:
        print_json(answer)
    else:
        click.echo(_said(answer, app, dry_run=dry_run))
    if answer.get("refused"):
        leave(Exit.HELD)


async def _convert(address: Address, app: str, users: tuple[str, ...], towards: str, *, dry_run: bool) -> Any:
    async with connected(address) as server:
        found = await find_app(server, app)
        ids = [await _user_id(server, each) for each in users]
        path = f"/provisor/v1/apps/{quote(found['id'])}/conversion"
        if dry_run:
            chosen = "".join(f"&user={quote(each)}" for each in ids)
            return await server.get(f"{path}?to={towards}{chosen}")
        return await server.post(path, {"to": towards, **({"users": ids} if ids else {})})


async def _user_id(server: Server, user: str) -> str:
    found: dict[str, Any] = await server.get(f"/api/v1/users/{quote(user, safe='')}")
    return str(found["id"])


def _said(answer: Mapping[str, Any], app: str, *, dry_run: bool) -> str:
    if dry_run:
        converts, stays = answer["converts"], answer["stays"]["number"]
        more = " or more" if converts["more"] else ""
        names = ", ".join(readable(each["login"]) for each in answer["people"])
        lines = [f"{counted(converts['number'], 'person')}{more} in {app} would be converted."]
        if names:
            lines.append(f"The first: {names}.")
        if stays:
            lines.append(f"{counted(stays, 'person')} would stay as they are.")
        return "\n".join([*lines, "Nothing was changed."])
    lines = [f"Converted the assignments of {counted(answer['converted'], 'person')} in {app}."]
    if answer["refused"]:
        lines.append(
            f"Not converted: {', '.join(answer['refused'])}. No assigned group has them, or nothing else does."
        )
    return "\n".join(lines)


@assignments.command(name="set")
@click.argument("app")
@click.argument("user")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@json_option
@server_options
def set_values(address: Address, app: str, user: str, values: tuple[str, ...], as_json: bool) -> None:
    """Set values of USER's account in APP by hand: they win over groups, mapping and default until they are reset.

    A VALUE is text, or JSON: role=Lead, level=3, teams='["a"]', desk=null (no value), code='"3"' (a text).
    """
    answer = run(_set(address, app, user, dict(map(read_value, values))))
    if as_json:
        print_json(answer)
    else:
        click.echo("\n".join(overview(answer)))


def read_value(given: str) -> tuple[str, Any]:
    """`name=value`: JSON where it is some, text otherwise."""
    name, separator, text = given.partition("=")
    if not separator or not name:
        raise click.UsageError(f"{given!r} is no NAME=VALUE.")
    try:
        return name, orjson.loads(text)
    except orjson.JSONDecodeError:
        return name, text


async def _set(address: Address, app: str, user: str, values: Mapping[str, Any]) -> Any:
    async with connected(address) as server:
        found, user_id = await find_app(server, app), await _user_id(server, user)
        return await server.patch(f"/provisor/v1/apps/{quote(found['id'])}/users/{quote(user_id)}/overrides", values)


@assignments.command()
@click.argument("app")
@click.argument("user")
@click.argument("names", nargs=-1)
@server_options
def reset(address: Address, app: str, user: str, names: tuple[str, ...]) -> None:
    """Reset values of USER's account in APP that were set by hand: those named, or all."""
    run(_reset(address, app, user, names))
    click.echo(f"Reset {', '.join(names) if names else 'every value'} of {user} in {app}.")


async def _reset(address: Address, app: str, user: str, names: tuple[str, ...]) -> None:
    async with connected(address) as server:
        found, user_id = await find_app(server, app), await _user_id(server, user)
        path = f"/provisor/v1/apps/{quote(found['id'])}/users/{quote(user_id)}/overrides"
        for name in names:
            await server.delete(f"{path}/{quote(name, safe='')}")
        if not names:
            await server.delete(path)
