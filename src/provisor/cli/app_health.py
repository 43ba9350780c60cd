"""`provisor apps health`, `pause` and `resume`: how apps are doing, and stopping what is sent to one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from provisor.cli.finding import every, find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json, readable, table
from provisor.cli.server import Server, connected, run

COLUMNS = ("STATE", "WAITING", "PARKED", "PER SECOND", "DONE IN", "APP")


@click.command()
@click.argument("app", required=False)
@json_option
@server_options
def health(address: Address, app: str | None, as_json: bool) -> None:
    """Show how APP (an id or an exact label) is doing, or every app: state, queues, and when they will be done."""
    found = run(_health(address, app))
    if as_json:
        print_json(found)
    elif isinstance(found, list):
        click.echo(table(COLUMNS, (row(each) for each in found)))
    else:
        show(found)


async def _health(address: Address, app: str | None) -> Any:
    async with connected(address) as server:
        if app is None:
            return [each async for each in every(server, "/provisor/v1/health")]
        return await server.get(f"{await path_of(server, app)}/health")


@click.command()
@click.argument("app")
@click.option("--reason", default="", help="Why, for whoever wonders later.")
@server_options
def pause(address: Address, app: str, reason: str) -> None:
    """Send nothing to APP (an id or an exact label) until it is resumed. Deactivations wait too; nothing is lost."""
    run(_act(address, app, "pause", {"reason": reason}))
    click.echo(f"{app} is paused: nothing is sent, deactivations neither. `provisor apps resume {app}` goes on.")


@click.command()
@click.argument("app")
@server_options
def resume(address: Address, app: str) -> None:
    """Send to APP (an id or an exact label) again what waits; one that fails is tried at once."""
    run(_act(address, app, "resume", None))
    click.echo(f"{app} goes on.")


async def _act(address: Address, app: str, act: str, body: Any) -> None:
    async with connected(address) as server:
        await server.post(f"{await path_of(server, app)}/{act}", body)


async def path_of(server: Server, app: str) -> str:
    return f"/provisor/v1/apps/{quote((await find_app(server, app))['id'])}"


def row(each: Any) -> tuple[object, ...]:
    speed = each["perSecond"]
    return (
        each["state"],
        each["waiting"],
        each["parked"],
        "-" if speed is None else f"{speed:.1f}",
        left(each) if each["waiting"] else "-",
        each["label"],
    )


def show(found: Any) -> None:
    click.echo(f"{found['label']}: {found['state']}" + (f" since {found['since']}" if found["since"] else ""))
    for words, value in (
        ("Why", found["reason"]),
        ("Paused by", found["pausedBy"]),
        ("Tried in vain", found["tries"] or None),
        ("Next try", found["nextTry"]),
    ):
        if value is not None:
            click.echo(f"  {words}: {readable(value)}")
    rows = [
        (each["lane"], each["waiting"], each["parked"], each["oldest"], left(each) if each["waiting"] else "-")
        for each in found["lanes"]
    ]
    click.echo(table(("LANE", "WAITING", "PARKED", "OLDEST", "DONE IN"), rows))


def left(each: Any) -> str:
    """An estimate in words; unknown when there is nothing to base it on."""
    seconds = each["secondsLeft"]
    if seconds is None:
        return "unknown"
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"about {round(seconds / size)} {word}"
    return f"about {seconds} s"
