"""`StorageContract`: the rules of the storage port as tests, for the author of a storage to subclass.

    class TestMyStorage(StorageContract):
        @pytest.fixture
        async def storage(self):
            made = MyStorage(...)
            yield made
            await made.close()

The tests are coroutines: run them with pytest-asyncio in auto mode. What a storage decides for itself (ids, versions)
is taken from what it returns.
"""

import asyncio
from collections.abc import Sequence

from provisor.scim import urns
from provisor.scim.errors import Conflict, ScimError, VersionMismatch
from provisor.scim.messages import parse_search
from provisor.scim.policy import TOLERANT
from provisor.scim.schemas import GROUP, USER, ResourceType

from .catalogue import keyed
from .records import Member, Record, make_record
from .scanning import scan
from .storage import Storage

NOW = "2026-01-02T03:04:05.006Z"
SEARCHES = (
    {"filter": 'userName co "A"'},
    {"filter": 'userName sw "u" and not (displayName pr)'},
    {"filter": 'emails[type eq "work" and value ew "@example.com"]'},
    {"filter": 'emails.value co "1" or name.familyName eq "jensen"'},
    {"filter": "active eq false"},
    {"filter": 'userName gt "u2"', "sortBy": "userName", "sortOrder": "descending"},
    {"sortBy": "name.familyName"},
    {"filter": f'{urns.ENTERPRISE_USER}:department eq "Tours"'},
    {"filter": 'meta.lastModified gt "2020-01-01T00:00:00Z"', "count": 2, "startIndex": 2},
    {"filter": 'title ne "Guide"'},
)
"""Queries whose answer by `search`, if there is one, must be what looking through all records finds."""


class StorageContract:
    """Subclass it, name the class `Test…`, and give it a fixture `storage` that yields an empty storage."""

    user_type: ResourceType = USER
    group_type: ResourceType = GROUP
    keeps_unknown_members = True
    """Rule 7; False for a storage whose memberships are foreign keys."""

    def user(self, number: int = 1, name: str | None = None) -> Record:
        """A user to insert; override it for a storage that wants more."""
        user_name = name or f"u{number}@example.com"
        resource = {
            "schemas": [self.user_type.schema.id],
            "userName": user_name,
            "name": {"givenName": "Babs", "familyName": "Jensen" if number % 2 else "Young"},
            "emails": [{"value": user_name, "type": "work", "primary": True}],
            "active": number % 3 != 0,
        }
        return make_record(self.user_type, f"user-{number}", resource, NOW, NOW)

    def group(self, number: int = 1, name: str | None = None) -> Record:
        """A group to insert."""
        resource = {"schemas": [self.group_type.schema.id], "displayName": name or f"group {number}"}
        return make_record(self.group_type, f"group-{number}", resource, NOW, NOW)

    async def filled(self, storage: Storage, number: int) -> list[Record]:
        """Insert so many users."""
        return [await storage.insert(self.user(n)) for n in range(1, number + 1)]

    async def test_what_was_inserted_is_found(self, storage: Storage) -> None:
        """By id, as it was returned, and by nobody else's id."""
        made = await storage.insert(self.user(1))
        assert await storage.find(self.user_type, made.id) == made
        assert made.resource["userName"] == "u1@example.com"
        assert await storage.find(self.user_type, "no-such-id") is None
        assert await storage.find(self.group_type, made.id) is None

    async def test_an_update_is_seen_by_the_next_read(self, storage: Storage) -> None:
        """Rules 3 and 6: the version moves on, the place in the order does not."""
        made = await storage.insert(self.user(1))
        changed = await storage.update(self.changed(made, self.user(1, "other@example.com")))
        found = await storage.find(self.user_type, made.id)
        assert found == changed
        assert found is not None and found.resource["userName"] == "other@example.com"
        assert found.version != made.version
        assert found.seq == made.seq

    async def test_user_names_are_unique_ignoring_case(self, storage: Storage) -> None:
        """Rule 2, for insert and update; a group may share a user's name."""
        await storage.insert(self.user(1, "Straße@example.com"))
        await self.refused(Conflict, storage.insert(self.user(2, "STRASSE@example.com")))
        other = await storage.insert(self.user(2))
        await self.refused(Conflict, storage.update(self.changed(other, self.user(2, "strasse@example.com"))))
        await storage.insert(self.group(1, "Straße@example.com"))
        assert await storage.count(self.user_type) == 2

    async def test_one_of_many_at_once_gets_the_name(self, storage: Storage) -> None:
        """Rule 2 under concurrency: exactly one insert wins."""
        attempts = [storage.insert(self.user(n, "same@example.com")) for n in range(1, 9)]
        results = await asyncio.gather(*attempts, return_exceptions=True)
        assert sum(isinstance(result, Record) for result in results) == 1
        assert sum(isinstance(result, Conflict) for result in results) == 7
        assert await storage.count(self.user_type) == 1

    async def test_a_write_on_another_version_is_refused(self, storage: Storage) -> None:
        """Rule 3, also for a record that is gone, and for a delete."""
        made = await storage.insert(self.user(1))
        newer = await storage.update(self.changed(made, self.user(1, "b@example.com")))
        await self.refused(VersionMismatch, storage.update(self.changed(made, self.user(1, "c@example.com"))))
        await self.refused(VersionMismatch, storage.delete(self.user_type, made.id, made.version))
        found = await storage.find(self.user_type, made.id)
        assert found is not None and found.resource["userName"] == "b@example.com"
        assert await storage.delete(self.user_type, made.id, newer.version)
        await self.refused(VersionMismatch, storage.update(self.changed(newer, self.user(1))))

    async def test_order_is_creation_whatever_happens_later(self, storage: Storage) -> None:
        """Rule 4, by position and behind a record."""
        made = await self.filled(storage, 6)
        await storage.update(self.changed(made[1], self.user(2, "zzz@example.com")))
        assert await storage.delete(self.user_type, made[3].id)
        assert not await storage.delete(self.user_type, made[3].id)
        last = await storage.insert(self.user(9))
        expected = [made[0].id, made[1].id, made[2].id, made[4].id, made[5].id, last.id]
        assert self.ids(await storage.page(self.user_type, 0, 1000)) == expected
        assert self.ids(await storage.page(self.user_type, 2, 2)) == expected[2:4]
        assert self.ids(await storage.page(self.user_type, 0, 2, after=made[1].seq)) == expected[2:4]
        assert self.ids(await storage.page(self.user_type, 0, 2, after=made[3].seq)) == expected[3:5]
        assert self.ids(await storage.page(self.user_type, 6, 10)) == []
        assert await storage.count(self.user_type) == 6
        assert await storage.count(self.group_type) == 0

    async def test_keys_find_exactly_who_holds_them_now(self, storage: Storage) -> None:
        """Folded, after changes and after deletes."""
        made = await self.filled(storage, 3)
        key = keyed(self.user_type)["userName"].key
        assert self.ids(await storage.lookup(self.user_type, "userName", key("U2@EXAMPLE.com"))) == [made[1].id]
        await storage.update(self.changed(made[1], self.user(2, "zzz@example.com")))
        assert await storage.lookup(self.user_type, "userName", key("u2@example.com")) == []
        assert self.ids(await storage.lookup(self.user_type, "userName", key("ZZZ@example.com"))) == [made[1].id]
        await storage.delete(self.user_type, made[1].id)
        assert await storage.lookup(self.user_type, "userName", key("zzz@example.com")) == []
        assert self.ids(await storage.lookup(self.user_type, "id", made[2].id)) == [made[2].id]
        assert await storage.lookup(self.user_type, "id", "no-such-id") == []

    async def test_memberships_end_with_either_side(self, storage: Storage) -> None:
        """Rule 5."""
        one, two = await self.filled(storage, 2)
        first = await storage.insert(self.group(1), [Member(one.id), Member(two.id)])
        second = await storage.insert(self.group(2), [Member(one.id)])
        assert self.ids(await storage.lookup(self.group_type, "members", one.id)) == [first.id, second.id]
        await storage.delete(self.group_type, second.id)
        assert self.ids(await storage.lookup(self.group_type, "members", one.id)) == [first.id]
        await storage.delete(self.user_type, one.id)
        assert [member.id for member in await storage.members(first.id)] == [two.id]
        assert await storage.present(first.id, [one.id, two.id]) == {two.id}
        assert await storage.members(second.id) == []

    async def test_members_change_with_the_record_or_not_at_all(self, storage: Storage) -> None:
        """Rule 1: a refused update moves nobody."""
        one, two = await self.filled(storage, 2)
        group = await storage.insert(self.group(1), [Member(one.id)])
        wrong = group.changed(version=group.version + 7)
        await self.refused(VersionMismatch, storage.update(wrong, [Member(two.id)], [one.id]))
        assert [member.id for member in await storage.members(group.id)] == [one.id]
        moved = group.changed(version=group.version + 1)
        await storage.update(moved, [Member(two.id)], [one.id])
        assert [member.id for member in await storage.members(group.id)] == [two.id]

    async def test_a_member_that_nobody_stands_behind_is_kept(self, storage: Storage) -> None:
        """Rule 7, where the storage can."""
        if not self.keeps_unknown_members:
            return
        group = await storage.insert(self.group(1), [Member("ghost", "A ghost", "User")])
        assert list(await storage.members(group.id)) == [Member("ghost", "A ghost", "User")]
        assert await storage.named(["ghost"], [self.user_type]) == {}

    async def test_groups_and_names_are_told_for_many_at_once(self, storage: Storage) -> None:
        """What users' `groups` and groups' `members` are shown with."""
        one, two, three = await self.filled(storage, 3)
        first = await storage.insert(self.group(1), [Member(one.id), Member(two.id)])
        second = await storage.insert(self.group(2), [Member(one.id)])
        groups = await storage.groups_of([one.id, two.id, three.id])
        assert [(label.id, label.name) for label in groups[one.id]] == [(first.id, "group 1"), (second.id, "group 2")]
        assert [label.id for label in groups[two.id]] == [first.id]
        assert not groups.get(three.id)
        named = await storage.named([one.id, first.id, "no-such-id"], [self.user_type, self.group_type])
        assert {id: label.kind for id, label in named.items()} == {one.id: "User", first.id: "Group"}

    async def test_a_search_finds_what_looking_through_everything_finds(self, storage: Storage) -> None:
        """`search` may decline; what it answers is right: total, page and order."""
        await self.filled(storage, 9)
        everything = await storage.page(self.user_type, 0, 1000)
        for parameters in SEARCHES:
            search = parse_search(parameters)
            answered = await storage.search(self.user_type, search)
            if answered is None:
                continue
            expected = await scan(search, self.user_type, TOLERANT, everything, "", lambda some: _no_parts())
            page = expected[search.start_index - 1 : search.start_index - 1 + search.count]
            assert (answered.total, self.ids(answered.records)) == (len(expected), self.ids(page)), parameters

    @staticmethod
    def changed(stored: Record, wanted: Record) -> Record:
        """The record to update with: another content, one version on."""
        return stored.changed(body=wanted.body, keys=wanted.keys, label=wanted.label, version=stored.version + 1)

    @staticmethod
    def ids(records: Sequence[Record]) -> list[str]:
        """The ids, in order."""
        return [record.id for record in records]

    @staticmethod
    async def refused(error: type[ScimError], attempt: object) -> None:
        """Assert that an awaitable raises."""
        try:
            await attempt  # type: ignore[misc]
        except error:
            return
        raise AssertionError(f"{error.__name__} was not raised")


async def _no_parts() -> dict[str, object]:
    return {}
