"""`provisor plan` and `provisor release`: what an app would be sent, why, and letting go what a safeguard holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import click

from provisor.cli.exits import Exit, leave
from provisor.cli.finding import find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable
from provisor.cli.server import connected, run

VERBS = {
    "CREATE_OR_LINK": "create, or link to the account that is there",
    "UPDATE": "update",
    "REACTIVATE": "switch on again",
    "DEACTIVATE": "switch off",
    "NOTHING": "nothing to do",
    "WAIT": "wait",
}


@click.command(short_help="Show what an app would be sent, and why.")
@click.argument("app")
@click.argument("user", required=False)
@json_option
@server_options
def plan(address: Address, app: str, user: str | None, as_json: bool) -> None:
    """Show what APP would be sent for everybody who is due, or for USER, and where each value comes from.

    APP is an id or an exact label; USER is an id or a login. Nothing is sent. Exit code 3: a safeguard holds it.
    """
    answer = run(_plan(address, app, user))
    if as_json:
        print_json(answer)
    else:
        click.echo("\n".join(describe(answer)))
    if answer["held"]:
        leave(Exit.HELD)


async def _plan(address: Address, app: str, user: str | None) -> Any:
    async with connected(address) as server:
        found = await find_app(server, app)
        return await server.get(f"/provisor/v1/apps/{quote(found['id'])}/plan", user=user)


@click.command(short_help="Let deactivations go that a safeguard holds.")
@click.argument("app")
@json_option
@server_options
def release(address: Address, app: str, as_json: bool) -> None:
    """Let the deactivations go that a safeguard holds in APP (an id or an exact label).

    Look at them first with `provisor plan APP`.
    """
    answer = run(_release(address, app))
    if as_json:
        print_json(answer)
    else:
        click.echo(f"Released in {app}.")


async def _release(address: Address, app: str) -> Any:
    async with connected(address) as server:
        found = await find_app(server, app)
        return await server.post(f"/provisor/v1/apps/{quote(found['id'])}/release")


def describe(answer: Mapping[str, Any]) -> Iterator[str]:
    """A plan in words: per person the operation and its reason, then each change with its source."""
    operations = answer["operations"]
    label = readable(answer["app"]["label"])
    if not operations:
        yield f"{label}: nothing to do."
    for each in operations:
        yield f"{readable(each['user']['login'])}: {_heading(each)}"
        yield from _changes(each.get("changes") or [])
    if operations:
        yield ""
        yield f"{label}: {_summary(operations)}. Nothing was sent."
    if answer["held"]:
        yield f"Held by a safeguard. When the plan is right: provisor release {answer['app']['id']}"


def _heading(operation: Mapping[str, Any]) -> str:
    verb = VERBS.get(operation["operation"], operation["operation"])
    reason = operation.get("reason")
    return f"{verb}, because {readable(reason)}" if reason else verb


def _changes(changes: list[Mapping[str, Any]]) -> Iterator[str]:
    width = max((len(each["attribute"]) for each in changes), default=0)
    for each in changes:
        before, after = readable(each.get("before")), readable(each.get("after"))
        value = after if before == "-" else f"{before} -> {after}"
        yield f"    {each['attribute'].ljust(width)}  {value}{_origin(each)}"


def _origin(change: Mapping[str, Any]) -> str:
    parts = [
        f"from {readable(change['source'])}" if change.get("source") else "",
        f"mapping {readable(change['mapping'])}" if change.get("mapping") else "",
        f"set by {readable(change['event'])}" if change.get("event") else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f"   ({told})" if told else ""


def _summary(operations: list[Mapping[str, Any]]) -> str:
    counts: dict[str, int] = {}
    for each in operations:
        counts[each["operation"]] = counts.get(each["operation"], 0) + 1
    return ", ".join(f"{counted(number, 'person')} to {VERBS.get(name, name)}" for name, number in counts.items())
