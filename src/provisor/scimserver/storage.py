"""The storage port: what the handler needs from whatever keeps resources and memberships.

Derive from `Storage`. The methods without a body are required; those with one have an answer that is right for every
storage, and a faster one is welcome. `testing_storage.StorageContract` holds an implementation to these rules:

1. `insert` and `update` are atomic: record, keys and memberships change together, or an error is raised.
2. Attributes that the schema declares unique (`userName`) are unique by their folded key: `Conflict` otherwise.
3. A record comes to `update` with `version` one above the version that was read; `VersionMismatch` if the stored one is
   no longer that. Both return the record as it is stored: a storage may number, stamp and name records by itself.
4. Order is the order of creation, `seq` grows with it, and neither changes when a record does.
5. Deleting a resource ends its memberships, in both directions.
6. A read that starts after a write was confirmed sees it.
7. A member needs no record behind it; its id is kept as it came.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from provisor.scim.messages import Search
from provisor.scim.schemas import GROUP, ResourceType

from .records import Label, Member, Record


class StorageError(Exception):
    """A storage cannot be used at all; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search matched: how many in all, and the records of the page that was asked for.

    They are shown and nothing else: keys, label and password may be missing in them.
    """

    total: int
    records: Sequence[Record]


class Storage(Protocol):
    """Resources by id, by key and by position; members by group and groups by member."""

    async def find(self, kind: ResourceType, id: str) -> Record | None:
        """Return the record or None."""

    async def insert(self, record: Record, members: Sequence[Member] = ()) -> Record:
        """Add a record; raises `Conflict`."""
        ...

    async def update(self, record: Record, added: Sequence[Member] = (), removed: Collection[str] = ()) -> Record:
        """Replace a record and change its members; raises `Conflict`, `VersionMismatch`."""
        ...

    async def delete(self, kind: ResourceType, id: str, version: int | None = None) -> bool:
        """Remove a record and its memberships; False if there was none, `VersionMismatch` if it is not this version."""
        ...

    async def count(self, kind: ResourceType) -> int:
        """Return how many records of this kind there are."""
        ...

    async def page(self, kind: ResourceType, offset: int, count: int, after: int | None = None) -> Sequence[Record]:
        """Return a slice of the order of creation: from a position, or behind the record whose `seq` was `after`."""
        ...

    async def lookup(self, kind: ResourceType, attribute: str, key: str) -> Sequence[Record]:
        """Return the records that hold this folded key, in order; `id` is one, and `members` finds groups by member."""
        ...

    async def members(self, group_id: str) -> Sequence[Member]:
        """Return the members in the order they were added."""
        ...

    async def present(self, group_id: str, ids: Collection[str]) -> set[str]:
        """Return which of these ids are members."""
        ...

    async def search(self, kind: ResourceType, search: Search) -> Found | None:
        """Answer a filtered or sorted query; None = the storage cannot, its records are to be looked through."""
        return None

    async def groups_of(self, ids: Sequence[str]) -> Mapping[str, Sequence[Label]]:
        """Return the groups of each of these members; who is in none may be left out."""
        found: dict[str, Sequence[Label]] = {}
        for id in ids:
            groups = await self.lookup(GROUP, "members", id)
            if groups:
                found[id] = [label_of(group) for group in groups]
        return found

    async def named(self, ids: Collection[str], kinds: Sequence[ResourceType]) -> Mapping[str, Label]:
        """Return what to call the resources behind these ids, for as many as exist."""
        found: dict[str, Label] = {}
        for id in ids:
            for kind in kinds:
                record = await self.find(kind, id)
                if record is not None:
                    found[id] = label_of(record)
                    break
        return found

    async def close(self) -> None:
        """Release what is held open."""
        return


def label_of(record: Record) -> Label:
    """Return what stands for a record where another resource refers to it."""
    return Label(record.kind.name, record.id, record.label)
