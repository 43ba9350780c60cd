"""`provisor log`: reads the System Log as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import click

from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json_line, readable
from provisor.cli.server import connected, run

POLL_SECONDS = 1.0


@click.group()
def log() -> None:
    """Read the System Log."""


@log.command()
@click.option("-f", "--follow", is_flag=True, help="Go on as entries arrive; Ctrl-C ends it.")
@click.option(
    "-n", "--lines", type=click.IntRange(0, 1000), default=20, show_default=True, help="How many to begin with."
)
@click.option("--filter", "expression", help="SCIM filter, such as 'eventType eq \"user.lifecycle.create\"'.")
@json_option
@server_options
def tail(address: Address, follow: bool, lines: int, expression: str | None, as_json: bool) -> None:
    """Show the latest entries, oldest first."""
    try:
        run(_tail(address, follow, lines, expression, as_json))
    except KeyboardInterrupt:
        # The usual way to stop following, and nothing that went wrong.
        return


async def _tail(address: Address, follow: bool, lines: int, expression: str | None, as_json: bool) -> None:
    async with connected(address) as server:
        latest, _ = await server.page("/api/v1/logs", sortOrder="DESCENDING", limit=max(lines, 1), filter=expression)
        shown = set()
        for entry in reversed(latest[:lines]):
            _show(entry, as_json)
            shown.add(entry["uuid"])
        if not follow:
            return
        # Polling begins a little before the last entry, because entries of open transactions appear late.
        since = latest[0]["published"] if latest else None
        entries, following = await server.page("/api/v1/logs", since=since, limit=1000, filter=expression)
        shown.update(entry["uuid"] for entry in latest)
        while True:
            for entry in entries:
                if entry["uuid"] not in shown:
                    _show(entry, as_json)
            if following is None:
                return
            if not entries:
                await asyncio.sleep(POLL_SECONDS)
            entries, following = await server.page(following)


def _show(entry: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json_line(entry)
    else:
        click.echo(line_of(entry))


def line_of(entry: Mapping[str, Any]) -> str:
    """An entry in one line: when, what, how it ended, who did it to whom."""
    outcome = entry.get("outcome") or {}
    ending = outcome.get("result") or "-"
    reason = f"  {readable(outcome['reason'])}" if outcome.get("reason") else ""
    # A person and their account are two targets of one name.
    targets = ", ".join(dict.fromkeys(_named(target) for target in entry.get("target") or []))
    actor = _named(entry.get("actor") or {})
    return f"{entry['published']}  {ending:<8}  {entry['eventType']:<44}  {actor} > {targets or '-'}{reason}"


def _named(party: Mapping[str, Any]) -> str:
    return readable(party.get("displayName") or party.get("alternateId") or party.get("id"))
