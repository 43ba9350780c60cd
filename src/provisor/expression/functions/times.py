"""`Time.*`: texts in, texts out; ISO 8601 with milliseconds, in UTC unless a zone is asked for.

Where Okta's pages are silent: empty input gives null, and what is no time is refused. `EST` is New York's time with its
summer, as in Okta's own example, although the zone of that name has none.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from provisor.expression.errors import EvaluationError
from provisor.expression.functions import joda
from provisor.expression.functions.signature import ANY, TEXT, Function, Source
from provisor.expression.subject import Subject
from provisor.expression.values import Value, as_text

SINCE_1601 = datetime(1601, 1, 1, tzinfo=UTC)
SINCE_1970 = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = {"EST": "America/New_York"}


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(ZONES.get(name, name))
    except (KeyError, ValueError, OSError):
        raise EvaluationError(f"There is no time zone “{name[:40]}”") from None


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_iso(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise EvaluationError(f"“{text[:40]}” is no ISO 8601 time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def now(subject: Subject, name: Value = None, pattern: Value = None) -> str:
    if subject.now is None:
        raise EvaluationError("Time.now cannot be used here")
    at = subject.now.astimezone(zone(as_text(name)) if name else UTC)
    return joda.render(at, as_text(pattern)) if pattern else iso(at)


def number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise EvaluationError(f"“{text[:40]}” is not a number") from None


def moved(start: datetime, *, microseconds: int) -> datetime:
    try:
        return start + timedelta(microseconds=microseconds)
    except OverflowError:
        raise EvaluationError("The time is beyond the year 9999") from None


def from_windows(value: Value) -> str | None:
    text = as_text(value)
    return iso(moved(SINCE_1601, microseconds=number(text) // 10)) if text else None


def from_unix(value: Value) -> str | None:
    text = as_text(value)
    return iso(moved(SINCE_1970, microseconds=number(text) * 1000)) if text else None


def from_text(value: Value, pattern: Value) -> str | None:
    text = as_text(value)
    return iso(joda.parse(text, as_text(pattern))) if text else None


def to_windows(value: Value) -> str | None:
    text = as_text(value)
    return str((read_iso(text) - SINCE_1601) // timedelta(microseconds=1) * 10) if text else None


def to_unix(value: Value) -> str | None:
    text = as_text(value)
    return str((read_iso(text) - SINCE_1970) // timedelta(milliseconds=1)) if text else None


def to_text(value: Value, pattern: Value) -> str | None:
    text = as_text(value)
    return joda.render(read_iso(text), as_text(pattern)) if text else None


FUNCTIONS = (
    Function(
        "Time.now",
        (TEXT, TEXT),
        TEXT,
        "This moment, in a zone and by a pattern if wanted.",
        now,
        (
            ("Time.now()", "2015-07-31T17:18:37.979Z"),
            ('Time.now("EST")', "2015-07-31T13:18:37.979-04:00"),
            ('Time.now("EST","YYYY-MM-dd HH:mm:ss")', "2015-07-31 13:18:37"),
        ),
        optional=2,
        reads=Source.TIME,
    ),
    Function(
        "Time.fromWindowsToIso8601",
        (ANY,),
        TEXT,
        "From steps of 100 ns since 1601.",
        from_windows,
        (('Time.fromWindowsToIso8601("130828367179790000")', "2015-07-31T17:18:37.979Z"),),
    ),
    Function(
        "Time.fromUnixToIso8601",
        (ANY,),
        TEXT,
        "From milliseconds since 1970.",
        from_unix,
        (('Time.fromUnixToIso8601("1438363117979")', "2015-07-31T17:18:37.979Z"),),
    ),
    Function(
        "Time.fromStringToIso8601",
        (TEXT, TEXT),
        TEXT,
        "From a text of this pattern.",
        from_text,
        (('Time.fromStringToIso8601("31 July 2015 17:18:37","dd MMMM yyyy HH:mm:ss")', "2015-07-31T17:18:37.000Z"),),
    ),
    Function(
        "Time.fromIso8601ToWindows",
        (TEXT,),
        TEXT,
        "To steps of 100 ns since 1601.",
        to_windows,
        (('Time.fromIso8601ToWindows("2015-07-31T17:18:37.979Z")', "130828367179790000"),),
    ),
    Function(
        "Time.fromIso8601ToUnix",
        (TEXT,),
        TEXT,
        "To milliseconds since 1970.",
        to_unix,
        (('Time.fromIso8601ToUnix("2015-07-31T17:18:37.979Z")', "1438363117979"),),
    ),
    Function(
        "Time.fromIso8601ToString",
        (TEXT, TEXT),
        TEXT,
        "To a text of this pattern.",
        to_text,
        (('Time.fromIso8601ToString("2015-07-31T17:18:37.979Z","MM/dd/yyyy")', "07/31/2015"),),
    ),
)
