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
    "CREATE_OR_LINK": "create, or link to an account that is there",
    "UPDATE": "update",
    "REACTIVATE": "switch on again",
    "DEACTIVATE": "switch off",
    "CLEAN_UP": "look for an account whose creation was never answered, and switch it off",
    "NOTHING": "nothing to do",
    "WAIT": "wait",
    "BLOCKED": "blocked",
}

WIDEST_VALUE = 48
"""Up to here values are padded, so that their origins stand below each other."""


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
        click.echo(f"Released in {app}." if answer["released"] else f"Nothing is held in {app}.")


async def _release(address: Address, app: str) -> Any:
    async with connected(address) as server:
        found = await find_app(server, app)
        return await server.post(f"/provisor/v1/apps/{quote(found['id'])}/release")


def describe(answer: Mapping[str, Any]) -> Iterator[str]:
    """A plan in words: per person the operation and its reason, then each value with its origin; then the sum."""
    operations = answer["operations"]
    for each in operations:
        yield f"{readable(each['user']['login'])}: {_heading(each)}"
        yield from _values(each)
    if operations:
        yield ""
    yield f"{readable(answer['app']['label'])}: {_summary(answer)}"
    if answer["held"]:
        yield f"A safeguard holds the deactivations. When the plan is right: provisor release {answer['app']['id']}"


def _heading(operation: Mapping[str, Any]) -> str:
    verb = VERBS.get(operation["operation"], operation["operation"])
    return f"{verb} ({readable(operation['reason'])})" if operation.get("reason") else verb


def _values(operation: Mapping[str, Any]) -> Iterator[str]:
    """What changes, as `before -> after`; then, where the answer has them, the values that stay."""
    changes = operation.get("changes") or []
    changing = {each["attribute"] for each in changes}
    staying = [each for each in operation.get("values") or [] if each["attribute"] not in changing]
    lines = [(each, f"{readable(each.get('before'))} -> {readable(each.get('after'))}") for each in changes]
    lines += [(each, readable(each.get("after"))) for each in staying]
    name_width = max((len(each["attribute"]) for each, _ in lines), default=0)
    value_width = min(max((len(value) for _, value in lines), default=0), WIDEST_VALUE)
    for each, value in lines:
        yield f"    {each['attribute']:<{name_width}}  {value:<{value_width}}{_origin(each)}".rstrip()


def _origin(value: Mapping[str, Any]) -> str:
    """Where a value comes from: the mapping, and when and by what its source was last set."""
    parts = [readable(value["mapping"])] if value.get("mapping") else []
    if value.get("event"):
        parts.append(f"set by {readable(value['event'])}" + (f" at {value['changed']}" if value.get("changed") else ""))
    return f"   ({', '.join(parts)})" if parts else ""


def _summary(answer: Mapping[str, Any]) -> str:
    counts = {name: number for name, number in answer["counts"].items() if number and name != "NOTHING"}
    if not counts:
        return "nothing to do."
    told = "; ".join(f"{counted(number, 'person')} to {VERBS.get(name, name)}" for name, number in counts.items())
    shown = len(answer["operations"])
    rest = f" The first {shown:,} are shown." if shown < sum(counts.values()) else ""
    return f"{told}.{rest} Nothing was sent."
