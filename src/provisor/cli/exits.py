"""What a command's exit code says; the one table of them."""

from __future__ import annotations

from enum import IntEnum
from typing import NoReturn

import click


class Exit(IntEnum):
    """Scripts may rely on these."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Exit:
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    DONE = 0, "Done, all of it."
    FAILED = 1, "Failed: nothing, or an unknown part, was done. The message says what to do."
    USAGE = 2, "The command line does not say what to do: an unknown option, no such thing, more than one by that name."
    HELD = (
        3,
        "Done in part: something is held by a safeguard, rows were refused, or a server does not conform. Of a plan: "
        "something has changed since it was made, and nothing was done. Of a drift check: something differs.",
    )


class CommandFailed(click.ClickException):
    """Ends a command with a sentence on stderr and exit code 1."""

    exit_code = Exit.FAILED


def leave(code: Exit) -> NoReturn:
    """End the command with this code; its output has said why."""
    raise click.exceptions.Exit(code)
