"""`Convert.*` and `Iso3166Convert.*`. An unknown country gives null: a wrong code must become nobody's country."""

from __future__ import annotations

import math
from functools import lru_cache

import iso3166

from provisor.expression.errors import EvaluationError
from provisor.expression.functions.signature import ANY, INTEGER, NUMBER, TEXT, Function
from provisor.expression.values import Value, as_text, describe, is_number


def to_integer(value: Value) -> int | None:
    """Nearest, halves upwards, as Java rounds; null and empty text are null."""
    number = to_number(value)
    if number is None:
        return None
    if not math.isfinite(number):
        raise EvaluationError(f"{describe(value)} has no whole number")
    return value if isinstance(value, int) else math.floor(number + 0.5)


def to_number(value: Value) -> float | None:
    if is_number(value):
        return float(value)
    text = as_text(value).strip()
    if not text:
        return None
    try:
        if "_" in text:
            raise ValueError
        return float(text)
    except ValueError:
        raise EvaluationError(f"{describe(value)} is not a number") from None


@lru_cache(maxsize=1024)
def country(code: str) -> iso3166.Country | None:
    """By alpha-2, alpha-3 or numeric code, whichever it is."""
    key = code.strip().upper()
    return iso3166.countries.get(key.zfill(3) if key.isdigit() else key, None) if key else None


def to_alpha2(code: Value) -> str | None:
    found = country(as_text(code))
    return found.alpha2 if found else None


def to_alpha3(code: Value) -> str | None:
    found = country(as_text(code))
    return found.alpha3 if found else None


def to_numeric(code: Value) -> str | None:
    found = country(as_text(code))
    return found.numeric if found else None


def to_name(code: Value) -> str | None:
    found = country(as_text(code))
    return found.apolitical_name if found else None


FUNCTIONS = (
    Function(
        "Convert.toInt",
        (ANY,),
        INTEGER,
        "The nearest whole number.",
        to_integer,
        (("Convert.toInt('1234')", 1234), ("Convert.toInt(123.4)", 123), ("Convert.toInt(123.6)", 124)),
    ),
    Function("Convert.toNum", (ANY,), NUMBER, "A number.", to_number, (("Convert.toNum('3.141')", 3.141),)),
    Function(
        "Iso3166Convert.toAlpha2",
        (ANY,),
        TEXT,
        "The country's code of two letters.",
        to_alpha2,
        (('Iso3166Convert.toAlpha2("IND")', "IN"), ('Iso3166Convert.toAlpha2("nowhere")', None)),
    ),
    Function(
        "Iso3166Convert.toAlpha3",
        (ANY,),
        TEXT,
        "The country's code of three letters.",
        to_alpha3,
        (('Iso3166Convert.toAlpha3("840")', "USA"),),
    ),
    Function(
        "Iso3166Convert.toNumeric",
        (ANY,),
        TEXT,
        "The country's code of three digits, as text.",
        to_numeric,
        (('Iso3166Convert.toNumeric("USA")', "840"),),
    ),
    Function(
        "Iso3166Convert.toName",
        (ANY,),
        TEXT,
        "The country's name in English.",
        to_name,
        (('Iso3166Convert.toName("IN")', "India"),),
    ),
)
