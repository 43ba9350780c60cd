"""The vocabulary of assertions: each function returns one named value. None of them raises, whatever the answer is.

`not_empty`, `equals` and `is_number` mean what they mean in the suites that app developers know: `equals` compares as
text, so that `true` and `404` may be quoted; `is_exactly` does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import orjson

from provisor.conformance.answers import MISSING, View
from provisor.conformance.suite import Assertion, Level, Path
from provisor.conformance.variables import names_in, substitute
from provisor.scim import urns

_LONGEST_VALUE = 120

HINTS = {
    301: "The address redirects. Give the address it leads to (see the Location header): SCIM clients do not follow.",
    401: "Check the Authorization header it was sent, and what it expects.",
    403: "They are known but not allowed to do this. Give them the right to manage users and groups.",
    404: "There is nothing at this path. Check that the base URL is complete; it often ends in /scim/v2.",
    405: "The path is known, but not for this method. Route the method to the SCIM endpoint.",
    415: "The server does not accept the media type. RFC 7644 §3.1 asks for application/scim+json; Okta's tests send "
    "application/json too.",
    500: "The server failed by itself; its log says why. A request that it cannot fulfil deserves a 4xx with a reason.",
    501: "The server says that this is not implemented. Clients do not fall back to something else.",
}


def status(*wanted: int) -> Assertion:
    """The answer has one of these statuses."""

    def judge(view: View) -> str | None:
        found = view.answer.status
        return None if found in wanted else f"it is {named_status(found)}"

    return Assertion(f"the status is {' or '.join(map(str, wanted))}", judge)


def named_status(number: int) -> str:
    """A status with its name: `409 Conflict`."""
    try:
        return f"{number} {HTTPStatus(number).phrase}"
    except ValueError:
        return str(number)


def hint(number: int) -> str:
    """What an unexpected status usually means."""
    family = 301 if number in (302, 303, 307, 308) else 500 if number in (502, 503, 504) else number
    return HINTS.get(family, "")


def is_json() -> Assertion:
    """The body is JSON."""

    def judge(view: View) -> str | None:
        if view.document is not MISSING:
            return None
        if not view.answer.body:
            return "the body is empty"
        kind = view.answer.headers.get("content-type", "no Content-Type")
        return f"the body is not JSON ({kind}): {excerpt(view.answer.body)}"

    return Assertion("the body is JSON", judge, advice="Answer JSON under every status, also where a proxy answers.")


def no_body() -> Assertion:
    """The body is empty (a 204 has none)."""

    def judge(view: View) -> str | None:
        return f"it has {len(view.answer.body)} bytes" if view.answer.body else None

    return Assertion("there is no body", judge)


def not_empty(path: Path) -> Assertion:
    """There is a value here, and it is not empty."""

    def judge(view: View) -> str | None:
        found = view.find(path)
        return f"it is {shown(found)}" if found in (MISSING, None, "", [], {}) and found is not False else None

    return Assertion(f"{place(path)} is not empty", judge)


def absent(path: Path) -> Assertion:
    """There is nothing here."""
    return _about(path, "is absent", lambda found: found in (MISSING, None))


def is_number(path: Path) -> Assertion:
    """There is a JSON number here, unquoted."""
    advice = "Send a JSON integer without quotes: clients that read a quoted number as text stop without a word."
    assertion = _about(path, "is a number", lambda found: isinstance(found, int | float) and not _is_bool(found))
    return replace(assertion, advice=advice)


def is_text(path: Path) -> Assertion:
    """There is a non-empty string here."""
    return _about(path, "is a string", lambda found: isinstance(found, str) and bool(found))


def is_boolean(path: Path) -> Assertion:
    """There is true or false here, unquoted."""
    return _about(path, "is true or false", _is_bool)


def is_array(path: Path) -> Assertion:
    """There is an array here."""
    return _about(path, "is an array", lambda found: isinstance(found, list))


def has_length(path: Path, least: int = 0, most: int | None = None) -> Assertion:
    """There is an array of so many elements here."""
    wanted = f"has {least} or more elements" if most is None else f"has {least} to {most} elements"
    if least == most:
        wanted = f"has {counted(least, 'element')}"

    def judge(view: View) -> str | None:
        found = view.find(path)
        # RFC 7644 §3.4.2: Resources may be left out when there are none.
        length = 0 if found is MISSING else len(found) if isinstance(found, list) else -1
        if length >= least and (most is None or length <= most):
            return None
        return f"it is {shown(found)}" if length < 0 or found is MISSING else f"it has {length}"

    return Assertion(f"{place(path)} {wanted}", judge)


def equals(path: Path, wanted: Any) -> Assertion:
    """The value here reads like this; variables are filled in."""
    return _compared(path, wanted, "is", lambda found, value: as_text(found) == as_text(value))


def is_exactly(path: Path, wanted: Any) -> Assertion:
    """The value here is this JSON value, of this type."""
    return _compared(path, wanted, "is exactly", lambda found, value: _same(found, value))


def equals_ignoring_case(path: Path, wanted: Any) -> Assertion:
    """The value here reads like this, whatever its case."""
    return _compared(
        path, wanted, "is, ignoring case,", lambda found, value: as_text(found).casefold() == as_text(value).casefold()
    )


def contains(path: Path, wanted: Any) -> Assertion:
    """The array here has this element."""
    return _compared(
        path,
        wanted,
        "contains",
        lambda found, value: isinstance(found, list) and as_text(value) in (as_text(each) for each in found),
    )


def lacks(path: Path, wanted: Any) -> Assertion:
    """The array here, if there is one, has no such element."""
    return _compared(
        path,
        wanted,
        "does not contain",
        lambda found, value: not isinstance(found, list) or as_text(value) not in (as_text(each) for each in found),
    )


def every(path: Path, wanted: Any) -> Assertion:
    """Each value that `path` collects reads like this."""
    return _compared(
        path,
        wanted,
        "are all",
        lambda found, value: isinstance(found, list) and all(as_text(each) == as_text(value) for each in found),
    )


def differs(path: Path, unwanted: Any) -> Assertion:
    """The value here is something else."""
    return _compared(path, unwanted, "is not", lambda found, value: as_text(found) != as_text(value))


def has_schema(urn: str, path: Path = "schemas") -> Assertion:
    """`schemas` names this schema."""
    advice = f'Put "{urn}" into `schemas`: clients tell by it what they were sent.'
    return replace(contains(path, urn), advice=advice)


def is_list() -> tuple[Assertion, ...]:
    """The answer is a ListResponse whose counts are numbers (RFC 7644 §3.4.2)."""
    counts = tuple(is_number(name) for name in ("totalResults", "startIndex", "itemsPerPage"))
    return (has_schema(urns.LIST_RESPONSE), *counts)


def is_error(number: int) -> tuple[Assertion, ...]:
    """The answer is an Error message with this status (RFC 7644 §3.12)."""
    return (status(number), has_schema(urns.ERROR), equals("status", number), not_empty("detail"))


def scim_type(*wanted: str) -> Assertion:
    """The error's `scimType` is one of these (RFC 7644 §3.12, table 9)."""
    words = " or ".join(wanted)
    return _about("scimType", f"is {words}", lambda found: found in wanted)


def header(name: str, pattern: str, test: Callable[[str], bool]) -> Assertion:
    """A header that is described by `pattern` and satisfies `test`."""

    def judge(view: View) -> str | None:
        found = view.answer.headers.get(name.lower())
        if found is None:
            return "there is none"
        return None if test(found) else f"it is {found!r}"

    return Assertion(f"the header {name} {pattern}", judge)


def media_type(*wanted: str) -> Assertion:
    """The Content-Type is one of these."""
    words = " or ".join(wanted)
    return header("Content-Type", f"is {words}", lambda found: found.partition(";")[0].strip().lower() in wanted)


def answers_within(milliseconds: int) -> Assertion:
    """The whole answer was here in time; never a MUST, because the way there counts too."""

    def judge(view: View) -> str | None:
        took = view.answer.milliseconds
        return None if took < milliseconds else f"it took {took:.0f} ms"

    return Assertion(f"the answer takes less than {milliseconds} ms", judge, Level.SHOULD)


def holds(text: str, judge: Callable[[View], str | None], advice: str = "") -> Assertion:
    """Anything else: `judge` returns what was found instead, or None."""
    return Assertion(text, judge, advice=advice)


def should(*assertions: Assertion) -> tuple[Assertion, ...]:
    """The same, at the level SHOULD."""
    return tuple(replace(each, level=Level.SHOULD) for each in assertions)


def may(*assertions: Assertion) -> tuple[Assertion, ...]:
    """The same, at the level MAY."""
    return tuple(replace(each, level=Level.MAY) for each in assertions)


def advised(advice: str, *assertions: Assertion) -> tuple[Assertion, ...]:
    """The same, with what to do when they do not hold."""
    return tuple(replace(each, advice=advice) for each in assertions)


def place(path: Path) -> str:
    """A place as it is written in a report."""
    return path if isinstance(path, str) else ":".join(map(str, path))


def shown(value: Any) -> str:
    """A JSON value in a report."""
    if value is MISSING:
        return "missing"
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def excerpt(body: bytes) -> str:
    """The beginning of a body in one line."""
    text = " ".join(body[: _LONGEST_VALUE * 2].decode("utf-8", "replace").split())
    return text[:_LONGEST_VALUE]


def as_text(value: Any) -> str:
    """A value as text: strings without quotes, the rest as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is MISSING else orjson.dumps(value, default=str).decode()


def counted(number: int, noun: str) -> str:
    """`1 element`, `2 elements`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _about(path: Path, words: str, test: Callable[[Any], bool]) -> Assertion:
    def judge(view: View) -> str | None:
        found = view.find(path)
        return None if test(found) else f"it is {shown(found)}"

    return Assertion(f"{place(path)} {words}", judge)


def _compared(path: Path, wanted: Any, verb: str, test: Callable[[Any, Any], bool]) -> Assertion:
    def judge(view: View) -> str | None:
        found, value = view.find(path), substitute(wanted, view.variables)
        if test(found, value):
            return None
        return f"it is {shown(found)}"

    text = wanted if isinstance(wanted, str) else shown(wanted)
    return Assertion(f"{place(path)} {verb} {text}", judge, uses=frozenset(names_in(wanted)))


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, Sequence) and not isinstance(found, str):
        return (
            isinstance(wanted, Sequence)
            and len(found) == len(wanted)
            and all(_same(a, b) for a, b in zip(found, wanted, strict=True))
        )
    return type(found) is type(wanted) and bool(found == wanted)
