"""Decides which changes of the attributes of people and groups are allowed, and what the schema is after them.

1. What came with Provisor keeps its meaning: a few of its settings may change, and it is never removed.
2. An attribute keeps its type for ever: values of another type would be waiting in profiles.
3. Narrower limits and a new “required” bind what is written from now on; values that are there stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace

from provisor.directory.attributes import BASE_ATTRIBUTES, Access, Attribute, Unique
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.formats import Format
from provisor.directory.group import GROUP_ATTRIBUTES
from provisor.directory.schema import Schema
from provisor.directory.schemas import NAME, Unreadable

MOST_UNIQUE = 5
MAY_BE_EMPTY = frozenset({"firstName", "lastName"})
MAY_BE_SENSITIVE = frozenset({"streetAddress", "secondEmail", "city", "zipCode"})
LOGIN = "login"
RESERVED_OF_PEOPLE = (
    "id profile status transitioningToStatus created activated statusChanged lastLogin lastUpdated passwordChanged "
    "type realm realmId password credentials _links _embedded class classLoader"
)
RESERVED_OF_GROUPS = (
    "id type profile created lastUpdated lastMembershipUpdated objectClass source _links _embedded class classLoader "
    "windowsDomainQualifiedName groupType groupScope samAccountName objectSid externalId dn targetDn googleGroupEmail "
    "googleExternalId oldExternalId"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between the schemas of people and of groups."""

    base: Mapping[str, Attribute]
    reserved: frozenset[str]
    """Casefolded names that no attribute may have."""
    may_be_empty: frozenset[str] = frozenset()
    may_be_sensitive: frozenset[str] = frozenset()


def _rules(base: Iterable[Attribute], reserved: str, *may_be: frozenset[str]) -> Rules:
    return Rules({each.name: each for each in base}, frozenset(reserved.casefold().split()), *may_be)


PEOPLE = _rules(BASE_ATTRIBUTES, RESERVED_OF_PEOPLE, MAY_BE_EMPTY, MAY_BE_SENSITIVE)
GROUPS = _rules(GROUP_ATTRIBUTES, RESERVED_OF_GROUPS)


def revised(schema: Schema, changes: Mapping[str, Attribute | None], rules: Rules) -> tuple[Attribute, ...]:
    """The attributes after the changes; None removes one. Raises `Unreadable` with all that is not allowed."""
    problems: list[Diagnostic] = []
    after = {each.name: each for each in schema.attributes}
    for name, wanted in changes.items():
        before = schema.find(name)
        if wanted is None:
            if before is None:
                problems.append(Diagnostic(name, "is not an attribute of this profile"))
            elif name in rules.base:
                problems.append(Diagnostic(name, "came with Provisor and cannot be removed"))
            after.pop(name, None)
        elif name in rules.base and before is not None:
            problems.extend(_base_problems(before, wanted, rules))
            after[name] = _settled_base(wanted, rules.base[name])
        else:
            problems.extend(_problems(before, wanted, rules))
            after[name] = _settled(before, wanted)
    problems.extend(_collisions(after, changes))
    unique = [name for name, each in after.items() if each.unique]
    if len(unique) > MOST_UNIQUE:
        added = next(name for name in changes if name in unique)
        problems.append(
            Diagnostic(f"{added}.unique", f"at most {MOST_UNIQUE} attributes can be unique: {', '.join(unique)}")
        )
    if problems:
        raise Unreadable(problems)
    return tuple(after.values())


def kept(attributes: Iterable[Attribute], rules: Rules) -> tuple[Attribute, ...]:
    """What has to be stored of a schema: what was added, and what is not as it came."""
    return tuple(each for each in attributes if rules.base.get(each.name) != each)


def carried(
    profile: Mapping[str, object], before: Iterable[Attribute], after: Iterable[Attribute]
) -> dict[str, object]:
    """What is left of a profile when its owner becomes of another type: values of attributes that both types have
    with the same name and data type."""
    theirs = {each.name: (each.type, each.item) for each in before}
    ours = {each.name for each in after if theirs.get(each.name) == (each.type, each.item)}
    return {name: value for name, value in profile.items() if name in ours}


def _base_problems(before: Attribute, wanted: Attribute, rules: Rules) -> Iterator[Diagnostic]:
    name = before.name
    free = {"access"}
    if name in rules.may_be_empty:
        free.add("required")
    if name in rules.may_be_sensitive:
        free.add("sensitive")
    if name == LOGIN:
        free |= {"pattern", "format"}
        if wanted.pattern is not None and not is_login_pattern(wanted.pattern):
            yield Diagnostic(
                f"{name}.pattern", "must be .+ (any text) or one class of characters that repeats, such as [a-z0-9]+"
            )
    for field in fields(Attribute):
        if field.name not in free and getattr(before, field.name) != getattr(wanted, field.name):
            shown = SHOWN.get(field.name, field.name)
            yield Diagnostic(f"{name}.{shown}", f"cannot be changed: the attribute came with Provisor{_allowed(free)}")


def _allowed(free: set[str]) -> str:
    return f". What may be changed: {', '.join(sorted(SHOWN.get(each, each) for each in free - {'format'}))}"


SHOWN = {
    "access": "permissions",
    "shortest": "minLength",
    "longest": "maxLength",
    "item": "items",
    "choices": "enum",
    "least": "minimum",
    "most": "maximum",
    "external_name": "externalName",
    "external_namespace": "externalNamespace",
}
"""The schema API's names of what is called otherwise in `Attribute`."""


def is_login_pattern(pattern: str) -> bool:
    """Whether it is of one of the two forms that a login's pattern may have."""
    if pattern == ".+":
        return True
    inside = pattern[1:-2]
    if not (pattern.startswith("[") and pattern.endswith("]+") and inside and not inside.startswith("^")):
        return False
    # A bracket inside has to be escaped, so that the class ends where the pattern does.
    bare = inside.replace("\\\\", "").replace("\\]", "").replace("\\[", "")
    return "]" not in bare and "[" not in bare and not bare.endswith("\\")


def _settled_base(wanted: Attribute, base: Attribute) -> Attribute:
    """A login is an e-mail address unless a pattern says otherwise."""
    if wanted.name == LOGIN:
        return replace(wanted, format=Format.EMAIL if wanted.pattern is None else None)
    return replace(wanted, access=Access.HIDE) if wanted.sensitive else wanted


def _problems(before: Attribute | None, wanted: Attribute, rules: Rules) -> Iterator[Diagnostic]:
    name = wanted.name
    if before is None and (name.casefold() in rules.reserved or not NAME.match(name)):
        yield Diagnostic(name, "is a reserved name, or none that an attribute can have: choose another")
    if before is not None and (before.type, before.item) != (wanted.type, wanted.item):
        yield Diagnostic(f"{name}.type", f"cannot be changed: it is {before.type}. Add an attribute of another name")
    if wanted.pattern is not None:
        yield Diagnostic(f"{name}.pattern", "is for the login alone; use enum, format or the lengths")
    if wanted.union:
        yield Diagnostic(f"{name}.union", "is for attributes of apps")
    if wanted.sensitive and wanted.required:
        yield Diagnostic(f"{name}.required", "cannot be demanded of a sensitive attribute: few may see or fill it")


def _settled(before: Attribute | None, wanted: Attribute) -> Attribute:
    """The attribute as it is stored: uniqueness is as far as it was, and what is sensitive is hidden."""
    unique = wanted.unique
    if unique is not None:
        unique = before.unique if before is not None and before.unique is not None else Unique.PENDING_UNIQUENESS
    access = Access.HIDE if wanted.sensitive else wanted.access
    return replace(wanted, unique=unique, access=access)


def _collisions(after: Iterable[str], changes: Mapping[str, Attribute | None]) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for name in after:
        other = first.setdefault(name.casefold(), name)
        if other != name and (name in changes or other in changes):
            yield Diagnostic(name, f"differs from “{other}” by nothing but upper and lower case")
