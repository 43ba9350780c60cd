"""Writes the reference pages that the code can tell by itself: commands, settings, events, permissions, expressions.

`python -m provisor.cli.reference docs/reference` (`make docs`) writes them; a test compares them with what is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import click

from provisor.cli.exits import Exit
from provisor.cli.options import DEFAULT_URL
from provisor.cli.program import main
from provisor.cli.reference_expressions import expressions_page
from provisor.cli.reference_policies import policies_page
from provisor.services.actor import Permission, Role, Scope
from provisor.settings import PREFIX, Settings
from provisor.systemlog import EventType

MADE = "<!-- Made from the code by `make docs`; edits here are lost. -->"


def commands_page() -> Iterator[str]:
    yield from ("# Commands", "", MADE, "")
    yield "`provisor COMMAND --help` says the same. Options of `serve` and `worker` are the [settings](settings.md)."
    yield from ("", "## Exit codes", "", "| code | means |", "|---|---|")
    yield from (f"| {each.value} | {each.meaning} |" for each in Exit)
    for path, command in every_command(main, "provisor"):
        yield from ("", f"## {path}", "", *paragraphs(command.help), "")
        # The pages must not depend on the width of anybody's window.
        context = click.Context(command, info_name=path, terminal_width=1000)
        yield f"    {command.get_usage(context).removeprefix('Usage: ')}"
        options = [each for each in command.params if isinstance(each, click.Option) and not_a_setting(path, each)]
        if options:
            yield from ("", "| option | what it does |", "|---|---|")
        for option in options:
            names, about = option.get_help_record(context) or ("", "")
            variable = f" Environment: `{option.envvar}`." if option.envvar else ""
            yield f"| `{cell(names)}` | {cell(about)}{variable} |"


def every_command(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it."""
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from every_command(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def not_a_setting(path: str, option: click.Option) -> bool:
    return path not in ("provisor serve", "provisor worker") or option.name not in {
        each.name for each in fields(Settings)
    }


def settings_page() -> Iterator[str]:
    yield from ("# Settings", "", MADE, "")
    yield "Each setting is an environment variable and, as `--data-dir`, an option of `provisor serve` and"
    yield "`provisor worker`; the option wins. Give secrets in the environment: command lines are visible to everybody"
    yield "on a machine."
    yield from ("", "| variable | default | what it is | takes |", "|---|---|---|---|")
    for each in fields(Settings):
        default = "" if each.default in (None, ()) else f"`{each.default}`"
        secret = " **Secret.**" if not each.repr else ""
        about = cell(each.metadata["about"]) + secret
        yield f"| `{PREFIX}{each.name.upper()}` | {default} | {about} | {bounds(each.metadata)} |"
    yield from ("", "Commands that talk to a server read two more:", "", "| variable | what it is |", "|---|---|")
    yield f"| `PROVISOR_URL` | The server's address. Unset: the one the data directory names, else {DEFAULT_URL}. |"
    yield "| `PROVISOR_API_TOKEN` | An API token. **Secret.** Unset: the data directory's, on the server's machine. |"
    yield from ("", "The embedded PostgreSQL reads one:", "", "| variable | what it is |", "|---|---|")
    yield "| `PROVISOR_PG_BIN` | The directory of the PostgreSQL programs to use instead of those that are found. |"


def bounds(about: Mapping[str, object]) -> str:
    least, most = about.get("least"), about.get("most")
    if least is None and most is None:
        return ""
    return f"at least {least}" if most is None else f"{least} to {most}"


def events_page() -> Iterator[str]:
    yield from ("# Event types", "", MADE, "")
    yield "What the System Log (`GET /api/v1/logs`, `provisor log tail`) can hold. Names are Okta's published ones;"
    yield "those that begin with `provisor.` are ours alone. Messages are for people and may change; the names do not."
    yield from ("", "| event type | message |", "|---|---|")
    yield from (f"| `{each.value}` | {each.message} |" for each in sorted(EventType))


def permissions_page() -> Iterator[str]:
    yield from ("# Roles and permissions", "", MADE, "")
    yield "What a person may do is the sum of their roles; without a role they see their own apps and profile. Services"
    yield "ask for permissions, so the API and the console agree."
    yield "[How to choose administrators](../how-to/administrators.md)."
    yield from ("", f"| permission to | {' | '.join(role.title for role in Role)} |", "|---|" + "---|" * len(Role))
    for permission in Permission:
        marks = " | ".join("yes" if permission in role.permissions else "" for role in Role)
        yield f"| {permission.covers} (`{permission}`) | {marks} |"
    yield from ("", "| role | Okta's name, in the API and on the command line |", "|---|---|")
    yield from (f"| {role.title} | `{role}` |" for role in Role)
    yield from ("", "| scope of an API token | permissions |", "|---|---|")
    for scope in Scope:
        held = (
            "all"
            if scope.permissions >= frozenset(Permission)
            else ", ".join(f"`{each}`" for each in Permission if each in scope.permissions)
        )
        yield f"| `{scope}` | {held} |"
    yield from ("", "Beyond the table:", "")
    yield "- Nobody changes a person who may do more than they do themselves: a help desk administrator cannot set the"
    yield "  password of a super administrator."
    yield "- The last super administrator who can sign in cannot be revoked, suspended or deactivated, nor have the"
    yield "  password reset."
    yield "- Deactivating a person takes all their roles."


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def paragraphs(text: str | None) -> list[str]:
    return [" ".join(part.split()) + "\n" for part in (text or "").replace("\b", "").split("\n\n") if part.strip()]


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "cli.md": commands_page,
    "settings.md": settings_page,
    "events.md": events_page,
    "permissions.md": permissions_page,
    "expressions.md": lambda: expressions_page(MADE),
    "peer-policies.md": lambda: policies_page(MADE),
}


def render(page: str) -> str:
    """A page's text, as it has to be on disk."""
    lines = "\n".join(PAGES[page]()).split("\n")
    return "\n".join(line for index, line in enumerate(lines) if line or index == 0 or lines[index - 1]) + "\n"


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (place / name).write_text(render(name), encoding="utf-8")
