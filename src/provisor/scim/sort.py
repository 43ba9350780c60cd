"""What `sortBy` orders by (RFC 7644 §3.4.2.3): the place it names, and the key of one resource in memory.

Of several values the primary one counts, otherwise the first. Resources without a value come last when ascending and
first when descending, so `reverse=True` is all that descending needs. `sql.render_order` says the same to PostgreSQL.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from .errors import BadRequest, ScimType
from .filters import fold, parse_attr_path, parse_instant
from .filters.places import Place, find_place
from .schemas import Attribute, ResourceType, Type

SortKey: TypeAlias = Callable[[Mapping[str, Any]], tuple[bool, Any]]
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def sort_place(sort_by: str, kind: ResourceType) -> Place:
    """Return the place that `sortBy` names, or raise `invalidPath`."""
    path = parse_attr_path(sort_by)
    place = find_place(path, kind)
    if place is None:
        raise BadRequest(
            ScimType.INVALID_PATH, f"sortBy: a {kind.name} cannot be sorted by {sort_by[:200]!r}; no schema declares it"
        )
    return place


def sort_key(sort_by: str, kind: ResourceType) -> SortKey:
    """Return the function that gives a canonical resource's key."""
    place = sort_place(sort_by, kind)
    urn, name, sub, leaf = place.urn, place.attribute.name, place.sub and place.sub.name, place.leaf

    def key(document: Mapping[str, Any]) -> tuple[bool, Any]:
        holder = document if urn is None else document.get(urn) or {}
        value = holder.get(name)
        if isinstance(value, list):
            value = _preferred(value)
        if sub is not None:
            value = value.get(sub) if isinstance(value, dict) else None
        ordered = _ordered(value, leaf)
        return (True, "") if ordered is None else (False, ordered)

    return key


def _preferred(values: list[Any]) -> Any:
    primary = (value for value in values if isinstance(value, dict) and value.get("primary") is True)
    return next(primary, values[0] if values else None)


def _ordered(value: Any, leaf: Attribute) -> Any:
    """Return what compares like the value; None = nothing to compare."""
    if isinstance(value, str):
        if leaf.type is Type.DATE_TIME:
            return parse_instant(value) or _NEVER
        return value if leaf.case_exact else fold(value)
    return None if isinstance(value, list | dict) else value
