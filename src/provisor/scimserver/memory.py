"""The storage port in memory: dictionaries, one list per kind in order of creation, and an index per key.

Every method runs without yielding, so each is atomic in an event loop. `append` sees each accepted write before it is
applied; `durable` uses that to keep them.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TypeAlias

from provisor.scim.errors import Conflict, VersionMismatch
from provisor.scim.schemas import GROUP, USER, ResourceType

from .records import Member, Record

Write: TypeAlias = Callable[[str, Record, Sequence[Member], Collection[str]], None]
"""Called with "put" or "delete", the record, and the members that come and go."""


class Index:
    """Ids by key; one id is kept bare, because nearly every key has exactly one."""

    def __init__(self) -> None:
        self._ids: dict[str, str | list[str]] = {}

    def get(self, key: str) -> list[str]:
        """Return the ids under a key."""
        found = self._ids.get(key)
        return [] if found is None else [found] if isinstance(found, str) else list(found)

    def add(self, key: str, id: str) -> None:
        """Put an id under a key."""
        found = self._ids.get(key)
        if found is None:
            self._ids[key] = id
        elif isinstance(found, str):
            self._ids[key] = [found, id]
        else:
            found.append(id)

    def discard(self, key: str, id: str) -> None:
        """Take an id from under a key."""
        found = self._ids.get(key)
        if found == id:
            del self._ids[key]
        elif isinstance(found, list) and id in found:
            found.remove(id)
            if len(found) == 1:
                self._ids[key] = found[0]


class Table:
    """The records of one kind."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.order: list[int] = []
        """Sequence numbers, ascending: a binary search finds a position, a slice is a page."""
        self.ids: dict[int, str] = {}
        self.indexes: dict[str, Index] = {"userName": Index(), "displayName": Index(), "externalId": Index()}

    def put(self, record: Record) -> None:
        """Insert or replace."""
        old = self.records.get(record.id)
        if old is None:
            self.order.append(record.seq)
            self.ids[record.seq] = record.id
        old_keys = old.keys if old else ()
        if old_keys != record.keys:
            for name, key in old_keys:
                self.indexes[name].discard(key, record.id)
            for name, key in record.keys:
                self.indexes[name].add(key, record.id)
        self.records[record.id] = record

    def drop(self, record: Record) -> None:
        """Remove."""
        del self.records[record.id]
        del self.ids[record.seq]
        del self.order[bisect_left(self.order, record.seq)]
        for name, key in record.keys:
            self.indexes[name].discard(key, record.id)


class MemoryStorage:
    """Users and groups in dictionaries; see the module for the rules."""

    def __init__(self, *, unique_group_names: bool = False) -> None:
        self._tables = {USER.name: Table(), GROUP.name: Table()}
        self._members: dict[str, dict[str, Member]] = {}
        self._groups: dict[str, dict[str, None]] = {}
        self._unique_group_names = unique_group_names
        self._seq = 0
        self.append: Write | None = None

    async def find(self, kind: ResourceType, id: str) -> Record | None:
        """Return the record or None."""
        return self._tables[kind.name].records.get(id)

    async def insert(self, record: Record, members: Sequence[Member] = ()) -> None:
        """Add a record; raises `Conflict`."""
        self._check_unique(record)
        self._seq += 1
        self._write("put", replace(record, seq=self._seq), members, ())

    async def update(self, record: Record, added: Sequence[Member] = (), removed: Collection[str] = ()) -> None:
        """Replace a record and change its members; raises `Conflict`, `VersionMismatch`."""
        old = self._tables[record.kind.name].records.get(record.id)
        if old is None or old.version != record.version - 1:
            raise VersionMismatch(f"{record.kind.name} {record.id} was changed by someone else; read it again")
        self._check_unique(record)
        self._write("put", replace(record, seq=old.seq), added, removed)

    async def delete(self, kind: ResourceType, id: str) -> bool:
        """Remove a record and its memberships; False if there was none."""
        record = self._tables[kind.name].records.get(id)
        if record is None:
            return False
        self._write("delete", record, (), ())
        return True

    async def count(self, kind: ResourceType) -> int:
        """Return how many records of this kind there are."""
        return len(self._tables[kind.name].order)

    async def page(self, kind: ResourceType, offset: int, count: int) -> Sequence[Record]:
        """Return a slice of the order of creation."""
        table = self._tables[kind.name]
        return [table.records[table.ids[seq]] for seq in table.order[offset : offset + count]]

    async def lookup(self, kind: ResourceType, attribute: str, key: str) -> Sequence[Record]:
        """Return the records that hold this folded key; `members` finds groups by member id."""
        table = self._tables[kind.name]
        if attribute == "id":
            ids: Collection[str] = [key]
        elif attribute == "members":
            ids = self._groups.get(key, ())
        else:
            ids = table.indexes[attribute].get(key)
        found = [table.records[id] for id in ids if id in table.records]
        return found if len(found) < 2 else sorted(found, key=lambda record: record.seq)

    async def members(self, group_id: str) -> Sequence[Member]:
        """Return the members in the order they were added."""
        return list(self._members.get(group_id, {}).values())

    async def present(self, group_id: str, ids: Collection[str]) -> set[str]:
        """Return which of these ids are members."""
        members = self._members.get(group_id, {})
        return {id for id in ids if id in members}

    async def close(self) -> None:
        """Nothing is held open."""

    def clear(self) -> None:
        """Forget everything; for tests that share a server."""
        self._tables = {name: Table() for name in self._tables}
        self._members = {}
        self._groups = {}

    def snapshot(self, kind: ResourceType) -> list[Record]:
        """Return all records in order of creation; for tests and for compaction, which run beside the loop."""
        table = self._tables[kind.name]
        return sorted(table.records.values(), key=lambda record: record.seq)

    def snapshot_members(self, group_id: str) -> list[Member]:
        """Return the members of one group; for tests and compaction."""
        return list(self._members.get(group_id, {}).values())

    def restore(self, action: str, record: Record, added: Sequence[Member], removed: Collection[str]) -> None:
        """Apply a write that was accepted earlier, without asking again."""
        self._seq = max(self._seq, record.seq)
        self._apply(action, record, added, removed)

    def _write(self, action: str, record: Record, added: Sequence[Member], removed: Collection[str]) -> None:
        if self.append is not None:
            self.append(action, record, added, removed)
        self._apply(action, record, added, removed)

    def _apply(self, action: str, record: Record, added: Sequence[Member], removed: Collection[str]) -> None:
        table = self._tables[record.kind.name]
        if action == "delete":
            table.drop(table.records[record.id])
            self._end_memberships(record.id)
            return
        table.put(record)
        for id in removed:
            self._members.get(record.id, {}).pop(id, None)
            self._leave(id, record.id)
        if added:
            members = self._members.setdefault(record.id, {})
            for member in added:
                members[member.id] = member
                self._groups.setdefault(member.id, {})[record.id] = None

    def _end_memberships(self, id: str) -> None:
        for member_id in self._members.pop(id, {}):
            self._leave(member_id, id)
        for group_id in self._groups.pop(id, {}):
            self._members[group_id].pop(id, None)

    def _leave(self, member_id: str, group_id: str) -> None:
        groups = self._groups.get(member_id)
        if groups is not None:
            groups.pop(group_id, None)
            if not groups:
                del self._groups[member_id]

    def _check_unique(self, record: Record) -> None:
        name = "userName" if record.kind is USER else "displayName" if self._unique_group_names else None
        key = record.key(name) if name else None
        if name is None or key is None:
            return
        if any(id != record.id for id in self._tables[record.kind.name].indexes[name].get(key)):
            raise Conflict(f"another {record.kind.name} already has this {name}; compare ignores case")
