"""`provisor db`: saves the database into a file and brings it back; embedded, or one's own (PROVISOR_DATABASE_URL)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from provisor.cli.exits import CommandFailed
from provisor.cli.options import data_dir_option, read_settings

database_url_option = click.option("--database-url", help="Your own PostgreSQL instead of the embedded one.")


@click.group()
def db() -> None:
    """Save and restore the database."""


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_dir_option
@database_url_option
def backup(file: Path, data_dir: Path | None, database_url: str | None) -> None:
    """Write the whole database into FILE, while the server runs or without it.

    The key that seals app credentials is not inside: keep it (secret.key, PROVISOR_SECRET_KEY) in another place.
    """
    _run("backup", file, data_dir, database_url)
    click.echo(
        f"Saved the database in {file}. The key that seals app credentials is not inside; keep secret.key of the data "
        "directory, or the value of PROVISOR_SECRET_KEY, in another place."
    )


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir_option
@database_url_option
def restore(file: Path, yes: bool, data_dir: Path | None, database_url: str | None) -> None:
    """Replace everything in the database by what FILE holds. Stop servers and workers first."""
    if not yes:
        click.confirm(f"Everything in the database is replaced by {file}. This cannot be undone. Go on?", abort=True)
    _run("restore", file, data_dir, database_url)
    click.echo(
        f"Restored {file}. With the key it was sealed with, app credentials work at once; with another, the server "
        "refuses to start and says so."
    )


def _run(action: str, file: Path, data_dir: Path | None, database_url: str | None) -> None:
    from provisor import wiring

    settings = read_settings({"data_dir": str(data_dir) if data_dir else None, "database_url": database_url})
    try:
        asyncio.run(wiring.save(settings, file) if action == "backup" else wiring.bring_back(settings, file))
    except wiring.REFUSALS as problem:
        raise CommandFailed(str(problem)) from None
