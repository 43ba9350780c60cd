"""The storage port: what the handler needs from whatever keeps users, groups and memberships.

Rules for an implementation:

1. `insert` and `update` are atomic: record, keys and memberships change together, or an error is raised.
2. `userName` is unique among users by its folded key: `Conflict` otherwise.
3. `update` takes the record with its new version and raises `VersionMismatch` unless the stored version is one less.
4. Order is the order of creation and does not change when a record does.
5. Deleting a user or a group ends its memberships, in both directions.
6. A read that starts after a write was confirmed sees it.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from provisor.scim.schemas import ResourceType

from .records import Member, Record


class Storage(Protocol):
    """Users and groups by id, by key and by position; members by group and groups by member."""

    async def find(self, kind: ResourceType, id: str) -> Record | None:
        """Return the record or None."""

    async def insert(self, record: Record, members: Sequence[Member] = ()) -> None:
        """Add a record; raises `Conflict`."""

    async def update(self, record: Record, added: Sequence[Member] = (), removed: Collection[str] = ()) -> None:
        """Replace a record and change its members; raises `Conflict`, `VersionMismatch`."""

    async def delete(self, kind: ResourceType, id: str) -> bool:
        """Remove a record and its memberships; False if there was none."""

    async def count(self, kind: ResourceType) -> int:
        """Return how many records of this kind there are."""

    async def page(self, kind: ResourceType, offset: int, count: int) -> Sequence[Record]:
        """Return a slice of the order of creation."""

    async def lookup(self, kind: ResourceType, attribute: str, key: str) -> Sequence[Record]:
        """Return the records that hold this folded key; `members` finds groups by member id."""

    async def members(self, group_id: str) -> Sequence[Member]:
        """Return the members in the order they were added."""

    async def present(self, group_id: str, ids: Collection[str]) -> set[str]:
        """Return which of these ids are members."""

    async def close(self) -> None:
        """Release what is held open."""
