"""`provisor drift`: reads an app's accounts back, waits for the end and says what differs; repairs if asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import click

from provisor.cli.exits import CommandFailed, Exit, leave
from provisor.cli.finding import find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable
from provisor.cli.server import Server, connected, run

LOOK = 0.5
"""Seconds between two looks at how far it is."""
SHOWN = 50
WORDS = {
    "CHANGED_THERE": "changed in the app",
    "SWITCHED_OFF_THERE": "switched off in the app",
    "SWITCHED_ON_THERE": "switched on in the app",
    "MISSING": "gone from the app",
    "NOT_KEPT": "not kept by the app as it was sent",
    "UNKNOWN_THERE": "nobody of ours",
}


@click.command(short_help="Read an app's accounts back and compare them with what was confirmed.")
@click.argument("app")
@click.option("--repair", is_flag=True, help="Put right what was edited in the app, through the usual plan.")
@json_option
@server_options
def drift(address: Address, app: str, repair: bool, as_json: bool) -> None:
    """Read the accounts of APP (an id or an exact label) back and say what is not as it was confirmed.

    Exit code 3: something differs, or not every account could be read.
    """
    state, found = run(_check(address, app, repair, quiet=as_json))
    last = state["run"]
    if as_json:
        print_json({**state, "findings": found})
    else:
        click.echo("\n".join(describe(last, found)))
    if last["drifted"] or not last["complete"]:
        leave(Exit.HELD)


async def _check(address: Address, app: str, repair: bool, *, quiet: bool) -> tuple[Any, list[Any]]:
    async with connected(address) as server:
        path = f"/provisor/v1/apps/{quote((await find_app(server, app))['id'])}/drift"
        begun = (await server.post(path, {"repair": repair}))["id"]
        state = await _ended(server, path, begun, quiet)
        found, _ = await server.page(f"{path}/findings", limit=SHOWN)
        return state, list(found)


async def _ended(server: Server, path: str, begun: str, quiet: bool) -> Any:
    """Wait for the end, and say on stderr how far it is."""
    said = ""
    while True:
        state = await server.get(path)
        last = state["run"]
        if last is None or last["id"] != begun:
            raise CommandFailed("Somebody has begun another check meanwhile; see what that one found.")
        if last["finished"] is not None:
            return state
        told = f"{last['accounts']:,} of {last['total']:,} accounts" if last["total"] is not None else "waiting"
        if not quiet and told != said:
            click.echo(told, err=True)
            said = told
        await asyncio.sleep(LOOK)


def describe(last: Mapping[str, Any], found: list[Any]) -> Iterator[str]:
    """What was found, person by person, then the sum."""
    for each in found:
        who = each["user"]["login"] if each["user"] else each["userName"]
        yield f"{readable(who)}: {WORDS.get(each['kind'], each['kind'])}" + (", repaired" if each["repaired"] else "")
        for one in each["attributes"]:
            yield f"    {readable(one['name'])}: {readable(one['ours'])} -> {readable(one['there'])}"
    if found:
        yield ""
    told = [f"{number:,} {WORDS[name]}" for name, number in last["counts"].items() if number and name in WORDS]
    yield f"{counted(last['accounts'], 'account')}: {'; '.join(told) or 'all as confirmed'}."
    if last["notKept"]:
        names = ", ".join(f"{readable(name)} ({number:,})" for name, number in last["notKept"].items())
        yield f"The app does not keep what it is sent: {names}."
    if last["repaired"]:
        yield f"{counted(last['repaired'], 'account')} marked for repair; `provisor plan` shows what is left to send."
    if not last["complete"]:
        yield f"Not complete: {readable(last['reason'])} Whether accounts are gone is not known."
