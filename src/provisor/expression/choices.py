"""Where the language's documentation is silent, and what we chose: one entry each, in the reference and tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    about: str
    chosen: str
    examples: tuple[tuple[str, Any], ...] = ()
    refused: tuple[str, ...] = ()
    """Expressions that have no result for the person."""


CHOICES = (
    Choice(
        "Null in a text",
        "Null is the empty text wherever text is taken; no result holds the word “null”.",
        (
            ("'a' + user.nobody + 'b'", "ab"),
            ("String.len(user.nobody)", 0),
            ("String.toUpperCase(null)", ""),
            ("String.substringBefore(user.nobody, '@')", ""),
        ),
    ),
    Choice(
        "Numbers and booleans in a text",
        "As Java writes them.",
        (("'' + 3", "3"), ("'' + user.score", "1.5"), ("'' + Convert.toNum('3')", "3.0"), ("'' + (1 < 2)", "true")),
    ),
    Choice("+ of two numbers", "Their sum; with a text on either side they are joined.", (("1 + 2 + 'a'", "3a"),)),
    Choice("Arrays in a text", "Refused: an array has no text of its own.", refused=("'a' + user.roles",)),
    Choice(
        "A text that is not found",
        "`substringBefore` gives the whole text, `substringAfter` the empty one.",
        (("String.substringBefore('abc', '@')", "abc"), ("String.substringAfter('abc', '@')", "")),
    ),
    Choice(
        "A substring beyond the text",
        "Cut short, so that a short last name does not lose its account.",
        (("String.substring('Al', 0, 6)", "Al"), ("String.substring('Al', 5, 9)", ""), ("substring('Al', 2, 1)", "")),
    ),
    Choice(
        "An index beyond the array",
        "Null.",
        (("{1, 2}[5]", None), ("Arrays.get({1}, -1)", None), ("user.nobody[0]", None)),
    ),
    Choice(
        "Equality",
        "Null equals only null; numbers by value; a text never equals a number or a boolean.",
        (
            ("user.nobody == ''", False),
            ("user.nobody == null", True),
            ("1 == Convert.toNum('1')", True),
            ("user.groupCode == '123'", False),
            ("'true' == true", False),
            ("{1, 2} == {1, 2}", True),
        ),
    ),
    Choice(
        "Order",
        "Nothing is smaller or larger than null; texts by their characters; a text and a number are refused.",
        (("user.nobody < 5", False), ("user.nobody >= 5", False), ("'a' < 'b'", True)),
        ("user.title < 5",),
    ),
    Choice(
        "A condition without a value",
        "Null counts as false; anything else that is not a boolean is refused.",
        (("user.nobody ? 1 : 2", 2), ("!user.nobody", True)),
        ("user.title ? 1 : 2",),
    ),
    Choice(
        "Patterns",
        "RE2's syntax, on the whole text; null is the empty text. Lookaround and back references do not exist.",
        (("user.nobody matches 'a'", False), ("'abc' matches 'a.c'", True), ("'xabc' matches 'abc'", False)),
    ),
    Choice(
        "Rounding",
        "`Convert.toInt` takes the nearest whole number, halves upwards; what is no number is refused.",
        (
            ("Convert.toInt(2.5)", 3),
            ("Convert.toInt(-2.5)", -2),
            ("Convert.toInt('')", None),
        ),
        ("Convert.toInt('abc')", "Convert.toNum('1_000')", "Convert.toInt('NaN')"),
    ),
    Choice(
        "An unknown country",
        "Null.",
        (("Iso3166Convert.toAlpha2('XX')", None), ("Iso3166Convert.toName(null)", None)),
    ),
    Choice(
        "Empty times, wrong times",
        "Empty gives null; what is no time, no zone or no pattern is refused.",
        (("Time.fromUnixToIso8601('')", None), ("Time.fromIso8601ToString(null, 'yyyy')", None)),
        (
            "Time.fromUnixToIso8601('soon')",
            "Time.now('Mars/Olympus')",
            "Time.fromStringToIso8601('x', 'yyyy')",
            "Time.fromIso8601ToString('2015-07-31T17:18:37Z', 'bbb')",
            "Time.fromUnixToIso8601('99999999999999999')",
        ),
    ),
    Choice(
        "The zone EST",
        "New York's time with its summer, as in Okta's example, although the zone of that name has none.",
        (("Time.now('EST')", "2015-07-31T13:18:37.979-04:00"),),
    ),
    Choice(
        "Somebody who is not there",
        "Null, and every attribute of null is null.",
        (("user.getLinkedObject('heir').lastName", None), ("findWorkdayUser().nothing", None)),
    ),
    Choice("More groups than a limit allows", "Refused.", refused=("getFilteredGroups({'00g1'}, 'group.name', 0)",)),
)
