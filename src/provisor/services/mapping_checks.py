"""What has to hold before a mapping is stored: every line can be used, sensitive ones by whom, the examples come out.

Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Sequence

from provisor.apps.ends import Ends
from provisor.apps.examples import Example, mismatches
from provisor.apps.mapping import Mapping, MappingError
from provisor.directory.diagnostics import Diagnostic
from provisor.services.actor import Actor, Permission
from provisor.services.errors import ChangedMeanwhile, Difference, Invalid

MOST_LINES = 500


class ExampleFails(Invalid):
    """A mapping that an example kept with it contradicts."""


def check_version(seen: int | None, now: int, subject: str) -> None:
    """Raise `ChangedMeanwhile` unless it is what the caller saw."""
    if seen is not None and seen != now:
        raise ChangedMeanwhile(subject, [Difference("version", str(seen), str(now))])


def check_lines(lines: Sequence[Mapping], ends: Ends) -> None:
    """Raise `Invalid` naming every line that cannot be used."""
    problems: list[Diagnostic] = []
    if len(lines) > MOST_LINES:
        problems.append(Diagnostic("properties", f"may have at most {MOST_LINES} attributes"))
    for each in lines:
        try:
            ends.compile(each)
        except MappingError as problem:
            problems.append(Diagnostic(expression_path(each.target), str(problem)))
    if problems:
        raise Invalid(problems[0].path, problems)


def check_sensitive(actor: Actor, lines: Sequence[Mapping], ends: Ends) -> None:
    """Sensitive attributes are mapped by those alone who may say what is sensitive; raises `NotAllowed`."""
    if any(ends.sensitive(ends.compile(each)) for each in lines):
        actor.require(Permission.MANAGE_SCHEMAS)


def check_examples(examples: Sequence[Example], lines: Sequence[Mapping], ends: Ends) -> None:
    """Raise `ExampleFails` naming everything that the examples expect and would not get."""
    found = mismatches(examples, lines, ends)
    if found:
        raise ExampleFails("examples", [Diagnostic(expression_path(each.target), str(each)) for each in found])


def expression_path(target: str) -> str:
    return f"properties.{target}.expression"
