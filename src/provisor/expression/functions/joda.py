"""Joda-Time's date patterns: `yyyy-MM-dd HH:mm:ss`. They are not strftime's, nor quite Java's.

A letter's meaning is in `FIELDS`; how often it is repeated says how wide a number is, or whether a text is long.
Anything that is not a letter stands for itself, as does what is between single quotes; two quotes are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import groupby

from provisor.expression.errors import EvaluationError

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST = 100
LETTERS = "GCYxweEyDMdaKhHkmsSzZ"


@dataclass(frozen=True, slots=True)
class Part:
    """A letter repeated, or a text that stands for itself."""

    letter: str
    """Empty for a text."""
    text: str

    @property
    def width(self) -> int:
        return len(self.text)


@lru_cache(maxsize=256)
def parts_of(pattern: str) -> tuple[Part, ...]:
    """A pattern taken apart; raises `EvaluationError` for a letter without a meaning."""
    if len(pattern) > LONGEST:
        raise EvaluationError(f"A date pattern has at most {LONGEST} characters")
    found: list[Part] = []
    pieces = re.findall(r"'(?:[^']|'')*'|[A-Za-z]+|[^A-Za-z']+|'", pattern)
    for piece in pieces:
        if piece == "'":
            raise EvaluationError(f"The quote in the date pattern “{pattern}” does not end")
        if piece.startswith("'"):
            found.append(Part("", piece[1:-1].replace("''", "'") or "'"))
        elif not piece[0].isalpha():
            found.append(Part("", piece))
        else:
            for letter, run in groupby(piece):
                if letter not in LETTERS:
                    raise EvaluationError(f"“{letter}” has no meaning in a date pattern; put texts between quotes")
                found.append(Part(letter, "".join(run)))
    return tuple(found)


def render(at: datetime, pattern: str) -> str:
    """A moment, in its own zone, by a pattern."""
    return "".join(part.text if not part.letter else _shown(at, part) for part in parts_of(pattern))


def _shown(at: datetime, part: Part) -> str:
    width = part.width
    match part.letter:
        case "y" | "Y":
            return f"{at.year % 100:02}" if width == 2 else f"{at.year:0{width}}"
        case "x":
            return f"{at.isocalendar().year:0{width}}"
        case "M":
            name = MONTHS[at.month - 1]
            return f"{at.month:0{width}}" if width < 3 else name[:3] if width == 3 else name
        case "E":
            return DAYS[at.weekday()] if width > 3 else DAYS[at.weekday()][:3]
        case "a":
            return "AM" if at.hour < 12 else "PM"
        case "G":
            return "AD"
        case "S":
            return f"{at.microsecond:06}".ljust(width, "0")[:width]
        case "z":
            return at.tzname() or ""
        case "Z":
            return _offset(at, width)
    numbers = {
        "C": at.year // 100,
        "w": at.isocalendar().week,
        "e": at.isoweekday(),
        "D": at.timetuple().tm_yday,
        "d": at.day,
        "K": at.hour % 12,
        "h": at.hour % 12 or 12,
        "H": at.hour,
        "k": at.hour or 24,
        "m": at.minute,
        "s": at.second,
    }
    return f"{numbers[part.letter]:0{width}}"


def _offset(at: datetime, width: int) -> str:
    if width > 2:
        return str(at.tzinfo)
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    sign, minutes = "-" if minutes < 0 else "+", abs(minutes)
    return f"{sign}{minutes // 60:02}{':' if width == 2 else ''}{minutes % 60:02}"


PATTERNS = {
    "a": r"(?i:AM|PM)",
    "z": r"[A-Za-z]+",
    "Z": r"Z|[+-]\d\d:?\d\d",
    "E": r"[A-Za-z]+",
    "G": r"[A-Za-z]+",
}
READ = "yYMdHhKkmsSaZzEG"


def parse(text: str, pattern: str) -> datetime:
    """The moment that a text names by a pattern, UTC unless it says otherwise; raises `EvaluationError`."""
    parts = parts_of(pattern)
    found = _matcher(parts, pattern).fullmatch(text.strip())
    if found is None:
        raise EvaluationError(f"“{text[:40]}” is not of the form {pattern}")
    read = {part.letter: found[f"g{at}"] for at, part in enumerate(parts) if part.letter}
    try:
        return datetime(
            _year(read), _month(read.get("M")), int(read.get("d", 1)), _hour(read),
            int(read.get("m", 0)), int(read.get("s", 0)), int(read.get("S", "0")[:6].ljust(6, "0")),
            tzinfo=_zone(read.get("Z")),
        )  # fmt: skip
    except ValueError:
        raise EvaluationError(f"“{text[:40]}” is no date") from None


def _matcher(parts: tuple[Part, ...], pattern: str) -> re.Pattern[str]:
    built = []
    for at, part in enumerate(parts):
        if not part.letter:
            built.append(re.escape(part.text))
            continue
        if part.letter not in READ:
            raise EvaluationError(f"“{part.letter}” in {pattern} can be written, not read")
        is_word = part.letter == "M" and part.width > 2
        # Digits that touch the next number are taken by their width, others as they come.
        touches = at + 1 < len(parts) and bool(parts[at + 1].letter)
        digits = rf"\d{{{part.width}}}" if touches or part.letter == "S" else r"\d{1,9}"
        built.append(f"(?P<g{at}>{r'[A-Za-z]+' if is_word else PATTERNS.get(part.letter, digits)})")
    return re.compile("".join(built))


def _year(read: dict[str, str]) -> int:
    text = read.get("y") or read.get("Y") or "1970"
    # Two digits are the years from 1950 to 2049.
    return int(text) if len(text) > 2 else int(text) + (1900 if int(text) >= 50 else 2000)


def _month(text: str | None) -> int:
    if text is None or text.isdigit():
        return int(text or 1)
    for number, name in enumerate(MONTHS, 1):
        if text.lower() in (name.lower(), name[:3].lower()):
            return number
    raise ValueError(text)


def _hour(read: dict[str, str]) -> int:
    afternoon = 12 if read.get("a", "").upper() == "PM" else 0
    if "h" in read or "K" in read:
        return int(read.get("h") or read["K"]) % 12 + afternoon
    return int(read["k"]) % 24 if "k" in read else int(read.get("H", 0))


def _zone(text: str | None) -> tzinfo:
    if text in (None, "Z"):
        return UTC
    digits = text.replace(":", "")
    minutes = int(digits[1:3]) * 60 + int(digits[3:5])
    return timezone(timedelta(minutes=-minutes if digits[0] == "-" else minutes))
