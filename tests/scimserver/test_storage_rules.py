"""The rules of the storage port, for every storage we ship."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from provisor.scim.errors import Conflict, VersionMismatch
from provisor.scim.schemas import GROUP, USER, ResourceType
from provisor.scimserver.durable import DurableStorage
from provisor.scimserver.memory import MemoryStorage
from provisor.scimserver.records import Member, Record, keys_of
from provisor.scimserver.storage import Storage


@pytest.fixture(params=["memory", "durable"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """Each storage in turn, empty."""
    made: Storage = MemoryStorage() if request.param == "memory" else DurableStorage(tmp_path / "data")
    yield made
    await made.close()


def record(id: str, name: str, kind: ResourceType = USER) -> Record:
    """A record whose only content is its name."""
    attribute = "userName" if kind is USER else "displayName"
    body = f'{{"schemas":[],"{attribute}":"{name}"}}'.encode()
    return Record(kind, id, body, keys_of({attribute: name}), name, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")


async def ids(storage: Storage, kind: ResourceType = USER) -> list[str]:
    """All ids in order."""
    return [r.id for r in await storage.page(kind, 0, 1000)]


async def test_user_names_are_unique_by_their_folded_form(storage: Storage) -> None:
    """Rule 2, for insert and update; a group may share a user's name."""
    await storage.insert(record("1", "Straße"))
    with pytest.raises(Conflict):
        await storage.insert(record("2", "STRASSE"))
    await storage.insert(record("2", "other"))
    with pytest.raises(Conflict):
        await storage.update(replace(record("2", "strasse"), version=2))
    await storage.insert(record("3", "Straße", GROUP))
    assert [r.label for r in await storage.page(USER, 0, 9)] == ["Straße", "other"]


async def test_an_update_of_another_version_is_refused(storage: Storage) -> None:
    """Rule 3, also for a record that is gone."""
    await storage.insert(record("1", "a"))
    await storage.update(replace(record("1", "b"), version=2))
    with pytest.raises(VersionMismatch):
        await storage.update(replace(record("1", "c"), version=2))
    found = await storage.find(USER, "1")
    assert found is not None
    assert found.label == "b"
    with pytest.raises(VersionMismatch):
        await storage.update(replace(record("9", "c"), version=2))


async def test_order_is_creation_whatever_happens_later(storage: Storage) -> None:
    """Rule 4."""
    for number in range(6):
        await storage.insert(record(str(number), f"u{number}"))
    await storage.update(replace(record("1", "zzz"), version=2))
    assert await storage.delete(USER, "3")
    assert not await storage.delete(USER, "3")
    await storage.insert(record("9", "u3"))
    assert await ids(storage) == ["0", "1", "2", "4", "5", "9"]
    assert [r.id for r in await storage.page(USER, 2, 2)] == ["2", "4"]
    assert await storage.count(USER) == 6
    assert await storage.count(GROUP) == 0


async def test_memberships_end_with_either_side(storage: Storage) -> None:
    """Rule 5, and a member that never existed is kept like any other."""
    await storage.insert(record("u", "u"))
    await storage.insert(record("g", "g", GROUP), [Member("u"), Member("ghost")])
    await storage.insert(record("h", "h", GROUP), [Member("u")])
    assert [g.id for g in await storage.lookup(GROUP, "members", "u")] == ["g", "h"]
    await storage.delete(GROUP, "h")
    assert [g.id for g in await storage.lookup(GROUP, "members", "u")] == ["g"]
    await storage.delete(USER, "u")
    assert [m.id for m in await storage.members("g")] == ["ghost"]
    assert await storage.present("g", ["u", "ghost"]) == {"ghost"}
    assert await storage.members("h") == []


async def test_members_change_with_the_record_or_not_at_all(storage: Storage) -> None:
    """Rule 1: a refused update moves nobody."""
    await storage.insert(record("g", "g", GROUP), [Member("a")])
    with pytest.raises(VersionMismatch):
        await storage.update(replace(record("g", "g", GROUP), version=7), [Member("b")], ["a"])
    assert [m.id for m in await storage.members("g")] == ["a"]
    await storage.update(replace(record("g", "g", GROUP), version=2), [Member("b")], ["a"])
    assert [m.id for m in await storage.members("g")] == ["b"]


async def test_keys_find_exactly_who_holds_them_now(storage: Storage) -> None:
    """Several holders, changed keys and deleted ones."""
    for id in ("1", "2", "3"):
        made = record(id, f"u{id}")
        await storage.insert(replace(made, keys=(*made.keys, ("displayName", "same"))))
    await storage.update(replace(record("2", "u2"), version=2))
    assert [r.id for r in await storage.lookup(USER, "displayName", "same")] == ["1", "3"]
    await storage.delete(USER, "1")
    assert [r.id for r in await storage.lookup(USER, "displayName", "same")] == ["3"]
    assert await storage.lookup(USER, "userName", "nobody") == []
    assert [r.id for r in await storage.lookup(USER, "id", "2")] == ["2"]
