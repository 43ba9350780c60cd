"""Fills the variables of a template, and makes up the people and groups that a suite works with.

Randomness and the time come in from outside.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from provisor.conformance.suite import Step, Template

ITEM: Final = "item"
"""The variable of a step that is carried out for each of several endpoints; it is a path, not a part of one."""
_PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A request without variables, still without credentials."""

    method: str
    target: str
    """Below the base URL, percent-encoded, with its query."""
    body: bytes | None = field(repr=False, default=None)
    headers: Mapping[str, str] | None = None
    authorization: str | None = None


def needed(step: Step) -> set[str]:
    """Return the names of the variables without which a step cannot be carried out or judged."""
    template = step.request
    named = set(names_in([template.path, template.raw_query, template.query, template.body, template.headers]))
    return named.union(step.needs, *(each.uses for each in step.expect))


def names_in(value: Any) -> Iterator[str]:
    """Yield the names of the variables in a value, however deep."""
    if isinstance(value, str):
        yield from _PLACEHOLDER.findall(value)
    elif isinstance(value, Mapping):
        for each in (*value, *value.values()):
            yield from names_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from names_in(each)


def fill(template: Template, variables: Mapping[str, Any]) -> Filled:
    """Return the request; every variable that it needs is known."""
    path = _PLACEHOLDER.sub(lambda match: _segment(match, variables), template.path)
    query = urlencode([(name, substitute(value, variables)) for name, value in template.query], quote_via=quote)
    if template.raw_query:
        query = _PLACEHOLDER.sub(lambda match: quote(str(variables[match[1]]), safe=""), template.raw_query)
    body = template.raw
    if template.body is not None:
        body = orjson.dumps(substitute(template.body, variables))
    target = f"{path}?{query}" if query else path
    headers = None if template.headers is None else substitute(template.headers, variables)
    return Filled(template.method, target, body, headers, template.authorization)


def _segment(match: re.Match[str], variables: Mapping[str, Any]) -> str:
    value = str(variables[match[1]])
    if match[1] == ITEM:
        return quote(value, safe="/")
    # One segment, whatever a server gives as an id: `..` would lead to where nothing of ours is.
    return value.replace(".", "%2E") if value in (".", "..") else quote(value, safe="")


def substitute(value: Any, variables: Mapping[str, Any]) -> Any:
    """Return a value with its variables filled in; a string that is one placeholder takes the variable's type."""
    if isinstance(value, str):
        whole = _PLACEHOLDER.fullmatch(value)
        if whole:
            return variables[whole[1]]
        return _PLACEHOLDER.sub(lambda match: str(variables[match[1]]), value)
    if isinstance(value, Mapping):
        return {substitute(name, variables): substitute(each, variables) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [substitute(each, variables) for each in value]
    return value


def fill_known(words: str, variables: Mapping[str, Any]) -> str:
    """Return words for people, with the variables that are known."""
    return _PLACEHOLDER.sub(lambda match: str(variables.get(match[1], match[0])), words)


def made_up(source: random.Random) -> dict[str, Any]:
    """Return the people, groups and ids of one run of a suite: capitals in every name, and nobody's real address."""

    def letters(count: int) -> str:
        return "".join(source.choices(string.ascii_lowercase, k=count))

    def digits(count: int) -> str:
        return "".join(source.choices(string.digits, k=count))

    made: dict[str, Any] = {}
    for prefix in ("", "second_", "third_"):
        given, family = f"Check{digits(3)}", f"{letters(1).upper()}{letters(8)}{digits(3)}"
        name = f"{given}{family}@example.com"
        made |= {
            f"{prefix}given_name": given,
            f"{prefix}family_name": family,
            f"{prefix}display_name": f"{given} {family}",
            f"{prefix}user_name": name,
            f"{prefix}user_name_upper": name.upper(),
        }
    awkward = f'Check "{letters(6)}" & {digits(3)}'
    return made | {
        "group_name": f"Check {letters(8)} {digits(3)}",
        "second_group_name": awkward,
        # As a string in a filter is written: RFC 7644 §3.4.2.2 takes JSON's rules.
        "second_group_name_quoted": orjson.dumps(awkward).decode()[1:-1],
        "external_id": f"00u{letters(12)}{digits(5)}",
        "employee_number": digits(6),
        "password": f"{letters(8)}-{letters(4).upper()}-{digits(6)}",
        "unknown_user_name": f"nobody-{letters(10)}@example.com",
        "unknown_id": "010101001010101011001010101011",
        "another_unknown_id": f"00{digits(15)}",
    }
