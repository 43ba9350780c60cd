"""The `provisor demo` command: plays the acts; exit code 0 only if the apps hold what the directory says."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

from provisor.cli.exits import Exit, leave


@click.command(name="demo", short_help="Watch people arrive in three SCIM apps.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    envvar="PROVISOR_DATA_DIR",
    help="The demo uses the sub-directory `demo` of this directory, and begins by wiping it.",
)
@click.option("--keep", is_flag=True, help="Leave Provisor and the apps running until Ctrl-C, to look around.")
@click.option("--no-color", is_flag=True, help="Print plain text.")
def command(data_dir: Path | None, keep: bool, no_color: bool) -> None:
    """Watch people from an HR file become accounts in three SCIM apps.

    Starts Provisor and three reference apps on this machine, loads 107 people, assigns their departments to the
    apps, edits, moves and offboards some of them, shows the plan before each change, and reads the apps back:
    exit code 0 only if they hold exactly what the directory says.
    """
    from provisor.cli.demo.acts import play

    # What ends it takes everything along that it started: also SIGTERM, and SIGINT where a shell had it ignored.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    try:
        true = asyncio.run(play(data_dir, keep=keep, color=not no_color))
    except KeyboardInterrupt:
        click.echo("\nStopped.")
        leave(Exit.FAILED)
    if not true:
        leave(Exit.FAILED)
