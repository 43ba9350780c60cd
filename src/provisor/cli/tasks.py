"""`provisor tasks`: what waits for an administrator, and trying it again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from provisor.cli.finding import every, find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable
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
@click.argument("task", nargs=-1)
@click.option("--app", help="Every open task of this app: an id or an exact label.")
@server_options
def retry(address: Address, task: tuple[str, ...], app: str | None) -> None:
    """Try again, at once, what TASK (one or more ids) waits for, or all of an app."""
    if bool(task) == bool(app):
        raise click.UsageError("Name tasks, or an app with --app.")
    number = run(_retry(address, task, app))
    click.echo(f"Trying again: {counted(number, 'task')}.")


async def _retry(address: Address, ids: tuple[str, ...], app: str | None) -> int:
    async with connected(address) as server:
        if app is None:
            return int((await server.post("/provisor/v1/tasks/retry", {"tasks": list(ids)}))["retried"])
        found = await find_app(server, app)
        return int((await server.post(f"/provisor/v1/tasks/retry?app={quote(found['id'])}"))["retried"])


@tasks.command()
@click.argument("task", nargs=-1, required=True)
@server_options
def dismiss(address: Address, task: tuple[str, ...]) -> None:
    """Close TASK (one or more ids) without trying again."""
    run(_dismiss(address, task))
    click.echo(f"Dismissed: {', '.join(task)}.")


async def _dismiss(address: Address, ids: tuple[str, ...]) -> None:
    async with connected(address) as server:
        for task_id in ids:
            await server.post(f"/provisor/v1/tasks/{quote(task_id, safe='')}/dismiss")
