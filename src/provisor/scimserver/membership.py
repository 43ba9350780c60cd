"""Group membership as a set of changes, so that one new member among 100,000 costs one new member.

Decides which PATCH operations touch only `members` and can be read as changes; the rest goes to `scim.patch`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from provisor.scim.errors import BadRequest, ScimType
from provisor.scim.filters import AttrPath, Compare, Op
from provisor.scim.messages import Operation, Verb
from provisor.scim.policy import Policy
from provisor.scim.resources import clean
from provisor.scim.schemas import GROUP

from .records import Member

MEMBERS: Final = GROUP.by_name["members"]


@dataclass(frozen=True, slots=True)
class Add:
    """These become members unless they are."""

    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """These cease to be members if they are."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replace:
    """Exactly these are members."""

    members: tuple[Member, ...]


Change: TypeAlias = Add | Drop | Replace


def parse_members(value: Any, policy: Policy) -> tuple[Member, ...]:
    """Read the value of `members`; each element needs the id of somebody."""
    members: dict[str, Member] = {}
    for item in clean(MEMBERS, value, policy) or ():
        if not item.get("value"):
            raise BadRequest(ScimType.INVALID_VALUE, "each element of members needs a value: the member's id")
        members.setdefault(item["value"], Member(item["value"], item.get("display"), item.get("type")))
    return tuple(members.values())


def split(
    operations: Iterable[Operation], policy: Policy, *, may_clear: bool = True
) -> tuple[list[Operation], list[Change]] | None:
    """Part the operations into those on other attributes and the membership changes.

    None if an operation on members selects or edits in a way that only the general algorithm can follow.
    """
    others: list[Operation] = []
    changes: list[Change] = []
    for operation in operations:
        if operation.path is None:
            rest, found = _split_object(operation)
            if rest is not None:
                others.append(rest)
            changes.extend(_change(operation.verb, value, policy) for value in found)
        elif not is_members(operation.path.attr):
            others.append(operation)
        else:
            change = _path_change(operation, policy, may_clear)
            if change is None:
                return None
            changes.append(change)
    return others, changes


def is_members(path: AttrPath) -> bool:
    """Whether a path begins at the group's `members`."""
    return path.names[0].lower() == "members" and (path.urn is None or path.urn.lower() == GROUP.schema.id.lower())


def _split_object(operation: Operation) -> tuple[Operation | None, list[Any]]:
    if not isinstance(operation.value, dict):
        return operation, []
    found = [value for key, value in operation.value.items() if key.lower() == "members"]
    rest = {key: value for key, value in operation.value.items() if key.lower() != "members"}
    return (Operation(operation.verb, None, rest) if rest or not found else None), found


def _change(verb: Verb, value: Any, policy: Policy) -> Change:
    members = parse_members(value, policy)
    return Add(members) if verb is Verb.ADD else Replace(members)


def _path_change(operation: Operation, policy: Policy, may_clear: bool) -> Change | None:
    path = operation.path
    assert path is not None
    if path.sub is not None or len(path.attr.names) > 1:
        return None
    if path.term is not None:
        plain = (
            operation.verb is Verb.REMOVE
            and policy.ignore_unmatched_remove
            and isinstance(path.term, Compare)
            and path.term.op is Op.EQ
            and path.term.path.urn is None
            and [name.lower() for name in path.term.path.names] == ["value"]
            and isinstance(path.term.value, str)
        )
        return Drop((str(path.term.value),)) if plain and isinstance(path.term, Compare) else None
    if operation.verb is not Verb.REMOVE:
        return _change(operation.verb, operation.value, policy)
    if operation.value and policy.remove_listed_values:
        return Drop(tuple(member.id for member in parse_members(operation.value, policy)))
    if not may_clear:
        raise BadRequest(ScimType.NO_TARGET, "remove members needs a filter or a list; it would empty the group")
    return Replace(())


def touched(changes: Sequence[Change]) -> set[str] | None:
    """Return the ids whose membership must be known to net the changes; None = everybody's."""
    ids: set[str] = set()
    for change in changes:
        match change:
            case Add(members):
                ids.update(member.id for member in members)
            case Drop(dropped):
                ids.update(dropped)
            case Replace():
                return None
    return ids


def net(changes: Iterable[Change], present: set[str]) -> tuple[list[Member], list[str]]:
    """Reduce changes, in order, to who comes and who goes, given who of the touched is a member now."""
    added: dict[str, Member] = {}
    removed: dict[str, None] = {}
    for change in changes:
        match change:
            case Add(members):
                _admit(members, present, added, removed)
            case Drop(ids):
                _dismiss(ids, present, added, removed)
            case Replace(members):
                keep = {member.id for member in members}
                _dismiss([id for id in (*present, *added) if id not in keep], present, added, removed)
                _admit(members, present, added, removed)
    return list(added.values()), list(removed)


def _admit(members: Iterable[Member], present: set[str], added: dict[str, Member], removed: dict[str, None]) -> None:
    for member in members:
        if member.id in removed:
            del removed[member.id]
        elif member.id not in present:
            added.setdefault(member.id, member)


def _dismiss(ids: Iterable[str], present: set[str], added: dict[str, Member], removed: dict[str, None]) -> None:
    for id in ids:
        if added.pop(id, None) is None and id in present:
            removed[id] = None
