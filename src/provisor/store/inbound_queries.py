"""SCIM filters and orders over people and groups as SQL (RFC 7644 §3.4.2.2, §3.4.2.3), and what of them an index can
narrow. The filter language is `scim.sql`; here is where each attribute lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provisor.directory.group import EVERYONE
from provisor.directory.scim_profile import AWAY, PLURALS, SINGLES, Plural
from provisor.directory.scim_schemas import DIRECTORY_GROUP, DIRECTORY_USER
from provisor.scim import urns
from provisor.scim.filters import And, AttrPath, Compare, Filter, Op, ValuePath
from provisor.scim.messages import Search
from provisor.scim.policy import Policy
from provisor.scim.schemas import ResourceType
from provisor.scim.sql import FOLD, Column, Columns, Form, Rows, Where, render_order, render_where
from provisor.store.inbound_users import SHOWN, Question


def attribute(name: str) -> str:
    return f"(users.profile ->> '{name}')"


def rows(plural: Plural) -> Rows:
    """The slots of a multi-valued attribute as rows, those without a value left out."""
    parts = [*plural.slots[0].parts]
    lines = [
        [attribute(slot.parts[part]) for part in parts] + [f"'{slot.type}'", str(slot.primary).lower()]
        for slot in plural.slots
    ]
    values = ", ".join(f"({', '.join(line)})" for line in lines)
    names = ", ".join(f'"{each}"' for each in [*parts, "type", "primary"])
    columns = {each: Column(f'e."{each}"') for each in [*parts, "type"]}
    columns["primary"] = Column('e."primary"', Form.BOOLEAN)
    some = ", ".join(f"""nullif(e."{part}", '')""" for part in parts)
    return Rows(f"(VALUES {values}) AS e({names})", f"coalesce({some}) IS NOT NULL", columns)


def document() -> str:
    """What `name pr` and `manager pr` ask for: the complex attributes with one value each, as JSON."""
    held: dict[tuple[str, ...], list[str]] = {}
    for single in SINGLES:
        if len(single.steps) > 1:
            held.setdefault(single.steps[:-1], []).append(f"'{single.steps[-1]}', {attribute(single.profile)}")
    objects = {steps: f"jsonb_build_object({', '.join(pairs)})" for steps, pairs in held.items()}
    manager = f"jsonb_build_object('manager', {objects[(urns.ENTERPRISE_USER, 'manager')]})"
    return (
        f"jsonb_strip_nulls(jsonb_build_object('name', {objects[('name',)]}, "
        f"'{urns.ENTERPRISE_USER}', {objects[(urns.ENTERPRISE_USER,)]} || {manager}))"
    )


AWAY_LIST = ", ".join(f"'{status}'" for status in sorted(AWAY))
USER_COLUMNS: Columns = {
    "id": Column("users.id"),
    "externalId": Column("users.external_id"),
    "active": Column(f"(users.status NOT IN ({AWAY_LIST}))", Form.BOOLEAN),
    "meta.resourceType": Column("'User'::text"),
    "meta.created": Column("users.created", Form.INSTANT),
    "meta.lastModified": Column("users.last_updated", Form.INSTANT),
    **{single.path: Column(attribute(single.profile)) for single in SINGLES},
    **{plural.name: rows(plural) for plural in PLURALS},
    "groups": Rows(
        "membership AS m JOIN groups AS g ON g.id = m.group_id",
        f"m.user_id = users.id AND g.id <> '{EVERYONE}'",
        {"value": Column("g.id"), "display": Column("g.name"), "type": Column("'direct'::text")},
    ),
}
MODIFIED = f"""CASE WHEN groups.id = '{EVERYONE}' THEN groups.last_updated ELSE greatest(groups.last_updated,
(SELECT c.last_membership_updated FROM group_clock c WHERE c.group_id = groups.id)) END"""
GROUP_COLUMNS: Columns = {
    "id": Column("groups.id"),
    "externalId": Column("groups.external_id"),
    "displayName": Column("groups.name"),
    "meta.resourceType": Column("'Group'::text"),
    "meta.created": Column("groups.created", Form.INSTANT),
    "meta.lastModified": Column(f"({MODIFIED})", Form.INSTANT),
    "members": Rows(
        "membership AS m JOIN users ON users.id = m.user_id",
        f"m.group_id = groups.id AND groups.id <> '{EVERYONE}' AND {SHOWN}",
        {
            "value": Column("m.user_id"),
            "display": Column("coalesce(users.profile ->> 'displayName', users.profile ->> 'login')"),
            "type": Column("'User'::text"),
        },
    ),
}


def sortable(columns: Columns, kind: ResourceType) -> Iterator[tuple[str, Column]]:
    """The columns by which lists are sorted: text without regard to case, and of several values the main one."""
    for path, column in columns.items():
        if isinstance(column, Column):
            exact = column.form is not Form.TEXT or path in ("id", "externalId", "profileUrl")
            yield path, column if exact else Column(FOLD.format(column.expression), Form.FOLDED)
    for plural in PLURALS if kind is DIRECTORY_USER else ():
        for part, name in plural.slots[0].parts.items():
            yield f"{plural.name}.{part}", Column(FOLD.format(attribute(name)), Form.FOLDED)


USER_ORDERS = dict(sortable(USER_COLUMNS, DIRECTORY_USER))
GROUP_ORDERS = dict(sortable(GROUP_COLUMNS, DIRECTORY_GROUP))
NOTHING = "'{}'::jsonb"
DOCUMENT = document()


def question_about_people(search: Search, policy: Policy) -> Question:
    """What a search for people asks of the table; raises `BadRequest`."""
    where = filtered(search, DIRECTORY_USER, DOCUMENT, USER_COLUMNS, policy)
    arguments = list(where.arguments)
    condition = where.text
    for address in addresses(search.filter):
        arguments.append(address)
        place = f"lower(${len(arguments)}::text)"
        second = attribute("secondEmail")
        condition = (
            f"(lower({attribute('email')}) = {place} OR ({second} IS NOT NULL AND lower({second}) = {place}))"
            f" AND {condition}"
        )
    return Question(condition, ordered(search, DIRECTORY_USER, USER_ORDERS, "users.id"), tuple(arguments))


def question_about_groups(search: Search, policy: Policy) -> Question:
    """What a search for groups asks of the table; raises `BadRequest`."""
    where = filtered(search, DIRECTORY_GROUP, NOTHING, GROUP_COLUMNS, policy)
    return Question(where.text, ordered(search, DIRECTORY_GROUP, GROUP_ORDERS, "groups.id"), where.arguments)


def filtered(search: Search, kind: ResourceType, body: str, columns: Columns, policy: Policy) -> Where:
    if search.filter is None:
        return Where("true", ())
    return render_where(search.filter, kind, document=body, columns=columns, policy=policy)


def ordered(search: Search, kind: ResourceType, columns: Mapping[str, Any], last: str) -> str:
    if search.sort_by is None:
        return last
    return (
        f"{render_order(search.sort_by, kind, descending=search.descending, document=NOTHING, columns=columns)}, {last}"
    )


def addresses(node: Filter | None) -> Iterator[str]:
    """The e-mail addresses that everybody must have of whom the filter holds; those that an index knows."""
    match node:
        case Compare(path, Op.EQ, str(value)) if is_email(path) and value.isascii():
            yield value
        case ValuePath(path, term) if is_email(path):
            for each in term.terms if isinstance(term, And) else (term,):
                if isinstance(each, Compare) and each.path.names == ("value",):
                    yield from addresses(Compare(path, each.op, each.value))
        case And(terms):
            for each in terms:
                yield from addresses(each)


def is_email(path: AttrPath) -> bool:
    core = path.urn is None or path.urn.lower() == urns.USER.lower()
    return core and ".".join(path.names).lower() in ("emails", "emails.value")
