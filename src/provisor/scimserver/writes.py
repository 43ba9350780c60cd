"""Writes: create, replace, patch and delete one resource (RFC 7644 §3.3, §3.5, §3.6). The rules are in `service`.

A write that another one overtook is tried again on what is there now, unless the client named the version it means.
"""

import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from provisor.scim import patch
from provisor.scim.errors import BadRequest, NotFound, ScimError, ScimType, VersionMismatch
from provisor.scim.messages import Operation, parse_patch
from provisor.scim.schemas import ResourceType

from . import membership, service
from .catalogue import is_group, is_user, keys_of, name_of
from .options import Options
from .records import Member, Record
from .service import Draft
from .showing import Shown
from .storage import Storage

_ATTEMPTS: Final = 3
Step: TypeAlias = Callable[[Record, object], Awaitable[Record]]
"""Makes the changed record of a stored one and a payload, and stores it."""
Clock: TypeAlias = Callable[[], datetime]
NewId: TypeAlias = Callable[[], str]


def utc_now() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


def random_id() -> str:
    """Return a random UUID."""
    return str(uuid.uuid4())


class Writes:
    """Changes what a storage holds."""

    def __init__(self, storage: Storage, shown: Shown, options: Options, clock: Clock, new_id: NewId) -> None:
        self._storage = storage
        self._shown = shown
        self._options = options
        self._policy = options.policy
        self._clock = clock
        self._new_id = new_id

    async def find(self, kind: ResourceType, id: str) -> Record:
        """Return the record, or refuse with 404."""
        record = await self._storage.find(kind, id)
        if record is None:
            raise NotFound(f"there is no {kind.name} with the id {id[:200]!r}")
        return record

    async def create(self, kind: ResourceType, payload: object) -> Record:
        """POST."""
        draft = service.draft(payload, kind, self._policy)
        if is_user(kind):
            draft.resource.setdefault("active", True)
        await self._check_members(draft.members)
        now = self._now()
        record = Record(
            kind,
            self._new_id(),
            draft.body,
            keys_of(draft.resource, kind),
            name_of(draft.resource),
            created=now,
            modified=now,
            password=await self._hashed(draft.password),
        )
        return await self._storage.insert(record, draft.members)

    async def replace(self, kind: ResourceType, id: str, payload: object, if_match: str | None) -> Record:
        """PUT."""
        return await self._write(kind, id, payload, if_match, self._replaced)

    async def patch(self, kind: ResourceType, id: str, payload: object, if_match: str | None) -> Record:
        """PATCH."""
        return await self._write(kind, id, payload, if_match, self._patched)

    async def delete(self, kind: ResourceType, id: str, if_match: str | None) -> None:
        """DELETE."""
        record = await self.find(kind, id)
        service.check_version(record, if_match)
        await self._storage.delete(kind, id, None if if_match is None else record.version)

    async def _write(self, kind: ResourceType, id: str, payload: object, if_match: str | None, step: Step) -> Record:
        for attempt in range(_ATTEMPTS):
            record = await self.find(kind, id)
            service.check_version(record, if_match)
            try:
                return await step(record, payload)
            except VersionMismatch:
                if if_match is not None or attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("the loop returns or raises")

    async def _replaced(self, record: Record, payload: object) -> Record:
        """What the body leaves out is cleared (RFC 7644 §3.5.1), except password and active."""
        draft = service.draft(payload, record.kind, self._policy)
        if is_user(record.kind) and "active" not in draft.resource:
            draft.resource["active"] = record.resource.get("active", True)
        if not is_group(record.kind):
            return await self._store(record, draft)
        return await self._store(record, draft, *await self._net(record.id, [membership.Replace(draft.members)]))

    async def _patched(self, record: Record, payload: object) -> Record:
        self._check_number(payload)
        operations = parse_patch(payload, self._policy)
        if is_group(record.kind):
            return await self._patched_group(record, operations)
        resource = patch.apply(record.resource, operations, record.kind, self._policy)
        return await self._store(record, service.take_apart(resource, record.kind, self._policy))

    async def _patched_group(self, record: Record, operations: Sequence[Operation]) -> Record:
        parts = membership.split(operations, self._policy, may_clear=not self._options.refuse_clearing_members)
        resource = record.resource
        changes: list[membership.Change]
        if parts is not None:
            others, changes = parts
            resource = patch.apply(resource, others, record.kind, self._policy)
        else:
            resource["members"] = await self._shown.resolved(await self._storage.members(record.id))
            resource = patch.apply(resource, operations, record.kind, self._policy)
            changes = [membership.Replace(membership.parse_members(resource.pop("members", None), self._policy))]
        return await self._store(record, Draft(resource), *await self._net(record.id, changes))

    async def _net(
        self, group_id: str, changes: Sequence[membership.Change]
    ) -> tuple[Sequence[Member], Collection[str]]:
        ids = membership.touched(changes)
        if ids is None:
            present = {member.id for member in await self._storage.members(group_id)}
        else:
            present = await self._storage.present(group_id, ids) if ids else set()
        added, removed = membership.net(changes, present)
        await self._check_members(added)
        return added, removed

    async def _store(
        self, record: Record, draft: Draft, added: Sequence[Member] = (), removed: Collection[str] = ()
    ) -> Record:
        """Store what changed; a write that changes nothing leaves version and lastModified alone (§3.5.2.1)."""
        body = draft.body
        if body == record.body and not added and not removed and not draft.password:
            return record
        changed = record.changed(
            body=body,
            keys=keys_of(draft.resource, record.kind),
            label=name_of(draft.resource),
            modified=self._now(),
            version=record.version + 1,
            password=await self._hashed(draft.password) or record.password,
        )
        return await self._storage.update(changed, added, removed)

    async def _hashed(self, password: str | None) -> str | None:
        return await self._options.hasher.hash(password) if password else None

    async def _check_members(self, members: Sequence[Member]) -> None:
        if not self._options.refuse_unknown_members or not members:
            return
        known = await self._shown.known([member.id for member in members])
        for member in members:
            if member.id not in known:
                raise BadRequest(ScimType.INVALID_VALUE, f"members: there is nobody with the id {member.id[:200]!r}")

    def _check_number(self, payload: object) -> None:
        operations = payload.get("Operations") if isinstance(payload, dict) else None
        most = self._options.limits.operations
        if isinstance(operations, list) and len(operations) > most:
            raise ScimError(413, f"the request has {len(operations)} operations; at most {most} are accepted")

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
