"""PATCH paths of RFC 7644 §3.5.2, figure 7: `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each with a URN.

Parsing and rendering only; `patch` decides what a path points at.
"""

from dataclasses import dataclass
from functools import lru_cache

from . import limits as sizes
from .errors import BadRequest, ScimType
from .filters.parser import WORTH_KEEPING, Parser, parse_attr_path
from .filters.tree import AttrPath, Filter, render
from .limits import Limits


@dataclass(frozen=True, slots=True)
class Path:
    """Where an operation applies; `sub` stands behind a filter, otherwise it is part of `attr`."""

    attr: AttrPath
    term: Filter | None = None
    sub: str | None = None

    def __str__(self) -> str:
        text = str(self.attr)
        if self.term is not None:
            text += f"[{render(self.term)}]"
        return f"{text}.{self.sub}" if self.sub else text


def parse_path(text: str, limits: Limits = sizes.DEFAULT) -> Path:
    """Parse a path, or raise `BadRequest` with `invalidPath` (a bad filter inside stays `invalidFilter`)."""
    if len(text) > limits.filter_length:
        raise BadRequest(
            ScimType.INVALID_PATH, f"the path has {len(text)} characters; at most {limits.filter_length} are read"
        )
    parse = _parse_again if len(text) <= WORTH_KEEPING else _parse
    return parse(text, limits.filter_depth)


def _parse(text: str, depth: int) -> Path:
    if "[" not in text:
        # Some clients write "/userName" after JSON Patch; that is not SCIM and is refused like any other bad name.
        return Path(parse_attr_path(text))
    name = text[: text.index("[")]
    attr = parse_attr_path(name)
    parser = Parser(text[len(name) :], depth)
    parser.expect("[")
    term = parser.disjunction(0)
    parser.expect("]")
    kind, sub = parser.peek()
    if kind == "sub":
        parser.take()
    if parser.peek()[0] != "end":
        raise BadRequest(ScimType.INVALID_PATH, f"{text[:200]!r} is not a path: nothing may follow the filter but .sub")
    return Path(attr, term, sub[1:] if kind == "sub" else None)


_parse_again = lru_cache(maxsize=4096)(_parse)
