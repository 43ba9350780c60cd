"""Warnings about a mapping: what may be saved and will probably not do what was meant. Refuses nothing."""

from __future__ import annotations

from collections.abc import Sequence

from provisor.apps.ends import Ends
from provisor.apps.mapping import USERNAME, Mapping, MappingError, PushStatus
from provisor.directory.attributes import Attribute
from provisor.directory.diagnostics import Diagnostic


def warnings(mappings: Sequence[Mapping], ends: Ends) -> list[Diagnostic]:
    """What an administrator should look at, by target."""
    lines = {each.target: each for each in mappings}
    found: list[Diagnostic] = []
    for name, attribute in ends.targets.items():
        if not attribute.required or attribute.default is not None or name == (USERNAME if ends.to_app else "login"):
            continue
        if name not in lines:
            missing = "is required and nothing fills it: " + (
                "nobody gets an account unless a group or an administrator sets it"
                if ends.to_app
                else "nobody can be created from this app"
            )
            found.append(Diagnostic(name, missing))
        elif problem := _may_be_empty(lines[name], ends):
            found.append(Diagnostic(name, problem))
    name_line = lines.get(USERNAME)
    if ends.to_app and name_line is not None and name_line.push_status is PushStatus.DONT_PUSH:
        found.append(Diagnostic(USERNAME, "applies on create only: an account keeps the name it was created with"))
    return found


def _may_be_empty(mapping: Mapping, ends: Ends) -> str | None:
    """Why a required attribute may be left without a value; None when it cannot be told, or cannot be."""
    try:
        compiled = ends.compile(mapping)
    except MappingError as problem:
        return str(problem)
    plain = [ends.sources[name] for name in sorted(ends.read_by(compiled)) if name in ends.sources]
    if not plain:
        return None
    if compiled.computed is not None and not _is_plain(mapping, plain):
        return None
    optional = [each.name for each in plain if not each.required]
    if not optional:
        return None
    return f"is required, but “{optional[0]}”, which fills it, may have no value: such people get no account"


def _is_plain(mapping: Mapping, read: Sequence[Attribute]) -> bool:
    """Whether the expression is nothing but one attribute."""
    return len(read) == 1 and mapping.expression.strip() in {
        f"{root}.{read[0].name}" for root in ("user", "source", "appuser")
    } | {read[0].name}
