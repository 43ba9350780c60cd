"""The storage port in memory: dictionaries, one list per kind in order of creation, and an index per key.

Every method runs without yielding, so each is atomic in an event loop. `append` sees each accepted write before it is
applied; `durable` uses that to keep them.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from provisor.scim.errors import Conflict, VersionMismatch
from provisor.scim.schemas import GROUP, ResourceType

from .catalogue import is_group, keyed
from .records import Label, Member, Record
from .storage import Storage, label_of

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
        self.indexes: defaultdict[str, Index] = defaultdict(Index)

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


class MemoryStorage(Storage):
    """Resources in dictionaries; see the module for the rules."""

    def __init__(self, *, unique_group_names: bool = False) -> None:
        self._tables: defaultdict[str, Table] = defaultdict(Table)
        self._members: dict[str, dict[str, Member]] = {}
        self._groups: dict[str, dict[str, None]] = {}
        self._unique_group_names = unique_group_names
        self._seq = 0
        self.append: Write | None = None

    async def find(self, kind: ResourceType, id: str) -> Record | None:
        """Return the record or None."""
        return self._tables[kind.name].records.get(id)

    async def insert(self, record: Record, members: Sequence[Member] = ()) -> Record:
        """Add a record; raises `Conflict`."""
        self._check_unique(record)
        self._seq += 1
        return self._write("put", record.changed(seq=self._seq), members, ())

    async def update(self, record: Record, added: Sequence[Member] = (), removed: Collection[str] = ()) -> Record:
        """Replace a record and change its members; raises `Conflict`, `VersionMismatch`."""
        old = self._tables[record.kind.name].records.get(record.id)
        if old is None or old.version != record.version - 1:
            raise VersionMismatch(f"{record.kind.name} {record.id} was changed by someone else; read it again")
        self._check_unique(record)
        return self._write("put", record.changed(seq=old.seq), added, removed)

    async def delete(self, kind: ResourceType, id: str, version: int | None = None) -> bool:
        """Remove a record and its memberships; False if there was none."""
        record = self._tables[kind.name].records.get(id)
        if record is None:
            return False
        if version is not None and record.version != version:
            raise VersionMismatch(f"{kind.name} {id} was changed by someone else; read it again")
        self._write("delete", record, (), ())
        return True

    async def count(self, kind: ResourceType) -> int:
        """Return how many records of this kind there are."""
        return len(self._tables[kind.name].order)

    async def page(self, kind: ResourceType, offset: int, count: int, after: int | None = None) -> Sequence[Record]:
        """Return a slice of the order of creation."""
        table = self._tables[kind.name]
        if after is not None:
            offset = bisect_right(table.order, after)
        return [table.records[table.ids[seq]] for seq in table.order[offset : offset + count]]

    async def lookup(self, kind: ResourceType, attribute: str, key: str) -> Sequence[Record]:
        """Return the records that hold this folded key; `members` finds groups by member id."""
        table = self._tables[kind.name]
        if attribute == "id":
            ids: Collection[str] = [key]
        elif attribute == "members":
            ids = self._groups.get(key, ())
        elif attribute in table.indexes:
            ids = table.indexes[attribute].get(key)
        else:
            ids = ()
        found = [table.records[id] for id in ids if id in table.records]
        return found if len(found) < 2 else sorted(found, key=lambda record: record.seq)

    async def members(self, group_id: str) -> Sequence[Member]:
        """Return the members in the order they were added."""
        return list(self._members.get(group_id, {}).values())

    async def present(self, group_id: str, ids: Collection[str]) -> set[str]:
        """Return which of these ids are members."""
        members = self._members.get(group_id, {})
        return {id for id in ids if id in members}

    async def groups_of(self, ids: Sequence[str]) -> Mapping[str, Sequence[Label]]:
        """Return the groups of each of these members."""
        found: dict[str, Sequence[Label]] = {}
        for id in ids:
            if id in self._groups:
                found[id] = [label_of(group) for group in self._groups_with(id)]
        return found

    async def named(self, ids: Collection[str], kinds: Sequence[ResourceType]) -> Mapping[str, Label]:
        """Return what to call the resources behind these ids."""
        found: dict[str, Label] = {}
        for kind in reversed(kinds):
            records = self._tables[kind.name].records
            found |= {id: label_of(records[id]) for id in ids if id in records}
        return found

    def _groups_with(self, id: str) -> list[Record]:
        records = self._tables[GROUP.name].records
        groups = [records[group_id] for group_id in self._groups.get(id, ())]
        return groups if len(groups) < 2 else sorted(groups, key=lambda record: record.seq)

    def clear(self) -> None:
        """Forget everything; for tests that share a server."""
        self._tables.clear()
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

    def _write(self, action: str, record: Record, added: Sequence[Member], removed: Collection[str]) -> Record:
        if self.append is not None:
            self.append(action, record, added, removed)
        self._apply(action, record, added, removed)
        return record

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
        entries, table = keyed(record.kind), self._tables[record.kind.name]
        for name, key in record.keys:
            unique = entries[name].unique or (
                self._unique_group_names and is_group(record.kind) and name == "displayName"
            )
            if unique and any(id != record.id for id in table.indexes[name].get(key)):
                compare = "" if entries[name].exact else "; compare ignores case"
                raise Conflict(f"another {record.kind.name} already has this {name}{compare}")
