"""`provisor tasks`: what waits for an administrator, and trying it again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from provisor.cli.finding import every, find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json, readable
from provisor.cli.server import connected, run


@click.group()
def tasks() -> None:
    """See what waits for an administrator."""


@tasks.command("list")
@click.option("--app", help="Only of this app: an id or an exact label.")
@json_option
@server_options
def list_tasks(address: Address, app: str | None, as_json: bool) -> None:
    """Show the open tasks, each with what to do."""
    found = run(_open_tasks(address, app))
    if as_json:
        print_json(found)
    elif not found:
        click.echo("No open tasks.")
    for task in [] if as_json else found:
        click.echo(f"{task['id']}  {readable(task['summary'])}\n    {readable(task['detail'])}")


async def _open_tasks(address: Address, app: str | None) -> list[Any]:
    async with connected(address) as server:
        app_id = (await find_app(server, app))["id"] if app else None
        return [task async for task in every(server, "/provisor/v1/tasks", app=app_id)]


@tasks.command()
@click.argument("task", nargs=-1, required=True)
@server_options
def retry(address: Address, task: tuple[str, ...]) -> None:
    """Try again, at once, what TASK (one or more ids) waits for."""
    run(_retry(address, task))
    click.echo(f"Trying again: {', '.join(task)}.")


async def _retry(address: Address, ids: tuple[str, ...]) -> None:
    async with connected(address) as server:
        for task_id in ids:
            await server.post(f"/provisor/v1/tasks/{quote(task_id, safe='')}/retry")
