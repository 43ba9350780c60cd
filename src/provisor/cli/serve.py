"""`provisor serve` and `provisor worker`: run the server, or one more worker on its database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import click

from provisor.cli.exits import CommandFailed
from provisor.cli.options import read_settings, settings_options

if TYPE_CHECKING:
    from provisor.settings import Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 is every one.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="The port; 0 takes a free one."
)
@click.option("--no-worker", is_flag=True, help="Serve the API only; `provisor worker` then does the work.")
@settings_options
def serve(host: str, port: int, no_worker: bool, **flags: str | None) -> None:
    """Run Provisor: the API, and a worker that keeps apps in line.

    The first start makes the database and prints an API token, once. Ctrl-C or SIGTERM ends it in order.
    """
    from provisor import wiring

    if host not in LOOPBACK:
        click.echo(f"warning: {host} can be reached from other machines without encryption; put TLS in front", err=True)
    _run(read_settings(flags), lambda settings: wiring.serve(settings, host, port, with_worker=not no_worker))


@click.command(short_help="Run one more worker on the server's database.")
@settings_options
def worker(**flags: str | None) -> None:
    """Run one more worker on the server's database, on this machine or another.

    It needs the key that the server has: PROVISOR_SECRET_KEY, or the server's data directory.
    """
    from provisor import wiring

    _run(read_settings(flags), wiring.work)


def _run(settings: Settings, program: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    import uvloop

    from provisor import wiring

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(program(settings))
    except asyncio.CancelledError:
        raise CommandFailed("Ended at once, without waiting for what was under way.") from None
    except wiring.REFUSALS as problem:
        raise CommandFailed(str(problem)) from None
