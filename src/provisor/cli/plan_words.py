"""Plans in words: what a step does, and each value with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provisor.cli.output import readable

VERBS = {
    "CREATE_OR_LINK": "create, or link to an account that is there",
    "UPDATE": "update",
    "REACTIVATE": "switch on again",
    "DEACTIVATE": "switch off",
    "CLEAN_UP": "look for an account whose creation was never answered, and switch it off",
    "NOTHING": "nothing to do",
    "WAIT": "wait",
    "BLOCKED": "blocked",
}

WIDEST_VALUE = 48
"""Up to here values are padded, so that their origins stand below each other."""


def values_in_words(operation: Mapping[str, Any]) -> Iterator[str]:
    """What changes, as `before -> after`; then, where the answer has them, the values that stay."""
    changes = operation.get("changes") or []
    changing = {each["attribute"] for each in changes}
    staying = [each for each in operation.get("values") or [] if each["attribute"] not in changing]
    lines = [(each, f"{readable(each.get('before'))} -> {readable(each.get('after'))}") for each in changes]
    lines += [(each, readable(each.get("after"))) for each in staying]
    name_width = max((len(each["attribute"]) for each, _ in lines), default=0)
    value_width = min(max((len(value) for _, value in lines), default=0), WIDEST_VALUE)
    for each, value in lines:
        yield f"    {each['attribute']:<{name_width}}  {value:<{value_width}}{_origin(each)}".rstrip()


def _origin(value: Mapping[str, Any]) -> str:
    """Where a value comes from: the mapping, and when and by what its source was last set."""
    parts = [readable(value["mapping"])] if value.get("mapping") else []
    if value.get("event"):
        parts.append(f"set by {readable(value['event'])}" + (f" at {value['changed']}" if value.get("changed") else ""))
    return f"   ({', '.join(parts)})" if parts else ""
