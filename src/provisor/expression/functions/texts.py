"""`String.*`, and the five old forms without a namespace.

Where Okta's pages are silent: a text that is not found leaves `substringBefore` whole and `substringAfter` empty; a
`substring` beyond the end is cut short rather than refused, so that a short last name does not lose its account.
"""

from __future__ import annotations

from dataclasses import replace

from provisor.expression.functions.signature import BOOLEAN, INTEGER, TEXT, Function
from provisor.expression.values import Value, as_integer, as_text, bounded


def append(text: Value, suffix: Value) -> str:
    return bounded(as_text(text) + as_text(suffix))


def join(separator: Value, *texts: Value) -> str:
    return bounded(as_text(separator).join(map(as_text, texts)))


def length(text: Value) -> int:
    return len(as_text(text))


def remove_spaces(text: Value) -> str:
    return as_text(text).replace(" ", "")


def substitute(text: Value, match: Value, by: Value) -> str:
    wanted = as_text(match)
    return bounded(as_text(text).replace(wanted, as_text(by))) if wanted else as_text(text)


def substitute_first(text: Value, match: Value, by: Value) -> str:
    wanted = as_text(match)
    return bounded(as_text(text).replace(wanted, as_text(by), 1)) if wanted else as_text(text)


def starts_with(text: Value, prefix: Value) -> bool:
    return as_text(text).startswith(as_text(prefix))


def contains(text: Value, search: Value) -> bool:
    return as_text(search) in as_text(text)


def switch(text: Value, otherwise: Value, *pairs: Value) -> str:
    within = as_text(text)
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if as_text(key) in within:
            return as_text(value)
    return as_text(otherwise)


def substring(text: Value, start: Value, end: Value) -> str:
    first, last = as_integer(start, "The start"), as_integer(end, "The end")
    return as_text(text)[max(first, 0) : max(last, 0)]


def after(text: Value, search: Value) -> str:
    return as_text(text).partition(as_text(search) or "\0")[2]


def before(text: Value, search: Value) -> str:
    return as_text(text).partition(as_text(search) or "\0")[0]


def upper(text: Value) -> str:
    return as_text(text).upper()


def lower(text: Value) -> str:
    return as_text(text).lower()


FUNCTIONS = (
    Function(
        "String.append",
        (TEXT, TEXT),
        TEXT,
        "The second text after the first.",
        append,
        (('String.append("This is"," a test")', "This is a test"),),
    ),
    Function(
        "String.join",
        (TEXT,),
        TEXT,
        "The texts with the first one between them.",
        join,
        (('String.join(",","This","is","a","test")', "This,is,a,test"), ('String.join("","a","b")', "ab")),
        rest=(TEXT,),
    ),
    Function("String.len", (TEXT,), INTEGER, "How many characters.", length, (('String.len("This")', 4),)),
    Function(
        "String.removeSpaces",
        (TEXT,),
        TEXT,
        "Without any blank.",
        remove_spaces,
        (('String.removeSpaces("This is a test")', "Thisisatest"),),
    ),
    Function(
        "String.replace",
        (TEXT, TEXT, TEXT),
        TEXT,
        "Every occurrence of the second text becomes the third.",
        substitute,
        (('String.replace("This is a test","is","at")', "That at a test"),),
    ),
    Function(
        "String.replaceFirst",
        (TEXT, TEXT, TEXT),
        TEXT,
        "The first occurrence of the second text becomes the third.",
        substitute_first,
        (('String.replaceFirst("This is a test","is","at")', "That is a test"),),
    ),
    Function(
        "String.startsWith",
        (TEXT, TEXT),
        BOOLEAN,
        "Whether it begins so; case matters.",
        starts_with,
        (('String.startsWith("Kiss","K")', True), ('String.startsWith("Kiss","k")', False)),
    ),
    Function(
        "String.stringContains",
        (TEXT, TEXT),
        BOOLEAN,
        "Whether the second text occurs in the first; case matters.",
        contains,
        (('String.stringContains("This is a test","test")', True),),
    ),
    Function(
        "String.stringSwitch",
        (TEXT, TEXT),
        TEXT,
        "The value of the first pair whose key occurs in the text, else the second argument.",
        switch,
        (
            ('String.stringSwitch("This is a test","default","key1","value1")', "default"),
            ('String.stringSwitch("This is a test","default","test","value1")', "value1"),
            (
                'String.stringSwitch("First match wins","default","absent","value1","wins","value2","match","value3")',
                "value2",
            ),
            ('String.stringSwitch("Substrings count","default","ring","value1")', "value1"),
        ),
        rest=(TEXT, TEXT),
    ),
    Function(
        "String.substring",
        (TEXT, INTEGER, INTEGER),
        TEXT,
        "From the first place, counted from 0, up to but without the second.",
        substring,
        (('String.substring("This is a test",2,9)', "is is a"), ('String.substring("Al",0,6)', "Al")),
    ),
    Function(
        "String.substringAfter",
        (TEXT, TEXT),
        TEXT,
        "What follows the first occurrence; empty if there is none.",
        after,
        (('String.substringAfter("abc@okta.com","@")', "okta.com"), ('String.substringAfter("abc","@")', "")),
    ),
    Function(
        "String.substringBefore",
        (TEXT, TEXT),
        TEXT,
        "What precedes the first occurrence; the whole text if there is none.",
        before,
        (('String.substringBefore("abc@okta.com","@")', "abc"), ('String.substringBefore("abc","@")', "abc")),
    ),
    Function("String.toUpperCase", (TEXT,), TEXT, "In capitals.", upper, (('String.toUpperCase("This")', "THIS"),)),
    Function(
        "String.toLowerCase", (TEXT,), TEXT, "In small letters.", lower, (('String.toLowerCase("ThiS")', "this"),)
    ),
)

OLD_NAMES = ("toUpperCase", "toLowerCase", "substringBefore", "substringAfter", "substring")

OLD_FUNCTIONS = tuple(
    replace(
        each,
        name=each.name.removeprefix("String."),
        examples=tuple((text.removeprefix("String."), result) for text, result in each.examples),
        deprecated=each.name,
    )
    for each in FUNCTIONS
    if each.name.removeprefix("String.") in OLD_NAMES
)
