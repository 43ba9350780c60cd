"""`provisor plan create`, `list`, `show`, `apply`, `try`, `take-back`, `discard`: plans of changes not made yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import click

from provisor.cli.exits import Exit, leave
from provisor.cli.finding import every, find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable, table
from provisor.cli.plan_words import VERBS, values_in_words
from provisor.cli.server import Refused, Server, connected, run

PLANS = "/provisor/v1/plans"
SHOWN = 20
CONFLICT = 409


@click.command()
@click.argument("app")
@click.option("--mapping", "mapped", multiple=True, metavar="TARGET=EXPRESSION", help="Fill TARGET with this.")
@click.option("--create-only", is_flag=True, help="With --mapping: apply on create only.")
@click.option("--unmap", "unmapped", multiple=True, metavar="TARGET", help="Do not map TARGET.")
@click.option("--type", "type_name", help="With --mapping: of people of this type, by its id.")
@click.option("--username", help="Name accounts by this format.")
@click.option("--assign-user", "join_users", multiple=True, metavar="USER", help="An id or a login.")
@click.option("--assign-group", "join_groups", multiple=True, metavar="GROUP", help="An id or an exact name.")
@click.option("--unassign-user", "leave_users", multiple=True, metavar="USER", help="An id or a login.")
@click.option("--unassign-group", "leave_groups", multiple=True, metavar="GROUP", help="An id or an exact name.")
@json_option
@server_options
def create(address: Address, app: str, as_json: bool, **options: Any) -> None:
    """Work out what a change would do to everybody in APP (an id or an exact label), and keep that as a plan.

    The change is of its mapping, of its user name format or of its assignments; without one, the plan is what waits
    now. Nothing is changed.
    """
    plan = run(_create(address, app, options))
    if as_json:
        print_json(plan)
    else:
        click.echo("\n".join(in_words(plan)))


async def _create(address: Address, app: str, options: Mapping[str, Any]) -> Any:
    async with connected(address, patience=600.0) as server:
        found = await find_app(server, app)
        change = await _change(server, found["id"], options)
        return await server.post(f"/provisor/v1/apps/{quote(found['id'])}/plans", {"change": change})


async def _change(server: Server, app_id: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What the options say, as the API takes it."""
    lines = dict(_line(each, create_only=options["create_only"]) for each in options["mapped"])
    lines |= dict.fromkeys(options["unmapped"])
    moves = [name for name in ("join_users", "join_groups", "leave_users", "leave_groups") if options[name]]
    if sum((bool(lines), bool(options["username"]), bool(moves))) > 1:
        raise click.UsageError("A plan is of one kind of change: of the mapping, the user name format, or assignments.")
    if lines:
        mapping = await _mapping(server, app_id, options["type_name"]) if options["type_name"] else None
        return {"kind": "MAPPING", "mappingId": mapping, "properties": lines}
    if options["username"]:
        return {"kind": "USERNAME", "template": options["username"]}
    if moves:
        return {
            "kind": "ASSIGNMENT",
            "assign": await _ids(server, options["join_users"], options["join_groups"]),
            "unassign": await _ids(server, options["leave_users"], options["leave_groups"]),
        }
    return {"kind": "NOTHING"}


def _line(text: str, *, create_only: bool) -> tuple[str, dict[str, str]]:
    target, equals, expression = text.partition("=")
    if not equals or not target or not expression:
        raise click.UsageError(f"--mapping {text}: write TARGET=EXPRESSION.")
    return target.strip(), {"expression": expression, "pushStatus": "DONT_PUSH" if create_only else "PUSH"}


async def _mapping(server: Server, app_id: str, type_id: str) -> str:
    found = [each async for each in every(server, "/api/v1/mappings", sourceId=type_id, targetId=app_id)]
    if not found:
        raise click.UsageError(f"No mapping to this app is of people of the type {type_id!r}.")
    return str(found[0]["id"])


async def _ids(server: Server, users: tuple[str, ...], groups: tuple[str, ...]) -> dict[str, list[str]]:
    return {
        "users": [await _user(server, each) for each in users],
        "groups": [await _group(server, each) for each in groups],
    }


async def _user(server: Server, wanted: str) -> str:
    return str((await server.get(f"/api/v1/users/{quote(wanted, safe='')}"))["id"])


async def _group(server: Server, wanted: str) -> str:
    if wanted.startswith("00g"):
        return wanted
    named = [each async for each in every(server, "/api/v1/groups", q=wanted) if each["profile"]["name"] == wanted]
    if len(named) != 1:
        raise click.UsageError(f"No group is called {wanted!r}.")
    return str(named[0]["id"])


@click.command("list")
@click.argument("app")
@json_option
@server_options
def list_plans(address: Address, app: str, as_json: bool) -> None:
    """Show the latest plans of APP (an id or an exact label)."""
    found = run(_list(address, app))
    if as_json:
        print_json(found)
    else:
        rows = [(each["id"], each["state"], each["change"]["kind"], each["created"]) for each in found]
        click.echo(table(["ID", "STATE", "OF", "CREATED"], rows))


async def _list(address: Address, app: str) -> Any:
    async with connected(address) as server:
        found = await find_app(server, app)
        return await server.get(f"/provisor/v1/apps/{quote(found['id'])}/plans")


@click.command()
@click.argument("plan")
@click.option("--operation", help="Only these, such as DEACTIVATE,BLOCKED.")
@click.option("--people", default=SHOWN, show_default=True, type=click.IntRange(0, 500), help="How many to show.")
@json_option
@server_options
def show(address: Address, plan: str, operation: str | None, people: int, as_json: bool) -> None:
    """Show PLAN (an id): how many need what, and what the first of them would be sent, value by value."""
    found, operations = run(_show(address, plan, operation, people))
    if as_json:
        print_json({**found, "operations": operations})
        return
    for each in operations:
        verb = VERBS.get(each["planned"], each["planned"])
        changed = "  (not as planned any more)" if each["changed"] else ""
        click.echo(f"{readable(each['user']['login'])}: {verb}{changed}")
        for line in values_in_words(each):
            click.echo(line)
    click.echo("\n".join(in_words(found)))


async def _show(address: Address, plan: str, operation: str | None, people: int) -> tuple[Any, list[Any]]:
    async with connected(address) as server:
        path = f"{PLANS}/{quote(plan, safe='')}"
        found = await server.get(path)
        shown = await server.get(f"{path}/operations", operation=operation, limit=people) if people else []
        return found, shown


@click.command()
@click.argument("plan")
@json_option
@server_options
def apply(address: Address, plan: str, as_json: bool) -> None:
    """Make the change of PLAN (an id), if everybody would still be sent what was planned.

    A plan on trial becomes everybody's. Exit code 3: something has changed since, and nothing was done.
    """
    _ended(address, "POST", plan, "apply", as_json=as_json)


@click.command("try")
@click.argument("plan")
@click.option("--user", "users", multiple=True, help="Somebody to try it on: an id or a login.")
@click.option("--percent", default=0, type=click.IntRange(0, 99), help="This share of everybody.")
@json_option
@server_options
def try_plan(address: Address, plan: str, users: tuple[str, ...], percent: int, as_json: bool) -> None:
    """Try the mapping of PLAN (an id) on some people, or on more of them than so far."""
    _ended(address, "POST", plan, "trial", {"percent": percent}, users, as_json=as_json)


@click.command("take-back")
@click.argument("plan")
@json_option
@server_options
def take_back(address: Address, plan: str, as_json: bool) -> None:
    """End the trial of PLAN (an id): everybody has the stored mapping again."""
    _ended(address, "DELETE", plan, "trial", as_json=as_json)


@click.command()
@click.argument("plan")
@server_options
def discard(address: Address, plan: str) -> None:
    """Throw PLAN (an id) away; nothing has come of it."""
    run(_send(address, "DELETE", plan, "", None, ()))
    click.echo("Discarded.")


def _ended(
    address: Address,
    method: str,
    plan: str,
    below: str,
    body: dict[str, Any] | None = None,
    users: tuple[str, ...] = (),
    *,
    as_json: bool,
) -> None:
    """Send, and say how the plan stands then; what changed since ends with its own code."""
    try:
        found = run(_send(address, method, plan, below, body, users))
    except Refused as refusal:
        if refusal.status != CONFLICT:
            raise
        click.echo(str(refusal), err=True)
        leave(Exit.HELD)
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(in_words(found)))


async def _send(
    address: Address, method: str, plan: str, below: str, body: dict[str, Any] | None, users: tuple[str, ...]
) -> Any:
    async with connected(address, patience=600.0) as server:
        path = f"{PLANS}/{quote(plan, safe='')}" + (f"/{below}" if below else "")
        if users:
            body = {**(body or {}), "people": [await _user(server, each) for each in users]}
        if method == "DELETE":
            await server.delete(path)
            return await server.get(f"{PLANS}/{quote(plan, safe='')}") if below else None
        return await server.post(path, body)


def in_words(plan: Mapping[str, Any]) -> Iterator[str]:
    """A plan's sum, in words."""
    counts = {name: number for name, number in plan["counts"].items() if number and name != "NOTHING"}
    told = "; ".join(f"{counted(number, 'person')} to {VERBS.get(name, name)}" for name, number in counts.items())
    yield f"{plan['id']}  {plan['state']}  {readable(plan['app']['label'])}: {told or 'nothing to do'}."
    for title, names in (("Would lose access", plan["losingAccess"]), ("Without a result", plan["blocked"])):
        if names:
            yield f"{title}: {', '.join(map(readable, names))}."
    for name, number in sorted(plan["overwrites"].items(), key=lambda each: -each[1]):
        yield f"Overwrites {readable(name)} of {counted(number, 'account')}."
    if plan["state"] == "TRIAL":
        yield f"On trial with {counted(plan['trial']['number'], 'person')} ({plan['trial']['percent']} %)."
    if plan["reason"]:
        yield readable(plan["reason"])
    if plan["state"] == "PENDING":
        yield f"Nothing was changed. Until {plan['expires']}: provisor plan apply {plan['id']}"
