"""`provisor mappings`: sees, changes, previews and tests how people's attributes become those of apps' accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import click

from provisor.cli.exits import Exit, leave
from provisor.cli.finding import every, find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable, table
from provisor.cli.server import Server, connected, run

Command = TypeVar("Command", bound=Callable[..., Any])
WHEN = {"PUSH": "create and update", "DONT_PUSH": "create only"}


def side_options(command: Command) -> Command:
    """Which of an app's mappings is meant."""
    command = click.option("--from-app", is_flag=True, help="The mapping from the app to people.")(command)
    return click.option("--type", "kind", default="user", help="Of people of this type (its name or id).")(command)


apply_option = click.option(
    "--later", is_flag=True, help="Do not apply it now: it shows when somebody's account is looked at next."
)


@click.group()
def mappings() -> None:
    """See and change how attributes of people become those of apps' accounts."""


@mappings.command("list")
@click.argument("app", required=False)
@json_option
@server_options
def list_mappings(address: Address, app: str | None, as_json: bool) -> None:
    """Show which mappings there are, of APP (an id or an exact label) or of all apps."""
    found, labels = run(_list(address, app))
    if as_json:
        print_json(found)
        return
    rows = ((each["id"], named(each["source"], labels), named(each["target"], labels)) for each in found)
    click.echo(table(["ID", "FROM", "TO"], rows))


async def _list(address: Address, app: str | None) -> tuple[list[Any], dict[str, str]]:
    """The mappings, and the apps' labels by id."""
    async with connected(address) as server:
        labels = {each["id"]: each["label"] async for each in every(server, "/api/v1/apps")}
        if app is None:
            return [each async for each in every(server, "/api/v1/mappings")], labels
        app_id = (await find_app(server, app))["id"]
        to_app = [each async for each in every(server, "/api/v1/mappings", targetId=app_id)]
        return to_app + [each async for each in every(server, "/api/v1/mappings", sourceId=app_id)], labels


def named(end: dict[str, Any], labels: dict[str, str]) -> str:
    """An end as people know it: the app's label, or the type of people."""
    return labels.get(end["id"], f"{end['name']} ({end['id']})")


@mappings.command()
@click.argument("app")
@side_options
@json_option
@server_options
def show(address: Address, app: str, kind: str, from_app: bool, as_json: bool) -> None:
    """Show the lines of a mapping of APP (an id or an exact label)."""
    found = run(_show(address, app, kind, from_app))
    if as_json:
        print_json(found)
    else:
        tell(found)


def tell(mapping: dict[str, Any]) -> None:
    rows = [(name, WHEN[each["pushStatus"]], each["expression"]) for name, each in mapping["properties"].items()]
    click.echo(table(["ATTRIBUTE", "WHEN", "EXPRESSION"], rows))
    own = mapping["provisor"]
    for each in own["warnings"]:
        click.echo(f"Look at {readable(each['target'])}: it {readable(each['message'])}.")
    click.echo(f"{mapping['id']}, version {own['version']}; {counted(len(own['examples']), 'example')}.")


async def _show(address: Address, app: str, kind: str, from_app: bool) -> Any:
    async with connected(address) as server:
        return await server.get(await find_mapping(server, app, kind, from_app))


@mappings.command("set")
@click.argument("app")
@click.argument("attribute")
@click.argument("expression")
@click.option("--create-only", is_flag=True, help="Apply it when an account is made, and never again.")
@side_options
@apply_option
@json_option
@server_options
def set_line(
    address: Address,
    app: str,
    attribute: str,
    expression: str,
    create_only: bool,
    kind: str,
    from_app: bool,
    later: bool,
    as_json: bool,
) -> None:
    """Fill ATTRIBUTE of APP's accounts with EXPRESSION, such as "user.firstName + ' ' + user.lastName"."""
    line = {"expression": expression, "pushStatus": "DONT_PUSH" if create_only else "PUSH"}
    found = run(_change(address, app, kind, from_app, later, {attribute: line}))
    if as_json:
        print_json(found)
    else:
        tell(found)


@mappings.command()
@click.argument("app")
@click.argument("attributes", nargs=-1, required=True)
@side_options
@apply_option
@json_option
@server_options
def unset(
    address: Address, app: str, attributes: tuple[str, ...], kind: str, from_app: bool, later: bool, as_json: bool
) -> None:
    """Do not map ATTRIBUTES of APP's accounts any more."""
    found = run(_change(address, app, kind, from_app, later, dict.fromkeys(attributes)))
    if as_json:
        print_json(found)
    else:
        tell(found)


async def _change(
    address: Address, app: str, kind: str, from_app: bool, later: bool, properties: dict[str, Any]
) -> Any:
    async with connected(address, patience=600.0) as server:
        path = await find_mapping(server, app, kind, from_app)
        return await server.post(f"{path}?apply={'false' if later else 'true'}", {"properties": properties})


@mappings.command()
@click.argument("app")
@click.argument("user")
@click.option("--set", "changes", multiple=True, metavar="ATTRIBUTE=EXPRESSION", help="As if this were saved.")
@side_options
@json_option
@server_options
def preview(
    address: Address, app: str, user: str, changes: tuple[str, ...], kind: str, from_app: bool, as_json: bool
) -> None:
    """Show what a mapping of APP gives for USER (an id or a login). Nothing is saved and nothing is sent.

    Exit code 1: a line has no result.
    """
    found = run(_preview(address, app, user, kind, from_app, dict(map(change, changes))))
    if as_json:
        print_json(found)
    else:
        for each in found["values"]:
            value = f"! {readable(each['problem'])}" if each["problem"] else readable(each["value"])
            was = "" if each["problem"] or each["value"] == each["before"] else f"   (was {readable(each['before'])})"
            click.echo(f"{readable(each['target'])}: {value}{was}")
    if any(each["problem"] for each in found["values"]):
        leave(Exit.FAILED)


def change(text: str) -> tuple[str, Any]:
    name, equals, expression = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--set {text}: write ATTRIBUTE=EXPRESSION; nothing behind = means “do not map”.")
    return name, {"expression": expression} if expression else None


async def _preview(address: Address, app: str, user: str, kind: str, from_app: bool, properties: dict[str, Any]) -> Any:
    async with connected(address) as server:
        path = (await find_mapping(server, app, kind, from_app)).replace("/api/v1/", "/provisor/v1/", 1)
        return await server.post(f"{path}/preview", {"user": user, "properties": properties})


@mappings.command()
@click.argument("app", required=False)
@json_option
@server_options
def test(address: Address, app: str | None, as_json: bool) -> None:
    """Run the examples that are kept with the mappings of APP (an id or an exact label), or of all apps.

    Exit code 3: an example does not come out as it expects.
    """
    found = run(_test(address, app))
    if as_json:
        print_json(found)
    else:
        for each in found:
            verdict = "ok" if each["passed"] else f"{len(each['mismatches'])} differ"
            way = "to" if each["direction"] == "TO_APP" else "from"
            click.echo(f"{way} {readable(each['app']['label'])}: {counted(each['examples'], 'example')}, {verdict}")
            for wrong in each["mismatches"]:
                click.echo(f"    {readable(wrong['example'])}: {readable(wrong['target'])} {differs(wrong)}")
        if not found:
            click.echo("No mapping has examples.")
    if not all(each["passed"] for each in found):
        leave(Exit.HELD)


def differs(wrong: dict[str, Any]) -> str:
    found = readable(wrong["problem"]) if wrong["problem"] else f"is {readable(wrong['found'])}"
    return f"should be {readable(wrong['expected'])}; {found}"


async def _test(address: Address, app: str | None) -> Any:
    async with connected(address) as server:
        app_id = None if app is None else (await find_app(server, app))["id"]
        query = "" if app_id is None else f"?app={quote(app_id)}"
        return await server.post(f"/provisor/v1/mappings/test{query}")


async def find_mapping(server: Server, app: str, kind: str, from_app: bool) -> str:
    """The path of the app's mapping for a type of people."""
    app_id = (await find_app(server, app))["id"]
    ends = {"sourceId": app_id} if from_app else {"targetId": app_id}
    there = "target" if from_app else "source"
    async for each in every(server, "/api/v1/mappings", **ends):
        if kind in (each[there]["id"], each[there]["name"]):
            return f"/api/v1/mappings/{quote(each['id'])}"
    raise click.UsageError(f"There is no type of people with the name or id {kind!r}.")
