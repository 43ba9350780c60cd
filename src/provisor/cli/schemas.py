"""`provisor schemas`: which attributes people and groups have; adding and removing some."""

from __future__ import annotations

from typing import Any

import click

from provisor.cli.exits import CommandFailed
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable, table
from provisor.cli.server import Server, connected, run
from provisor.directory.attributes import AttributeType
from provisor.directory.formats import Format

GROUP = "group"
GROUPS = "/api/v1/meta/schemas/group/default"
TYPES = "/api/v1/meta/types/user"
WORK = "/provisor/v1/schemas/work"
ITEMS = (AttributeType.STRING, AttributeType.NUMBER, AttributeType.INTEGER)

owner_option = click.option(
    "--of", "owner", default="user", show_default=True, metavar="TYPE", help="A type of people (name or id), or group."
)


@click.group()
def schemas() -> None:
    """See and change which attributes people and groups have."""


@schemas.command()
@click.argument("owner", default="user", metavar="[TYPE]")
@json_option
@server_options
def show(address: Address, owner: str, as_json: bool) -> None:
    """Show the attributes of people of TYPE (the name or id of a user type; the default one is `user`), or of `group`.

    While values are deleted, or looked through for duplicates, it says how far that has come.
    """
    schema, work = run(_show(address, owner))
    if as_json:
        print_json(schema)
        return
    rows = [
        (name, kind_of(each), each["title"], ", ".join(marks(each, part)))
        for part in ("base", "custom")
        for name, each in schema["definitions"][part]["properties"].items()
    ]
    click.echo(table(["ATTRIBUTE", "TYPE", "TITLE", ""], rows))
    for each in work:
        click.echo(readable(progress(each)))


@schemas.command()
@click.argument("name")
@owner_option
@click.option("--title", help="What people call it.  [default: the name]")
@click.option("--type", "kind", type=click.Choice([each.value for each in AttributeType]), default="string")
@click.option("--items", type=click.Choice([each.value for each in ITEMS]), help="What an array holds.")
@click.option("--description", default="")
@click.option("--enum", "choices", multiple=True, metavar="VALUE", help="A value that is allowed; repeatable.")
@click.option("--format", "form", type=click.Choice([each.value for each in Format]), help="What a text looks like.")
@click.option("--max-length", type=int)
@click.option("--required", is_flag=True, help="Nobody is saved without it from now on.")
@click.option("--unique", is_flag=True, help="No two have the same value.")
@click.option("--sensitive", is_flag=True, help="Shown as asterisks.")
@click.option(
    "--access", type=click.Choice(["HIDE", "READ_ONLY", "READ_WRITE"]), help="What people may do with theirs."
)
@json_option
@server_options
def add(address: Address, name: str, owner: str, as_json: bool, **options: Any) -> None:
    """Add the attribute NAME to people of a type, or to groups."""
    schema = run(_change(address, owner, name, definition(name, options)))
    told(schema, as_json, f"Added {name}.")


@schemas.command()
@click.argument("name")
@owner_option
@json_option
@server_options
def remove(address: Address, name: str, owner: str, as_json: bool) -> None:
    """Remove the attribute NAME and everybody's value of it. Mappings that use it have to go first."""
    schema = run(_change(address, owner, name, None))
    told(schema, as_json, f"Removed {name}; values are deleted in the background.")


def definition(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The attribute as the API takes it."""
    kind, items = options["kind"], options["items"]
    if (kind == AttributeType.ARRAY) != (items is not None):
        raise click.UsageError("--items goes with --type array, which needs it.")
    numbers = {AttributeType.NUMBER: float, AttributeType.INTEGER: int}
    try:
        choices = [numbers.get(items or kind, str)(each) for each in options["choices"]]
    except ValueError:
        raise click.UsageError(f"--enum: the values must be of type {items or kind}.") from None
    access = options["access"]
    return {
        "title": options["title"] or name,
        "type": kind,
        "description": options["description"],
        **({"items": {"type": items}} if items else {}),
        **({"enum": choices} if choices else {}),
        **({"format": options["form"]} if options["form"] else {}),
        **({"maxLength": options["max_length"]} if options["max_length"] is not None else {}),
        **{flag: True for flag in ("required", "unique", "sensitive") if options[flag]},
        **({"permissions": [{"principal": "SELF", "action": access}]} if access else {}),
    }


def told(schema: Any, as_json: bool, said: str) -> None:
    if as_json:
        print_json(schema)
    else:
        click.echo(said)


def kind_of(attribute: dict[str, Any]) -> str:
    items = attribute.get("items")
    return f"{items['type']}[]" if items else str(attribute["type"])


def marks(attribute: dict[str, Any], part: str) -> list[str]:
    found = ["added"] if part == "custom" else []
    found += [flag for flag in ("required", "sensitive") if attribute.get(flag)]
    found += {"UNIQUE_VALIDATED": ["unique"], "PENDING_UNIQUENESS": ["unique soon"]}.get(
        attribute.get("unique", ""), []
    )
    return found


def progress(work: dict[str, Any]) -> str:
    what = "deleting values of" if work["kind"] == "REMOVE" else "looking for duplicates of"
    far = f"{work['checked']:,} of {counted(work['total'], 'profile')}"
    found = f", {counted(work['duplicates'], 'duplicate')}" if work["duplicates"] else ""
    left = f", about {work['secondsLeft']:g} s left" if work["secondsLeft"] is not None else ""
    return f"Under way: {what} {work['attribute']}: {far}{found}{left}."


def schema_path(kind: dict[str, Any]) -> str:
    """By its id alone: the server may know itself by another address than ours."""
    return f"/api/v1/meta/schemas/user/{kind['_links']['schema']['href'].rpartition('/')[2]}"


async def path_of(server: Server, owner: str) -> str:
    """Where the schema of this type, or of groups, is."""
    if owner == GROUP:
        return GROUPS
    types = await server.get(TYPES)
    for each in types:
        if owner in (each["id"], each["name"]) or (owner == "default" and each["default"]):
            return schema_path(each)
    names = ", ".join(each["name"] for each in types)
    raise CommandFailed(f"There is no user type {owner}. There are: {names}; and {GROUP}.")


async def _show(address: Address, owner: str) -> tuple[Any, list[Any]]:
    async with connected(address) as server:
        schema = await server.get(await path_of(server, owner))
        last = schema["id"].rpartition("/")[2] if owner != GROUP else GROUP
        return schema, [each for each in await server.get(WORK) if each["schema"] == last]


async def _change(address: Address, owner: str, name: str, attribute: dict[str, Any] | None) -> Any:
    async with connected(address) as server:
        path = await path_of(server, owner)
        if attribute is not None and name in all_attributes(await server.get(path)):
            raise CommandFailed(f"There is an attribute {name} already.")
        return await server.post(path, {"definitions": {"custom": {"properties": {name: attribute}}}})


def all_attributes(schema: dict[str, Any]) -> list[str]:
    return [name for part in schema["definitions"].values() for name in part["properties"]]


async def attributes_of_people(address: Address) -> set[str]:
    """The names of all attributes that people of any type have."""
    async with connected(address) as server:
        paths = [schema_path(each) for each in await server.get(TYPES)]
        return {name for path in paths for name in all_attributes(await server.get(path))}
