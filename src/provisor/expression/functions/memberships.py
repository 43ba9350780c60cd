"""What asks for the person's groups: `isMemberOf…`, `getFilteredGroups`, `user.getGroups`, `Groups.*`.

`user.getGroups` takes criteria that must all hold; of several values in one, any. Names are compared as beginnings
unless the criterion says `'operator': 'EXACT'`; a trailing `.*`, as in Okta's examples, is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import re2

from provisor.expression.errors import EvaluationError
from provisor.expression.functions.signature import ANY, ARRAY, BOOLEAN, GROUPS, INTEGER, TEXT, Function, Source
from provisor.expression.subject import Group, Subject
from provisor.expression.values import Value, as_array, as_integer, as_text

NAME, KIND, ID, ORIGIN, HOW = "group.profile.name", "group.type", "group.id", "group.source.id", "operator"
CRITERIA = (NAME, KIND, ID, ORIGIN)
DIRECTORY = "OKTA"


@lru_cache(maxsize=1024)
def pattern(text: str) -> Any:
    """A compiled RE2 pattern, which takes time in proportion to the text; raises `EvaluationError`."""
    try:
        options = re2.Options()
        options.log_errors = False
        return re2.compile(text, options)
    except re2.error as problem:
        reason = problem.args[0] if problem.args else problem
        reason = reason.decode() if isinstance(reason, bytes) else reason
        raise EvaluationError(f"“{text[:60]}” is not a pattern: {reason}") from None


def has_id(subject: Subject, *ids: Value) -> bool:
    return any(group.id in ids for group in subject.groups)


def has_name(subject: Subject, name: Value) -> bool:
    return any(group.name == name for group in subject.groups)


def has_name_that_starts(subject: Subject, prefix: Value) -> bool:
    return any(group.name.startswith(as_text(prefix)) for group in subject.groups)


def has_name_with(subject: Subject, search: Value) -> bool:
    return any(as_text(search) in group.name for group in subject.groups)


def has_name_like(subject: Subject, text: Value) -> bool:
    # Okta's example begins with a stray slash, which matches nothing as it stands.
    wanted = pattern(as_text(text).removeprefix("/"))
    return any(wanted.fullmatch(group.name) for group in subject.groups)


def filtered(subject: Subject, allowed: Value, shown: Value, limit: Value) -> tuple[Value, ...]:
    wanted, name, most = set(as_array(allowed)), as_text(shown), as_integer(limit, "The limit")
    if not name.startswith("group."):
        raise EvaluationError("The second argument of getFilteredGroups is group.name, group.id or the like")
    groups = [group for group in subject.groups if group.id in wanted or group.source_id in wanted]
    if len(groups) > most:
        raise EvaluationError(f"getFilteredGroups found {len(groups)} groups, more than its limit of {most}")
    return tuple(group.attribute(name.removeprefix("group.")) for group in groups)


def chosen(subject: Subject, *criteria: Mapping[str, Value]) -> tuple[Group, ...]:
    return tuple(group for group in subject.groups if all(_meets(group, each) for each in criteria))


def _meets(group: Group, criterion: Mapping[str, Value]) -> bool:
    exact = as_text(criterion.get(HOW)).upper() == "EXACT"
    for key, wanted in criterion.items():
        if key == HOW:
            continue
        values = [as_text(each) for each in (wanted if isinstance(wanted, (list, tuple)) else (wanted,))]
        if key == NAME and not exact:
            if not any(group.name.startswith(value.removesuffix(".*")) for value in values):
                return False
        elif {NAME: group.name, KIND: group.type, ID: group.id, ORIGIN: group.source_id}.get(key, "") not in values:
            return False
    return True


def by_name(holds: Callable[[str, str], bool]) -> Callable[..., tuple[Value, ...] | None]:
    def find(subject: Subject, app: Value, text: Value, limit: Value) -> tuple[Value, ...] | None:
        origin = as_text(app)
        names = [
            group.name
            for group in subject.groups
            if holds(group.name, as_text(text))
            and (group.source_id is None if origin == DIRECTORY else group.source_id == origin)
        ]
        return tuple(names[: as_integer(limit, "The limit")]) or None

    return find


FUNCTIONS = (
    Function(
        "isMemberOfGroup",
        (TEXT,),
        BOOLEAN,
        "Whether the person is in the group of this id.",
        has_id,
        (('isMemberOfGroup("00g1")', True),),
        reads=Source.GROUPS,
    ),
    Function(
        "isMemberOfAnyGroup",
        (TEXT,),
        BOOLEAN,
        "Whether the person is in one of the groups of these ids.",
        has_id,
        (('isMemberOfAnyGroup("00g9","00g1")', True),),
        rest=(TEXT,),
        reads=Source.GROUPS,
    ),
    Function(
        "isMemberOfGroupName",
        (TEXT,),
        BOOLEAN,
        "Whether the person is in a group of exactly this name.",
        has_name,
        (('isMemberOfGroupName("West Coast Users")', True), ('isMemberOfGroupName("West Coast")', False)),
        reads=Source.GROUPS,
    ),
    Function(
        "isMemberOfGroupNameStartsWith",
        (TEXT,),
        BOOLEAN,
        "Whether a group's name begins so.",
        has_name_that_starts,
        (('isMemberOfGroupNameStartsWith("West")', True),),
        reads=Source.GROUPS,
    ),
    Function(
        "isMemberOfGroupNameContains",
        (TEXT,),
        BOOLEAN,
        "Whether a group's name holds this.",
        has_name_with,
        (('isMemberOfGroupNameContains("Coast")', True),),
        reads=Source.GROUPS,
    ),
    Function(
        "isMemberOfGroupNameRegex",
        (TEXT,),
        BOOLEAN,
        "Whether a group's whole name is of this pattern (RE2).",
        has_name_like,
        (('isMemberOfGroupNameRegex("/.*Admins")', True), ('isMemberOfGroupNameRegex("West")', False)),
        reads=Source.GROUPS,
    ),
    Function(
        "getFilteredGroups",
        (ARRAY, TEXT, INTEGER),
        ARRAY,
        "Of these groups (by id, or by the id of their app) those the person is in; more than the limit is an error.",
        filtered,
        (('getFilteredGroups({"00g1","00g9"}, "group.name", 50)', ["West Coast Users"]),),
        reads=Source.GROUPS,
    ),
    Function(
        "user.getGroups",
        (),
        GROUPS,
        "The person's groups that meet every criterion.",
        chosen,
        (
            (
                "user.getGroups({'group.type': {'OKTA_GROUP'}}, "
                "{'group.profile.name': {'Everyone','West Coast Admins'}}).![name]",
                ["West Coast Admins"],
            ),
            ("user.getGroups({'group.profile.name':'East Coast.*'}).![name]", []),
            ("Arrays.size(user.getGroups({'group.type': {'OKTA_GROUP','APP_GROUP'}}))", 4),
            ("user.getGroups({'group.source.id':'0oa1'},{'group.profile.name':{'Engineering Users'}}).![id]", ["00g3"]),
            ("user.getGroups({'group.profile.name':'West Coast','operator':'EXACT'}).![name]", []),
        ),
        rest=(ANY,),
        reads=Source.GROUPS,
    ),
    Function(
        "Groups.startsWith",
        (TEXT, TEXT, INTEGER),
        ARRAY,
        'Names of groups that begin so, of an app or of "OKTA"; null if there are none.',
        by_name(str.startswith),
        (
            ('Groups.startsWith("OKTA","West",100)', ["West Coast Users", "West Coast Admins"]),
            ('Groups.startsWith("OKTA","TEST",100) ?: {}', []),
        ),
        reads=Source.GROUPS,
    ),
    Function(
        "Groups.endsWith",
        (TEXT, TEXT, INTEGER),
        ARRAY,
        "Names of groups that end so.",
        by_name(str.endswith),
        (('Groups.endsWith("OKTA","Admins",100)', ["West Coast Admins"]),),
        reads=Source.GROUPS,
    ),
    Function(
        "Groups.contains",
        (TEXT, TEXT, INTEGER),
        ARRAY,
        "Names of groups that hold this.",
        by_name(str.__contains__),
        (('Groups.contains("0oa1","Eng",100)', ["Engineering Users"]),),
        reads=Source.GROUPS,
    ),
)
