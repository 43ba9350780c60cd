"""SQL expressions of single values: a column, or a place in a JSONB document; `sql` joins them to conditions.

Every expression is total: text that is no date, or a number where text should be, is NULL and not an error.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .filters import AttrPath


class Form(StrEnum):
    """What a column holds of an attribute's value."""

    TEXT = "text"
    """The text as it is, for caseExact attributes."""
    FOLDED = "folded"
    """The text as `filters.fold` returns it."""
    INSTANT = "instant"
    """A timestamptz."""
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Column:
    """An SQL expression that holds a single-valued attribute; NULL = unassigned."""

    expression: str
    form: Form = Form.TEXT


@dataclass(frozen=True, slots=True)
class Json:
    """A JSONB expression, or the member of one."""

    holder: str
    key: str | None = None

    @property
    def jsonb(self) -> str:
        """The value as JSONB."""
        return self.holder if self.key is None else f"({self.holder} -> {quoted(self.key)})"

    @property
    def text(self) -> str:
        """The value as text; JSON's null is NULL."""
        return f"({self.holder} #>> '{{}}')" if self.key is None else f"({self.holder} ->> {quoted(self.key)})"

    @property
    def number(self) -> str:
        """The value as a number."""
        return f"(CASE jsonb_typeof({self.jsonb}) WHEN 'number' THEN {self.jsonb}::numeric END)"

    @property
    def instant(self) -> str:
        """The value as a time: xsd:dateTime (RFC 7643 §2.3.5), UTC where it names no offset."""
        # Microseconds, cut and not rounded, are what Python reads of a fraction too.
        text = rf"regexp_replace({self.text}, '(\.\d{{6}})\d+', '\1')"
        zone = rf"CASE WHEN {self.text} ~ '(Z|[+-]\d\d:\d\d)$' THEN '' ELSE 'Z' END"
        return f"(CASE WHEN {self.text} ~ '{DATE_TIME}' THEN ({text} || {zone})::timestamptz END)"

    def member(self, key: str) -> "Json":
        """The member of an object."""
        return Json(self.jsonb, key)


def _date_time() -> str:
    leap = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
    long = "[0-9]{4}-(0[13578]|1[02])-31"
    short = "[0-9]{4}-(0[13-9]|1[0-2])-(29|30)"
    usual = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    time = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
    return rf"^(?!0000)({usual}|{short}|{long}|{leap})T{time}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$"


DATE_TIME: Final = _date_time()
"""What PostgreSQL can cast without an error, as a regular expression: only dates that exist."""


def quoted(text: str) -> str:
    """An SQL literal; names come from schemas, which may be somebody's file."""
    return "'" + text.replace("'", "''") + "'"


def elements(values: Json, alias: str) -> str:
    """What stands behind FROM to go through a list."""
    return f"jsonb_array_elements({values.jsonb}) AS {alias}(v)"


def found(holder: str, path: AttrPath, alias: str) -> str:
    """What stands behind FROM to go through whatever a path without a schema leads to, lists opened."""
    steps = (path.urn, *path.names) if path.urn else path.names
    members = "".join("." + json.dumps(step, ensure_ascii=False) for step in steps)
    return f"jsonb_path_query({holder}, {quoted('lax $' + members + '[*]')}) AS {alias}(v)"


def exists(source: str, condition: str) -> str:
    """Whether one row satisfies the condition."""
    return f"EXISTS (SELECT FROM {source} WHERE {condition})"


def preferred(values: Json) -> Json:
    """The primary value of a list, otherwise the first."""
    primary = "(e.v -> 'primary') = 'true'::jsonb"
    source = f"jsonb_array_elements({values.jsonb}) WITH ORDINALITY AS e(v, n)"
    return Json(f"(SELECT e.v FROM {source} ORDER BY ({primary}) IS TRUE DESC, e.n LIMIT 1)")


def like_pattern(text: str, *, before: bool, after: bool) -> str:
    """A LIKE pattern for the text as it is."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return ("%" if before else "") + text + ("%" if after else "")
