"""`provisor holds`: what safeguards hold back, letting go of all or some, and not sending it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from provisor.cli.finding import find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable, table
from provisor.cli.server import connected, run

HOLDS = "/provisor/v1/holds"


@click.group()
def holds() -> None:
    """See and decide what safeguards hold back."""


@holds.command("list")
@click.option("--app", help="Only of this app: an id or an exact label.")
@json_option
@server_options
def list_holds(address: Address, app: str | None, as_json: bool) -> None:
    """Show what is held back."""
    found = run(_list(address, app))
    if as_json:
        print_json(found)
    elif not found:
        click.echo("Nothing is held back.")
    else:
        rows = [(each["id"], each["app"]["label"], what(each), each["waiting"], each["created"]) for each in found]
        click.echo(table(["ID", "APP", "WHAT", "PEOPLE", "SINCE"], rows))


async def _list(address: Address, app: str | None) -> Any:
    async with connected(address) as server:
        app_id = (await find_app(server, app))["id"] if app else None
        return await server.get(HOLDS, app=app_id)


def what(hold: Mapping[str, Any]) -> str:
    return f"overwriting {hold['attribute']}" if hold["attribute"] else "deactivations"


@holds.command()
@click.argument("hold")
@json_option
@server_options
def show(address: Address, hold: str, as_json: bool) -> None:
    """Show HOLD (an id) with the first people who wait."""
    found = run(_show(address, hold))
    if as_json:
        print_json(found)
        return
    people = counted(found["waiting"], "person")
    click.echo(f"{readable(found['app']['label'])}: {what(found)} of {people}; {found['allowed']} go unasked.")
    for each in found["people"]:
        click.echo(f"    {readable(each['login'] or each['id'])}  since {each['since']}")


async def _show(address: Address, hold: str) -> Any:
    async with connected(address) as server:
        return await server.get(f"{HOLDS}/{quote(hold, safe='')}")


user_option = click.option("--user", "users", multiple=True, help="Only this person: an id or a login.")


@holds.command()
@click.argument("hold")
@user_option
@server_options
def release(address: Address, hold: str, users: tuple[str, ...]) -> None:
    """Send what HOLD (an id) keeps back, of everybody or of those named."""
    number = run(_decide(address, hold, "release", users))["released"]
    click.echo(f"Released: {counted(number, 'person')}.")


@holds.command()
@click.argument("hold")
@user_option
@server_options
def discard(address: Address, hold: str, users: tuple[str, ...]) -> None:
    """Do not send what HOLD (an id) keeps back, of everybody or of those named.

    The accounts stay as they are until something about these people changes again.
    """
    number = run(_decide(address, hold, "discard", users))["discarded"]
    click.echo(f"Discarded: {counted(number, 'person')}.")


async def _decide(address: Address, hold: str, act: str, users: tuple[str, ...]) -> Any:
    async with connected(address) as server:
        body = None
        if users:
            found = [await server.get(f"/api/v1/users/{quote(each, safe='')}") for each in users]
            body = {"users": [each["id"] for each in found]}
        return await server.post(f"{HOLDS}/{quote(hold, safe='')}/{act}", body)
