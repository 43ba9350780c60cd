"""`provisor explain` and `provisor why`: where each value of an account comes from, and why there is an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import click

from provisor.cli.finding import find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json, readable, table
from provisor.cli.server import connected, run

ORIGINS = {
    "OVERRIDE": "set by an administrator",
    "GROUP": "set by a group",
    "MAPPING": "mapped",
    "CREATION": "mapped on create only",
    "GIVEN": "typed at assignment",
    "DEFAULT": "default",
}
STATES = {
    "ACTIVE": "has an account",
    "INACTIVE": "has an account, which is deactivated",
    "NONE": "has no account",
    "UNKNOWN": "may have an account",
}


@click.command(short_help="Show where each value of somebody's account comes from.")
@click.argument("app")
@click.argument("user")
@click.argument("attribute", required=False)
@json_option
@server_options
def explain(address: Address, app: str, user: str, attribute: str | None, as_json: bool) -> None:
    """Show the values of USER's account in APP, and where each comes from; of ATTRIBUTE in full.

    APP is an id or an exact label; USER is an id or a login.
    """
    answer = run(_ask(address, app, user, "explanation", attribute=attribute))
    if as_json:
        print_json(answer)
    elif attribute is None:
        click.echo("\n".join(overview(answer)))
    else:
        click.echo("\n".join(detail(answer["values"][0])))


@click.command(short_help="Say why somebody has an account in an app, or has none.")
@click.argument("app")
@click.argument("user")
@json_option
@server_options
def why(address: Address, app: str, user: str, as_json: bool) -> None:
    """Say why USER has an account in APP or has none: the first condition that is not met, and what to do.

    APP is an id or an exact label; USER is an id or a login.
    """
    answer = run(_ask(address, app, user, "why"))
    if as_json:
        print_json(answer)
    else:
        click.echo("\n".join(standing(answer)))


async def _ask(address: Address, app: str, user: str, what: str, **query: str | None) -> Any:
    async with connected(address) as server:
        found = await find_app(server, app)
        path = f"/provisor/v1/apps/{quote(found['id'])}/users/{quote(user, safe='')}/{what}"
        return await server.get(path, **query)


def standing(answer: Mapping[str, Any]) -> Iterator[str]:
    """The answer of `why` in words."""
    account = answer["account"]
    name = f" ({readable(account['userName'])})" if account.get("userName") else ""
    who, where = readable(answer["user"]["login"]), readable(answer["app"]["label"])
    yield f"{who} {STATES[account['state']]} in {where}{name}."
    times = [
        f"since {answer['since']}" if answer.get("since") else "",
        f"until {answer['until']}" if answer["until"] else "",
    ]
    times = [each for each in times if each]
    yield readable(answer["reason"]) + (f" ({', '.join(times)})" if times else "")
    if answer.get("advice"):
        yield readable(answer["advice"])
    if account.get("lastSent"):
        yield f"Last sent {account['lastSent']}."


def overview(answer: Mapping[str, Any]) -> Iterator[str]:
    """Every attribute that has a value or something to say, a line each."""
    yield from standing(answer["standing"])
    if answer.get("problem"):
        yield readable(answer["problem"])
    told = [each for each in answer["values"] if each["value"] is not None or each["candidates"] or each["differs"]]
    if told:
        yield ""
        yield table(
            ("ATTRIBUTE", "VALUE", "FROM", "LAST CONFIRMED"),
            ((e["attribute"], e["value"], origin(e), confirmed(e)) for e in told),
        )


def origin(value: Mapping[str, Any]) -> str:
    """Where a value comes from, in a phrase."""
    if value.get("problem"):
        return readable(value["problem"])
    words = ORIGINS.get(value["origin"] or "", "no value")
    if value["origin"] == "GROUP":
        groups = [each["group"]["name"] for each in value["candidates"] if each["wins"] and each["group"]]
        words = f"group {', '.join(map(readable, groups))}"
    if value["origin"] in ("MAPPING", "CREATION") and value.get("expression"):
        words = f"{readable(value['expression'])}" + (", on create only" if value["origin"] == "CREATION" else "")
    return words


def confirmed(value: Mapping[str, Any]) -> str:
    return readable(value["confirmed"]) if value["differs"] else "the same" if value["confirmed"] is not None else "-"


def detail(value: Mapping[str, Any]) -> Iterator[str]:
    """All that is known of one attribute."""
    yield f"{value['attribute']}: {readable(value['value'])}"
    yield f"  from       {origin(value)}{set_by(value.get('setBy'))}"
    if value.get("note"):
        yield f"  note       {readable(value['note'])}"
    if value.get("expression"):
        yield f"  mapping    {readable(value['expression'])}"
    for each in value["sources"]:
        yield f"  reads      {each['attribute']} = {readable(each['value'])}{set_by(each.get('change'))}"
    for term in value["terms"][1:]:
        found = f"no result: {readable(term['problem'])}" if term["problem"] else readable(term["value"])
        unused = "" if term["used"] else "   (not used)"
        yield f"  term       {'  ' * (term['depth'] - 1)}{readable(term['text'])} = {found}{unused}"
    for each in value["candidates"]:
        group = f" {readable(each['group']['name'])}" if each.get("group") else ""
        mark = "wins" if each["wins"] else "otherwise"
        yield f"  {mark:<10} {ORIGINS[each['origin']]}{group}: {readable(each['value'])}"
    yield f"  confirmed  {readable(value['confirmed'])}{'   (differs)' if value['differs'] else ''}"


def set_by(change: Mapping[str, Any] | None) -> str:
    return f"   (set by {readable(change['event'])} at {change['at']})" if change else ""
