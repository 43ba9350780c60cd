"""References `bulkId:x` in the paths and data of a bulk request (RFC 7644 §3.7.2): found, filled in, set aside.

A reference is a whole string, a part of a path or URI, or a quoted value of a filter; the same letters inside a
sentence are none.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

_REFERENCE: Final = re.compile(r"(?:(?<=[/\"])|\A)bulkId:([^/\s\"]+)(?=[/\"]|\Z)")


def references(value: Any) -> frozenset[str]:
    """Return the bulkIds that a value refers to."""
    found: set[str] = set()
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if "bulkId:" in item:
                found.update(_REFERENCE.findall(item))
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return frozenset(found)


def fill(value: Any, ids: Mapping[str, str]) -> Any:
    """Return the value with ids in the place of the references that are known."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: ids.get(found[1], found[0]), value) if "bulkId:" in value else value
    if isinstance(value, dict):
        return {name: fill(item, ids) for name, item in value.items()}
    if isinstance(value, list):
        return [fill(item, ids) for item in value]
    return value


def split(resource: Mapping[str, Any], missing: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part a resource into what can be written now and what waits for missing references.

    A whole value waits (a member, a manager), because a half of it would say something else.
    """
    gone = set(missing)
    now: dict[str, Any] = {}
    later: dict[str, Any] = {}
    for name, value in resource.items():
        if gone.isdisjoint(references(value)):
            now[name] = value
        elif isinstance(value, list):
            ready: list[Any] = []
            later[name] = []
            for item in value:
                (ready if gone.isdisjoint(references(item)) else later[name]).append(item)
            if ready:
                now[name] = ready
        elif isinstance(value, dict) and ":" in name:
            for where, part in zip((now, later), split(value, gone), strict=True):
                if part:
                    where[name] = part
        else:
            later[name] = value
    return now, later
