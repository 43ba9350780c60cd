"""The SCIM server's storage port over the directory: each method is a call of `services`, by whoever sent the request.

The port knows no callers, so the actor comes with the context of the request (`ACTING`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextvars import ContextVar

from provisor.api.inbound.records import (
    GROUP_ID,
    USER_ID,
    external_id_of,
    place,
    pushed_of,
    record_of_person,
    record_of_team,
    storable,
)
from provisor.api.inbound.refusals import asked, group_invalid
from provisor.directory.ids import Prefix
from provisor.directory.scim_schemas import DIRECTORY_GROUP, DIRECTORY_USER
from provisor.scim.errors import BadRequest, NotFound, ScimType
from provisor.scim.messages import Search
from provisor.scim.policy import Policy
from provisor.scim.schemas import ResourceType
from provisor.scimserver.catalogue import is_user, keyed
from provisor.scimserver.records import Label, Member, Record
from provisor.scimserver.storage import Found, Storage
from provisor.services import inbound_groups, inbound_people
from provisor.services.actor import Actor
from provisor.services.census import Census
from provisor.services.inbound_groups import PushedGroup
from provisor.services.passwords import hash_password, verify_password
from provisor.services.work import Database
from provisor.store.inbound_queries import question_about_groups, question_about_people

ACTING: ContextVar[Actor] = ContextVar("acting")
"""Who sent the request that is being answered."""


class DirectoryStorage(Storage):
    """People and groups of the directory as SCIM resources."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy
        self._census = Census(database)

    async def find(self, kind: ResourceType, id: str) -> Record | None:
        if is_user(kind):
            if not USER_ID.fullmatch(id):
                return None
            person = await asked(lambda: inbound_people.find_person(self._database, ACTING.get(), id))
            return record_of_person(person) if person else None
        if not GROUP_ID.fullmatch(id):
            return None
        team = await asked(lambda: inbound_groups.find_team(self._database, ACTING.get(), id))
        return record_of_team(team) if team else None

    async def insert(self, record: Record, members: Sequence[Member] = ()) -> Record:
        if is_user(record.kind):
            pushed = pushed_of(record)
            person = await asked(lambda: inbound_people.take_in(self._database, ACTING.get(), pushed))
            return record_of_person(person)
        group = self._pushed_group(record, members, ())
        made = await asked(lambda: inbound_groups.make_group(self._database, ACTING.get(), group), group_invalid)
        return record_of_team(made)

    async def update(self, record: Record, added: Sequence[Member] = (), removed: Collection[str] = ()) -> Record:
        actor, id, seen = ACTING.get(), record.id, record.version - 1
        if is_user(record.kind):
            pushed = pushed_of(record)
            person = await asked(lambda: inbound_people.change_person(self._database, actor, id, seen, pushed))
            return record_of_person(person)
        group = self._pushed_group(record, added, removed)
        team = await asked(lambda: inbound_groups.change_group(self._database, actor, id, seen, group), group_invalid)
        return record_of_team(team)

    async def delete(self, kind: ResourceType, id: str, version: int | None = None) -> bool:
        remove = inbound_people.withdraw if is_user(kind) else inbound_groups.remove_group
        try:
            await asked(lambda: remove(self._database, ACTING.get(), id, version))
        except NotFound:
            return False
        return True

    async def count(self, kind: ResourceType) -> int:
        if is_user(kind):
            return await asked(lambda: self._census.count(ACTING.get()))
        return await asked(lambda: inbound_groups.count_groups(self._database, ACTING.get()))

    async def page(self, kind: ResourceType, offset: int, count: int, after: int | None = None) -> Sequence[Record]:
        actor, database = ACTING.get(), self._database
        if is_user(kind):
            if after is None:
                _, people = await asked(lambda: self._census.page(actor, offset, count))
            else:
                begins, rank = place(after, Prefix.USER)
                people = await asked(lambda: inbound_people.people_after(database, actor, begins, rank, 0, count))
            return [record_of_person(each) for each in people]
        begins, rank = place(after or 0, Prefix.GROUP)
        skipped = offset if after is None else 0
        teams = await asked(lambda: inbound_groups.groups_after(database, actor, begins, rank, skipped, count))
        return [record_of_team(each) for each in teams]

    async def lookup(self, kind: ResourceType, attribute: str, key: str) -> Sequence[Record]:
        if not storable(key):
            return []
        if attribute == "id":
            record = await self.find(kind, key)
            return [record] if record else []
        actor, database = ACTING.get(), self._database
        if is_user(kind):
            people = await asked(lambda: inbound_people.look_up(database, actor, attribute, key))
            found = [record_of_person(each) for each in people]
        else:
            teams = await asked(lambda: inbound_groups.look_up(database, actor, attribute, key))
            found = [record_of_team(each) for each in teams]
        # The database finds a little more than SCIM calls equal: logins without diacritics, names beyond ASCII.
        return [each for each in found if attribute not in keyed(kind) or each.key(attribute) == key]

    async def search(self, kind: ResourceType, search: Search) -> Found | None:
        offset, limit = search.start_index - 1, search.count
        actor, database = ACTING.get(), self._database
        if search.filter is None and search.sort_by is None:
            if not is_user(kind):
                return None
            total, people = await asked(lambda: self._census.page(actor, offset, limit))
            return Found(total, [record_of_person(each) for each in people])
        if is_user(kind):
            question = question_about_people(search, self._policy)
            total, people = await asked(lambda: inbound_people.search_people(database, actor, question, offset, limit))
            return Found(total, [record_of_person(each) for each in people])
        question = question_about_groups(search, self._policy)
        total, teams = await asked(lambda: inbound_groups.search_groups(database, actor, question, offset, limit))
        return Found(total, [record_of_team(each) for each in teams])

    async def members(self, group_id: str) -> Sequence[Member]:
        found = await asked(lambda: inbound_groups.members_of(self._database, ACTING.get(), group_id))
        return [Member(id, name, DIRECTORY_USER.name) for id, name in found]

    async def present(self, group_id: str, ids: Collection[str]) -> set[str]:
        people = [each for each in ids if USER_ID.fullmatch(each)]
        return await asked(lambda: inbound_groups.present(self._database, ACTING.get(), group_id, people))

    async def groups_of(self, ids: Sequence[str]) -> Mapping[str, Sequence[Label]]:
        found: dict[str, list[Label]] = {}
        for person, id, name in await asked(lambda: inbound_groups.groups_of(self._database, ACTING.get(), ids)):
            found.setdefault(person, []).append(Label(DIRECTORY_GROUP.name, id, name))
        return found

    async def named(self, ids: Collection[str], kinds: Sequence[ResourceType]) -> Mapping[str, Label]:
        people = [each for each in ids if USER_ID.fullmatch(each)]
        if not people:
            return {}
        names = await asked(lambda: inbound_people.names_of(self._database, ACTING.get(), people))
        return {id: Label(DIRECTORY_USER.name, id, name) for id, name in names.items()}

    def _pushed_group(self, record: Record, added: Sequence[Member], removed: Collection[str]) -> PushedGroup:
        resource = record.resource
        name = resource["displayName"]
        if not storable(name):
            raise BadRequest(ScimType.INVALID_VALUE, "displayName: holds U+0000, which text cannot hold")
        for member in added:
            if not USER_ID.fullmatch(member.id):
                raise BadRequest(
                    ScimType.INVALID_VALUE,
                    f"members: {member.id[:200]!r} is the id of no user; a group's members are people",
                )
        return PushedGroup(
            name=name,
            external_id=external_id_of(resource),
            added=[each.id for each in added],
            removed=removed,
        )


class DirectoryHasher:
    """Passwords as the directory keeps them."""

    async def hash(self, password: str) -> str:
        hashed: str = await asked(lambda: hash_password(password))
        return hashed

    async def verify(self, password: str, stored: str) -> bool:
        return await verify_password(stored, password)
