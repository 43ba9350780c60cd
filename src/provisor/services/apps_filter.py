"""The `filter` parameter of lists of apps: equality on a few properties, joined by `and` and `or`, as SQL.

Values never become part of the SQL text.
"""

from __future__ import annotations

from typing import Any

from provisor.scim.errors import BadRequest
from provisor.scim.filters import And, Compare, Filter, Op, Or, parse_filter
from provisor.services.errors import BadQuery

PROPERTIES = {
    "id": "apps.id = {}",
    "name": "apps.name = {}",
    "status": "apps.status = {}",
    "user.id": "EXISTS (SELECT FROM app_user x WHERE x.app_id = apps.id AND x.assigned AND x.user_id = {})",
    "group.id": "EXISTS (SELECT FROM app_group x WHERE x.app_id = apps.id AND x.group_id = {})",
}


def compile_app_filter(text: str | None, first: int) -> tuple[str, list[Any]]:
    """The condition and its values, numbered from `$first` on."""
    if not text:
        return "true", []
    try:
        tree = parse_filter(text)
    except BadRequest as problem:
        raise BadQuery("filter", str(problem)) from None
    values: list[Any] = []
    return _compile(tree, values, first), values


def _compile(tree: Filter, values: list[Any], first: int) -> str:
    match tree:
        case And(terms):
            return " AND ".join(f"({_compile(term, values, first)})" for term in terms)
        case Or(terms):
            return " OR ".join(f"({_compile(term, values, first)})" for term in terms)
        case Compare(path, Op.EQ, str() as value) if str(path) in PROPERTIES:
            values.append(value)
            return PROPERTIES[str(path)].format(f"${first + len(values) - 1}::text")
    supported = f"apps are filtered by {', '.join(PROPERTIES)} with “eq” and text, joined by “and” and “or”"
    raise BadQuery("filter", supported, unsupported=True)
