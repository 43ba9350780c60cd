"""The filter tree of RFC 7644 §3.4.2.2 as frozen data, and its canonical text. It neither parses nor matches."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Literal: TypeAlias = str | int | float | bool | None


class Op(StrEnum):
    """Comparison operators that take a value (RFC 7644, table 3)."""

    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


@dataclass(frozen=True, slots=True)
class AttrPath:
    """`[urn:]name[.sub]`; more than one sub-name appears only in documents without a SCIM schema."""

    names: tuple[str, ...]
    urn: str | None = None

    def __str__(self) -> str:
        dotted = ".".join(self.names)
        return f"{self.urn}:{dotted}" if self.urn else dotted


@dataclass(frozen=True, slots=True)
class Compare:
    """`path op value`."""

    path: AttrPath
    op: Op
    value: Literal


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`."""

    path: AttrPath


@dataclass(frozen=True, slots=True)
class Not:
    """`not (term)`."""

    term: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """Terms that must all match; binds tighter than `or`."""

    terms: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Terms of which one must match."""

    terms: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`path[term]`: one value of a multi-valued attribute must satisfy the whole term."""

    path: AttrPath
    term: "Filter"


Filter: TypeAlias = Compare | Present | Not | And | Or | ValuePath


def render(node: Filter) -> str:
    """Render the canonical text; `parse_filter` is its inverse."""
    match node:
        case Compare(path, op, value):
            return f"{path} {op.value} {json.dumps(value, ensure_ascii=False)}"
        case Present(path):
            return f"{path} pr"
        case Not(term):
            return f"not ({render(term)})"
        case And(terms):
            return " and ".join(f"({render(t)})" if isinstance(t, And | Or) else render(t) for t in terms)
        case Or(terms):
            return " or ".join(f"({render(t)})" if isinstance(t, Or) else render(t) for t in terms)
        case ValuePath(path, term):
            return f"{path}[{render(term)}]"
