"""`provisor expr`: tries expressions of mappings, username formats and group rules out."""

from __future__ import annotations

from typing import Any

import click

from provisor.cli.exits import Exit, leave
from provisor.cli.finding import find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json, readable
from provisor.cli.server import connected, run

PLACES = {
    "group_rule": "GROUP_RULE",
    "from_app": "IMPORT",
    "create_only": "CREATION",
    "username": "USERNAME",
}
"""Flag: the place."""


@click.group()
def expr() -> None:
    """Try expressions out."""


@expr.command("eval")
@click.argument("text")
@click.option("--user", help="For this person (an id or a login).")
@click.option("--attribute", "given", multiple=True, metavar="NAME=VALUE", help="With this value, in place of theirs.")
@click.option("--app", help="In the mapping of this app (an id or an exact label).")
@click.option("--create-only", is_flag=True, help="As a mapping that applies on create only.")
@click.option("--from-app", is_flag=True, help="As a mapping from the app to people.")
@click.option("--username", is_flag=True, help="As the format of an app's usernames.")
@click.option("--group-rule", is_flag=True, help="As the condition of a group rule.")
@json_option
@server_options
def evaluate(
    address: Address,
    text: str,
    user: str | None,
    given: tuple[str, ...],
    app: str | None,
    as_json: bool,
    **flags: bool,
) -> None:
    """Show what the expression TEXT gives, of which kind it is and what it reads.

    Exit code 1: it cannot be used there, or has no result.
    """
    chosen = [PLACES[name] for name, on in flags.items() if on]
    if len(chosen) > 1:
        raise click.UsageError("An expression has one place: give one of --create-only, --from-app, --username, "
                               "--group-rule.")  # fmt: skip
    body = {"expression": text, "user": user, "attributes": dict(map(attribute, given))}
    found = run(_evaluate(address, app, body | ({"place": chosen[0]} if chosen else {})))
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(described(text, found)))
    if found["error"]:
        leave(Exit.FAILED)


async def _evaluate(address: Address, app: str | None, body: dict[str, Any]) -> Any:
    async with connected(address) as server:
        if app is not None:
            body["app"] = (await find_app(server, app))["id"]
        return await server.post("/provisor/v1/expressions/evaluate", body)


def attribute(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--attribute {text}: write NAME=VALUE.")
    return name, value


def described(text: str, found: dict[str, Any]) -> list[str]:
    """The value, its kind and what it reads; or what is wrong, pointed at."""
    error = found["error"]
    if error is None:
        lines = [readable(found["value"]) if found["value"] is not None else "null"]
    elif error["line"] is None:
        lines = [readable(error["message"])]
    else:
        shown = text.splitlines()[error["line"] - 1 :][:1] or [""]
        column = error["column"]
        lines = [
            f"{readable(error['message'])} (line {error['line']}, column {column})",
            f"    {readable(shown[0])}",
            f"    {' ' * (column - 1)}^",
        ]
    if found["kind"] is not None:
        read = ", ".join([*found["reads"], *found["sources"]]) or "nothing"
        lines.append(f"Gives {found['kind']}; reads {read}.")
    return lines
