"""Text to filter tree, by recursive descent over the grammar of RFC 7644 §3.4.2.2, figure 1.

Operators and keywords ignore case. Unless a policy forbids it, `emails[type eq "work"].value eq "x"`, which Microsoft
Entra ID sends, is read as `emails[type eq "work" and value eq "x"]`. It knows no schema.
"""

import re
from functools import lru_cache
from typing import Final

import orjson

from provisor.scim import limits as sizes
from provisor.scim.errors import BadRequest, ScimType
from provisor.scim.limits import Limits
from provisor.scim.policy import Policy

from .tree import And, AttrPath, Compare, Filter, Literal, Not, Op, Or, Present, ValuePath

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.:]))
      | (?P<word>[A-Za-z$][A-Za-z0-9$_:.\-]*)
      | (?P<sub>\.[A-Za-z$][A-Za-z0-9$_\-]*)
      | (?P<mark>[()\[\]])
    )""",
    re.VERBOSE,
)
_NAME = re.compile(r"[A-Za-z$][A-Za-z0-9$_\-]*\Z")
# What provisioning clients send before each create: worth a path of its own, ten times as fast as the grammar.
_LOOK_UP = re.compile(r'([A-Za-z]\w*) eq "([^"\\\x00-\x1f]*)"\Z')
_OPS: Final = {op.value: op for op in Op}
_WORD_VALUES: Final[dict[str, Literal]] = {"true": True, "false": False, "null": None}
_END: Final = ("end", "")


def parse_filter(text: str, policy: Policy | None = None, limits: Limits = sizes.DEFAULT) -> Filter:
    """Parse a filter, or raise `BadRequest` with `invalidFilter` and what is wrong with it.

    Without a policy the grammar's one extension is read; a policy decides about it (`sub_attribute_after_filter`).
    """
    if len(text) > limits.filter_length:
        raise BadRequest(
            ScimType.INVALID_FILTER, f"the filter has {len(text)} characters; at most {limits.filter_length} are read"
        )
    chained = policy is None or policy.sub_attribute_after_filter
    # Clients repeat short filters; to keep long ones would let somebody fill the memory with them.
    parse = _parse_again if len(text) <= WORTH_KEEPING else _parse
    return parse(text, limits.filter_depth, chained)


WORTH_KEEPING: Final = 500
"""Characters up to which what was parsed is kept."""


def _parse(text: str, depth: int, chained: bool) -> Filter:
    look_up = _LOOK_UP.match(text)
    if look_up is not None:
        return Compare(AttrPath((look_up[1],)), Op.EQ, look_up[2])
    parser = Parser(text, depth, chained=chained)
    node = parser.disjunction(0)
    parser.expect_end()
    return node


_parse_again = lru_cache(maxsize=2048)(_parse)


def parse_attr_path(text: str) -> AttrPath:
    """Parse `[urn:]name[.sub…]`, or raise `BadRequest` with `invalidPath`."""
    urn, colon, dotted = text.rpartition(":")
    names = tuple(dotted.split("."))
    if not all(_NAME.match(name) for name in names) or (colon and not urn):
        raise BadRequest(ScimType.INVALID_PATH, f"{text[:200]!r} is not an attribute path")
    return AttrPath(names, urn or None)


class Parser:
    """A cursor over the tokens of one filter; `paths` uses it for the part between brackets."""

    def __init__(self, text: str, depth: int = sizes.DEFAULT.filter_depth, *, chained: bool = True) -> None:
        self.text = text
        self.depth = depth
        self.chained = chained
        self.tokens = list(self._scan())
        self.position = 0

    def _scan(self) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at, end = 0, len(self.text.rstrip())
        while at < end:
            found = _TOKEN.match(self.text, at)
            if found is None:
                raise _fault(f"unexpected character {self.text[at:].lstrip()[:1]!r}", self.text, at)
            tokens.append((str(found.lastgroup), found.group().strip()))
            at = found.end()
        return tokens

    def peek(self) -> tuple[str, str]:
        """Return the current token without moving."""
        return self.tokens[self.position] if self.position < len(self.tokens) else _END

    def take(self) -> tuple[str, str]:
        """Return the current token and move past it."""
        token = self.peek()
        self.position += 1
        return token

    def accept(self, mark: str) -> bool:
        """Move past a bracket if it is the current token."""
        if self.peek() == ("mark", mark):
            self.position += 1
            return True
        return False

    def expect(self, mark: str) -> None:
        """Move past a bracket or refuse."""
        if not self.accept(mark):
            raise self.fault(f"expected {mark!r}")

    def expect_end(self) -> None:
        """Refuse anything left over."""
        if self.peek() is not _END:
            raise self.fault("expected the end of the filter")

    def fault(self, why: str) -> BadRequest:
        """Build the refusal that names the current token."""
        kind, text = self.peek()
        return _fault(f"{why}, found {'the end' if kind == 'end' else repr(text[:80])}", self.text, None)

    def _keyword(self, word: str) -> bool:
        kind, text = self.peek()
        if kind == "word" and text.lower() == word:
            self.position += 1
            return True
        return False

    def disjunction(self, depth: int) -> Filter:
        """Term *(`or` term)."""
        if depth > self.depth:
            raise _fault(f"nested deeper than {self.depth} levels", self.text, None)
        terms = [self._conjunction(depth)]
        while self._keyword("or"):
            terms.append(self._conjunction(depth))
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def _conjunction(self, depth: int) -> Filter:
        terms = [self._term(depth)]
        while self._keyword("and"):
            terms.append(self._term(depth))
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _term(self, depth: int) -> Filter:
        if self.accept("("):
            node = self.disjunction(depth + 1)
            self.expect(")")
            return node
        kind, text = self.peek()
        if kind != "word":
            raise self.fault("expected an attribute name")
        self.position += 1
        if text.lower() == "not" and self.accept("("):
            node = self.disjunction(depth + 1)
            self.expect(")")
            return Not(node)
        return self._expression(self._attr_path(text), depth)

    def _attr_path(self, text: str) -> AttrPath:
        try:
            return parse_attr_path(text)
        except BadRequest as error:
            raise _fault(error.detail, self.text, None) from None

    def _expression(self, path: AttrPath, depth: int) -> Filter:
        if not self.accept("["):
            return self._comparison(path)
        inner = self.disjunction(depth + 1)
        self.expect("]")
        if self.peek()[0] != "sub" or not self.chained:
            return ValuePath(path, inner)
        sub = self._comparison(AttrPath((self.take()[1][1:],)))
        terms = inner.terms if isinstance(inner, And) else (inner,)
        return ValuePath(path, And((*terms, sub)))

    def _comparison(self, path: AttrPath) -> Filter:
        if self._keyword("pr"):
            return Present(path)
        kind, text = self.peek()
        op = _OPS.get(text.lower()) if kind == "word" else None
        if op is None:
            raise self.fault(f"expected an operator after {path}")
        self.position += 1
        return Compare(path, op, self._literal())

    def _literal(self) -> Literal:
        kind, text = self.peek()
        value: Literal
        if kind in ("string", "number"):
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError:
                raise self.fault("expected a JSON value") from None
        elif kind == "word" and text.lower() in _WORD_VALUES:
            value = _WORD_VALUES[text.lower()]
        else:
            raise self.fault("expected a value (text in double quotes, a number, true, false or null)")
        self.position += 1
        return value


def _fault(why: str, text: str, at: int | None) -> BadRequest:
    where = "" if at is None else f" at character {at + 1}"
    shown = text if len(text) <= 200 else text[:200] + "…"
    return BadRequest(ScimType.INVALID_FILTER, f"cannot read the filter {shown!r}: {why}{where}")
