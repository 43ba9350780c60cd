"""The rules of the storage port, for every storage we ship, and what only some of them promise."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from provisor.scim.errors import Conflict
from provisor.scim.schemas import GROUP, USER
from provisor.scimserver.durable import DurableStorage
from provisor.scimserver.memory import MemoryStorage
from provisor.scimserver.postgres.storage import Database
from provisor.scimserver.records import make_record
from provisor.scimserver.storage import Storage
from provisor.scimserver.testing_storage import NOW, StorageContract


class TestMemoryStorage(StorageContract):
    """Dictionaries."""

    @pytest.fixture
    async def storage(self) -> AsyncIterator[Storage]:
        """An empty storage."""
        yield MemoryStorage()


class TestDurableStorage(StorageContract):
    """Dictionaries with a file behind them."""

    @pytest.fixture
    async def storage(self, tmp_path: Path) -> AsyncIterator[Storage]:
        """An empty storage."""
        made = DurableStorage(tmp_path / "data")
        yield made
        await made.close()


async def test_several_records_share_a_key_that_is_not_unique() -> None:
    """In order; a changed and a deleted record no longer hold it."""
    storage = MemoryStorage()
    for id in ("1", "2", "3"):
        resource = {"schemas": [], "userName": f"u{id}", "displayName": "Same"}
        await storage.insert(make_record(USER, id, resource, NOW, NOW))
    changed = make_record(USER, "2", {"schemas": [], "userName": "u2"}, NOW, NOW).changed(version=2)
    await storage.update(changed)
    assert [r.id for r in await storage.lookup(USER, "displayName", "same")] == ["1", "3"]
    await storage.delete(USER, "1")
    assert [r.id for r in await storage.lookup(USER, "displayName", "same")] == ["3"]


async def test_group_names_are_unique_where_asked_for() -> None:
    """By default two groups may share a name."""
    groups = [make_record(GROUP, id, {"schemas": [], "displayName": "Same"}, NOW, NOW) for id in ("1", "2")]
    lenient, strict = MemoryStorage(), MemoryStorage(unique_group_names=True)
    for group in groups:
        await lenient.insert(group)
    await strict.insert(groups[0])
    with pytest.raises(Conflict):
        await strict.insert(groups[1])


class TestPostgresStorage(StorageContract):
    """Tables of its own, in a schema of this test's own."""

    @pytest.fixture
    async def storage(self, empty_database: str) -> AsyncIterator[Storage]:
        """An empty storage."""
        database = await Database.connect(empty_database)
        yield await database.open()
        await database.close()
