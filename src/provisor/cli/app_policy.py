"""`provisor apps probe` and `provisor apps policy`: how an app's server is treated, and what a probe would change."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from provisor.cli.finding import find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json, readable, table
from provisor.cli.server import connected, run


@click.command()
@click.argument("app")
@click.option("--scratch", is_flag=True, help="Make an account in the app, try it out, and deactivate it.")
@click.option("--delete", is_flag=True, help="With --scratch: delete that account in the end.")
@click.option("--adopt", is_flag=True, help="Put in force at once what was found.")
@json_option
@server_options
def probe(address: Address, app: str, scratch: bool, delete: bool, adopt: bool, as_json: bool) -> None:
    """Look at APP (an id or an exact label), and propose how it should be treated.

    It only reads, unless --scratch allows it one account whose name nobody mistakes for a person's.
    """
    if delete and not scratch:
        raise click.UsageError("--delete is about the account that --scratch makes.")
    found = run(_probe(address, app, {"scratch": scratch, "delete": delete}, adopt=adopt))
    if as_json:
        print_json(found)
        return
    for finding in found["probe"]["findings"]:
        click.echo(f"{finding['field']}: {readable(finding['value'])}\n    {readable(finding['reason'])}")
    if found["probe"]["left"]:
        click.echo(readable(found["probe"]["left"]))
    if proposal := found["probe"]["proposal"]:
        click.echo(f"Not in force yet: {', '.join(proposal)}. `provisor apps policy {app} --adopt NAME` adopts one.")
    else:
        click.echo("What is in force suits it.")


async def _probe(address: Address, app: str, options: dict[str, bool], *, adopt: bool) -> Any:
    async with connected(address, patience=600.0) as server:
        path = f"/provisor/v1/apps/{quote((await find_app(server, app))['id'])}"
        found = await server.post(f"{path}/probe", options)
        return await server.post(f"{path}/policy/adopt") if adopt else found


@click.command()
@click.argument("app")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Set a field; `NAME=` alone resets it.")
@click.option("--adopt", "adopted", multiple=True, metavar="NAME", help="Put in force what the last probe found.")
@click.option("--reset", is_flag=True, help="Go back to the dialect as it ships.")
@json_option
@server_options
def policy(
    address: Address, app: str, changes: tuple[str, ...], adopted: tuple[str, ...], reset: bool, as_json: bool
) -> None:
    """Show how APP (an id or an exact label) is treated, or change that."""
    if reset and (changes or adopted):
        raise click.UsageError("--reset goes alone.")
    found = run(_policy(address, app, changes, adopted, reset=reset))
    if as_json:
        print_json(found)
        return
    rows = [
        (each["name"], "" if each["value"] == each["shipped"] else "*", words(each["value"]))
        for each in found["fields"]
    ]
    click.echo(table(["FIELD", "", "VALUE"], rows))
    click.echo(f"Dialect {found['dialect']}; * = set for this app (version {found['version']}).")


async def _policy(
    address: Address, app: str, changes: tuple[str, ...], adopted: tuple[str, ...], *, reset: bool
) -> Any:
    async with connected(address) as server:
        path = f"/provisor/v1/apps/{quote((await find_app(server, app))['id'])}/policy"
        if reset:
            await server.delete(path)
        if adopted:
            await server.post(f"{path}/adopt", {"fields": list(adopted)})
        found = await server.get(path)
        if changes:
            found = await server.post(path, dict(change(each, found["fields"]) for each in changes))
        return found


def change(text: str, fields: list[dict[str, Any]]) -> tuple[str, Any]:
    """`NAME=VALUE` as the API takes it; what is not of the field's kind is left for the server to refuse."""
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set {text}: write NAME=VALUE.")
    kind = next((each["kind"] for each in fields if each["name"] == name), "")
    if not value:
        return name, None
    if kind == "FLAG":
        return name, {"true": True, "yes": True, "false": False, "no": False}.get(value.lower(), value)
    if kind == "NUMBER":
        return name, int(value) if value.isascii() and value.isdigit() else value
    return name, [each for each in value.split(",") if each] if kind == "PATHS" else value


def words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
