"""Values of declared types, compiled: an attribute under a policy becomes one function that cleans its values.

A cleaner returns the canonical value, or None when it leaves the attribute unassigned (RFC 7643 §2.5), and appends
what is wrong to a list instead of stopping, so that a client learns everything at once. It knows one attribute; what a
whole resource must have is decided in `resources`.
"""

import binascii
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from .errors import ScimType, Violation
from .filters import parse_instant
from .policy import Policy
from .schemas import Attribute, Type

Faults: TypeAlias = list[Violation]
Cleaner: TypeAlias = Callable[[Any, Faults], Any]

# RFC 3986 as far as it can be told apart from text at a glance: a reference may be relative, but holds no blanks.
_REFERENCE: Final = re.compile(r'[^\x00-\x20<>"{}|\\^`]+\Z')
# RFC 7643 §2.3.5: xsd:dateTime with date and time.
_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?\Z", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?\Z")
_JSON_NAMES: Final = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}


@lru_cache(maxsize=4096)
def cleaner(attribute: Attribute, policy: Policy, prefix: str = "") -> Cleaner:
    """Return the cleaner of an attribute; `prefix` stands before its name in the paths of violations."""
    path = prefix + attribute.name
    if not attribute.multi_valued:
        return _one(attribute, policy, path)
    return _list(attribute, policy, path)


@lru_cache(maxsize=4096)
def element_cleaner(attribute: Attribute, policy: Policy) -> Cleaner:
    """Return the cleaner of a single value of an attribute, multi-valued or not."""
    return _one(attribute, policy, attribute.name)


def fault(path: str, problem: str, scim_type: ScimType = ScimType.INVALID_VALUE) -> Violation:
    """Build a violation."""
    return Violation(path, scim_type, problem)


def unknown(path: str) -> Violation:
    """Build the violation of an attribute that no schema declares."""
    return Violation(path[:200], ScimType.INVALID_SYNTAX, "is declared by no schema of this resource")


def _one(attribute: Attribute, policy: Policy, path: str) -> Cleaner:
    if attribute.type is Type.COMPLEX:
        return _complex(attribute, policy, path)
    accept = _ACCEPT[attribute.type](attribute, policy)
    convert = _converter(attribute, policy, path)

    def clean(value: Any, faults: Faults) -> Any:
        return value if accept(value) else convert(value, faults)

    def clean_text(value: Any, faults: Faults) -> Any:
        # Most values are text, and asking another function costs as much as the answer.
        if value.__class__ is str and value and "\x00" not in value:
            return value
        return value if accept(value) else convert(value, faults)

    plain = attribute.type is Type.STRING and not (policy.restrict_canonical_values and attribute.canonical_values)
    return clean_text if plain else clean


def _accept_text(attribute: Attribute, policy: Policy) -> Callable[[Any], bool]:
    if policy.restrict_canonical_values and attribute.canonical_values:
        allowed = frozenset(attribute.canonical_values)
        return lambda value: value.__class__ is str and value in allowed
    if policy.empty_string_clears:
        return lambda value: value.__class__ is str and value != "" and "\x00" not in value
    return lambda value: value.__class__ is str and "\x00" not in value


def _accept_reference(attribute: Attribute, policy: Policy) -> Callable[[Any], bool]:
    if policy.loose_references:
        return _accept_text(attribute, policy)
    match = _REFERENCE.match
    return lambda value: value.__class__ is str and match(value) is not None


_ACCEPT: Final[Mapping[Type, Callable[[Attribute, Policy], Callable[[Any], bool]]]] = {
    Type.STRING: _accept_text,
    Type.REFERENCE: _accept_reference,
    Type.BOOLEAN: lambda attribute, policy: lambda value: value is True or value is False,
    Type.INTEGER: lambda attribute, policy: lambda value: value.__class__ is int,
    Type.DECIMAL: lambda attribute, policy: lambda value: value.__class__ is int or value.__class__ is float,
    Type.DATE_TIME: lambda attribute, policy: _is_date_time,
    Type.BINARY: lambda attribute, policy: _is_base64,
}
_WANTED: Final = {
    Type.STRING: "text",
    Type.REFERENCE: "a URI",
    Type.BOOLEAN: "true or false",
    Type.INTEGER: "an integer",
    Type.DECIMAL: "a number",
    Type.DATE_TIME: "a date and time such as 2011-05-13T04:42:34Z",
    Type.BINARY: "base64",
}


def _is_date_time(value: Any) -> bool:
    return value.__class__ is str and _DATE_TIME.match(value) is not None and parse_instant(value) is not None


def _is_base64(value: Any) -> bool:
    if value.__class__ is not str:
        return False
    try:
        binascii.a2b_base64(value.encode(), strict_mode=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _converter(attribute: Attribute, policy: Policy, path: str) -> Cleaner:
    """Return what is done with a value that is not of the type as it stands."""
    accept = _ACCEPT[attribute.type](attribute, policy)

    def convert(value: Any, faults: Faults) -> Any:
        if policy.unwrap_single_value and isinstance(value, list | dict):
            value = _unwrapped(value)
        if value is None or (value == "" and policy.empty_string_clears):
            return None
        if not accept(value):
            value = _coerced(attribute.type, value, policy)
            if not accept(value):
                faults.append(fault(path, _complaint(attribute, value, policy)))
                return None
        return value

    return convert


def _unwrapped(value: list[Any] | dict[str, Any]) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and "value" in value:
        return value["value"]
    return value


def _coerced(type_: Type, value: Any, policy: Policy) -> Any:
    """Return the value in another type as far as the policy knows one."""
    if type_ in (Type.STRING, Type.REFERENCE) and policy.coerce_strings and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str):
        return value
    if type_ is Type.BOOLEAN and policy.coerce_booleans:
        return {"true": True, "false": False}.get(value.lower(), value)
    if type_ in (Type.INTEGER, Type.DECIMAL) and policy.coerce_numbers and _NUMBER.match(value):
        return float(value) if "." in value else int(value)
    return value


def _complaint(attribute: Attribute, value: Any, policy: Policy) -> str:
    # The value itself stays out of the sentence: it may be a password.
    wanted = "a list" if attribute.type is Type.COMPLEX and attribute.multi_valued else _WANTED[attribute.type]
    if isinstance(value, str):
        if "\x00" in value:
            return "holds U+0000, which no text may"
        if policy.restrict_canonical_values and attribute.canonical_values:
            return f"must be one of {', '.join(attribute.canonical_values)}"
        return f"must be {wanted}, not such text"
    return f"must be {wanted}, not {_JSON_NAMES.get(type(value), 'null')}"


def _complex(attribute: Attribute, policy: Policy, path: str) -> Cleaner:
    table = sub_cleaners(attribute.sub_attributes, policy, f"{path}.")
    find = table.get

    def clean(value: Any, faults: Faults) -> dict[str, Any] | None:
        if value.__class__ is not dict:
            if value is None or (value == "" and policy.empty_string_clears):
                return None
            value = _wrapped(attribute, value, policy)
            if value is None:
                faults.append(fault(path, "must be an object"))
                return None
        out: dict[str, Any] = {}
        for key, item in value.items():
            entry = find(key)
            if entry is None:
                entry = find(key.lower())
                if entry is None:
                    if not policy.ignore_unknown:
                        faults.append(unknown(f"{path}.{key}"))
                    continue
                if entry[0] in value:
                    faults.append(repeated(f"{path}.{key}"))
            name, sub = entry
            if sub is not None and item is not None:
                item = sub(item, faults)
                if item is not None:
                    out[name] = item
        return out or None

    return clean


def sub_cleaners(
    attributes: tuple[Attribute, ...], policy: Policy, prefix: str
) -> dict[str, tuple[str, Cleaner | None]]:
    """Return name and cleaner by exact and by folded name; without a cleaner, clients cannot write it (§3.3)."""
    entries = [(a.name, None if a.read_only else cleaner(a, policy, prefix)) for a in attributes]
    return {**{name.lower(): (name, clean) for name, clean in entries}, **{e[0]: e for e in entries}}


def repeated(path: str) -> Violation:
    """Build the violation of a name that is there twice, in different case (RFC 7643 §2.1)."""
    return Violation(path[:200], ScimType.INVALID_SYNTAX, "is there twice; names ignore case")


def _wrapped(attribute: Attribute, value: Any, policy: Policy) -> dict[str, Any] | None:
    """Read `"manager": "id"` and `"manager": [{"value": "id"}]` as the objects they stand for; None = neither."""
    if policy.unwrap_single_value and not attribute.multi_valued and isinstance(value, list) and len(value) == 1:
        value = value[0]
        if isinstance(value, dict):
            return value
    if policy.wrap_plain_value and isinstance(value, str | int | float) and attribute.find("value") is not None:
        return {"value": value}
    return None


def _list(attribute: Attribute, policy: Policy, path: str) -> Cleaner:
    one = _one(attribute, policy, path)
    start = len(path)
    has_primary = attribute.find("primary") is not None

    def clean(value: Any, faults: Faults) -> list[Any] | None:
        if value.__class__ is not list:
            if value is None or (value == "" and policy.empty_string_clears):
                return None
            if not (policy.wrap_single_value if isinstance(value, dict) else policy.wrap_plain_value):
                faults.append(fault(path, f"must be a list, not {_JSON_NAMES.get(type(value), 'such text')}"))
                return None
            value = [value]
        out: list[Any] = []
        for index, item in enumerate(value):
            known = len(faults)
            cleaned = one(item, faults)
            if cleaned is not None:
                out.append(cleaned)
            if len(faults) > known:
                # Which element it was is only worth knowing when something is wrong with it.
                for at in range(known, len(faults)):
                    found = faults[at]
                    faults[at] = Violation(f"{path}[{index}]{found.path[start:]}", found.scim_type, found.problem)
        if has_primary and len(out) > 1 and sum(item.get("primary") is True for item in out) > 1:
            faults.append(fault(path, "can have only one primary value"))
        return out or None

    return clean
