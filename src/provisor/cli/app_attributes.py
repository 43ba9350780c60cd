"""`provisor apps attributes`: which attributes an app's accounts have, and which of those that it declares to add."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from provisor.cli.finding import find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json, table
from provisor.cli.schemas import kind_of
from provisor.cli.server import connected, run


@click.command()
@click.argument("app")
@click.option("--discover", is_flag=True, help="Ask the app what else its accounts can have.")
@click.option("--add", "added", multiple=True, metavar="NAME", help="Add one of what --discover shows; repeatable.")
@click.option("--remove", "removed", multiple=True, metavar="NAME", help="Remove one that no mapping uses; repeatable.")
@json_option
@server_options
def attributes(
    address: Address, app: str, discover: bool, added: tuple[str, ...], removed: tuple[str, ...], as_json: bool
) -> None:
    """Show the attributes of APP's accounts (an id or an exact label), each with its place in the app."""
    if discover and (added or removed):
        raise click.UsageError("--discover only shows; leave it out to add or remove.")
    found = run(_attributes(address, app, discover, added, removed))
    if as_json:
        print_json(found)
        return
    if discover:
        rows = {each["name"]: each for each in found["attributes"]}
        if not rows:
            click.echo("The app declares nothing that is not there already.")
            return
    else:
        rows = {name: each for part in found["definitions"].values() for name, each in part["properties"].items()}
    places = ((each.get("externalName", name), each.get("externalNamespace")) for name, each in rows.items())
    shown = ((name, kind_of(each), *place) for (name, each), place in zip(rows.items(), places, strict=True))
    click.echo(table(["ATTRIBUTE", "TYPE", "PLACE", "SCHEMA"], shown))


async def _attributes(
    address: Address, app: str, discover: bool, added: tuple[str, ...], removed: tuple[str, ...]
) -> Any:
    async with connected(address) as server:
        app_id = quote((await find_app(server, app))["id"])
        path, declared = f"/api/v1/meta/schemas/apps/{app_id}/default", f"/provisor/v1/apps/{app_id}/schema/discover"
        if discover:
            return await server.post(declared, {})
        if removed:
            await server.post(path, {"definitions": {"custom": {"properties": dict.fromkeys(removed)}}})
        return await (server.post(declared, {"add": list(added)}) if added else server.get(path))
