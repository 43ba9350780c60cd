"""What a conformance suite is: steps with a request, what its answer has to be, and the sentence that says so.

Values only: nothing here sends a request (`runner`) or judges an answer (`judging`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from provisor.conformance.answers import View

Path: TypeAlias = str | tuple[str | int, ...]
"""A place in a JSON document: `Resources[0].name.familyName`, or a tuple where a name has dots itself."""


class Level(StrEnum):
    """How binding an expectation is (RFC 2119); what is asked for at no level is only used, not judged."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Verdict(StrEnum):
    """What became of a step."""

    PASSED = "passed"
    ACCEPTABLE = "acceptable"
    """Something that a server MAY do differently, and does."""
    DEVIATION = "deviation"
    """Something that a server SHOULD do is not done: worth knowing, not an error."""
    FAILED = "failed"
    """A MUST is broken."""
    SKIPPED = "skipped"
    CHECKER_ERROR = "checker-error"
    """A bug of the checker. It says nothing about the server."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an expectation comes from."""

    reference: str
    """`RFC 7644 §3.4.2`, or the suite and step it restates."""
    says: str = ""
    """The normative sentence, or what the step asks for."""


Judge: TypeAlias = "Callable[[View], str | None]"
"""Returns None when the expectation holds, otherwise what was found instead."""


Extract: TypeAlias = Callable[[Any], Any]
"""Makes a variable of an answer's JSON; whatever is empty counts as not there."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One thing that an answer has to be."""

    text: str
    """As a statement that holds: `the status is 201`."""
    judge: Judge = field(repr=False)
    level: Level | None = None
    """None = the level of its step."""
    advice: str = ""
    """What to do when it does not hold; empty = the advice of its step."""
    uses: frozenset[str] = frozenset()
    """The variables that it compares with."""


@dataclass(frozen=True, slots=True)
class Template:
    """A request with `{variables}` in its path, query and body."""

    method: str
    path: str
    """Below the base URL, not yet percent-encoded: `/Users/{user_id}`."""
    query: tuple[tuple[str, str], ...] = ()
    """Sent in this order, percent-encoded."""
    raw_query: str = ""
    """Sent as it is, for what must not be encoded again; variables in it are encoded."""
    body: Any = None
    """JSON. A string that is one placeholder becomes the variable's value, of whatever type."""
    raw: bytes | None = None
    """A body that is not JSON."""
    headers: Mapping[str, str] | None = None
    """Instead of the suite's headers, all of them."""
    authorization: str | None = None
    """Instead of the credentials given; empty = none are sent."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request, what its answer has to be, and what later steps take from it."""

    id: str
    name: str
    request: Template
    expect: tuple[Assertion, ...]
    source: Source
    level: Level = Level.MUST
    captures: Mapping[str, Path | Extract] = field(default_factory=dict)
    """Variable: its place in a successful answer, or what makes it of the answer's JSON."""
    needs: tuple[str, ...] = ()
    """Variables that must be known besides those of the request: what has to have happened before."""
    after: tuple[str, ...] = ()
    """Ids of steps that must not have failed: this one looks at what they did."""
    unless: str = ""
    """Not needed when this variable is known."""
    feature: str = ""
    """Skipped when this variable is false: the server says that it does not support the feature."""
    each: str = ""
    """Carried out once for each element of this variable, as `{item}`."""
    offered: str = ""
    """What a server need not offer; 404, 405 or 501 then is no failure."""
    advice: str = ""
    """What to do when it fails."""
    prepares: bool = False
    """Only makes later steps possible: at no level, and no failure of the server."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Steps that belong together, in the order in which they are carried out."""

    id: str
    title: str
    about: str
    headers: Mapping[str, str]
    steps: tuple[Step, ...]
    protocol: str = "2.0"
    """The version of SCIM: `2.0` or `1.1`."""
    by_default: bool = True
    """Whether it runs when no suite is named."""
