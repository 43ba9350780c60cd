"""`provisor plan` and `provisor release`: what an app would be sent, why, and letting go what a safeguard holds.

Plans of changes are `change_plans`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import click

from provisor.cli import change_plans
from provisor.cli.exits import Exit, leave
from provisor.cli.finding import find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable
from provisor.cli.plan_words import VERBS, values_in_words
from provisor.cli.server import connected, run


class PlanGroup(click.Group):
    """Commands, and what is meant when none of them is named: `of`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["of", *args]
        return super().parse_args(ctx, args)


@click.group(cls=PlanGroup, short_help="Show what an app would be sent, and why; plan changes and apply them.")
def plan() -> None:
    """Show what an app would be sent: `provisor plan APP` is short for `provisor plan of APP`.

    The other commands plan a change that has not been made, try it, and apply exactly what was planned.
    """


@plan.command("of", short_help="Show what an app would be sent, and why.")
@click.argument("app")
@click.argument("user", required=False)
@json_option
@server_options
def plan_of(address: Address, app: str, user: str | None, as_json: bool) -> None:
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


for each in (
    change_plans.create,
    change_plans.list_plans,
    change_plans.show,
    change_plans.apply,
    change_plans.try_plan,
    change_plans.take_back,
    change_plans.discard,
):
    plan.add_command(each)


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
        yield from values_in_words(each)
    if operations:
        yield ""
    yield f"{readable(answer['app']['label'])}: {_summary(answer)}"
    if answer["held"]:
        yield f"A safeguard holds the deactivations. When the plan is right: provisor release {answer['app']['id']}"


def _heading(operation: Mapping[str, Any]) -> str:
    verb = VERBS.get(operation["operation"], operation["operation"])
    return f"{verb} ({readable(operation['reason'])})" if operation.get("reason") else verb


def _summary(answer: Mapping[str, Any]) -> str:
    counts = {name: number for name, number in answer["counts"].items() if number and name != "NOTHING"}
    if not counts:
        return "nothing to do."
    told = "; ".join(f"{counted(number, 'person')} to {VERBS.get(name, name)}" for name, number in counts.items())
    shown = len(answer["operations"])
    rest = f" The first {shown:,} are shown." if shown < sum(counts.values()) else ""
    return f"{told}.{rest} Nothing was sent."
