"""Reading: lists, filters, sorting, pages, and how one record is shown (RFC 7644 §3.4)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from provisor.scim.messages import Search, parse_search
from provisor.scim.policy import Policy
from provisor.scim.projection import Projection, project
from provisor.scim.schemas import GROUP, USER, ResourceType

from . import service
from .records import Record, render, render_groups, render_members
from .storage import Storage

_SLICE: Final = 2000
"""Records scanned before other requests get a turn."""


class Queries:
    """Answers reads from a storage."""

    def __init__(self, storage: Storage, base: str, policy: Policy) -> None:
        self._storage = storage
        self._base = base
        self._policy = policy

    async def list(self, parameters: Mapping[str, Any], kinds: Sequence[ResourceType]) -> bytes:
        """Return the ListResponse for query parameters or a SearchRequest."""
        search = parse_search(parameters)
        offset = search.start_index - 1
        if len(kinds) == 1 and search.filter is None and search.sort_by is None:
            total = await self._storage.count(kinds[0])
            page = await self._storage.page(kinds[0], offset, search.count)
        else:
            found = [record for kind in kinds for record in await self._matches(search, kind)]
            total, page = len(found), found[offset : offset + search.count]
        shown = [await self.show(record, search.projection) for record in page]
        return service.list_body(shown, total, search.start_index)

    async def show(self, record: Record, projection: Projection) -> bytes:
        """Render one record as the client wants to see it."""
        if not projection:
            return render(record, self._base, await self._parts(record))
        part = "groups" if record.kind is USER else "members"
        hidden = projection.leaves_out(record.kind, part)
        body = render(record, self._base, b"" if hidden else await self._parts(record))
        if hidden and projection.excluded == (part,):
            return body
        return orjson.dumps(project(orjson.loads(body), record.kind, projection))

    async def anyone(self, id: str) -> Record | None:
        """Return the user or group of this id, or None."""
        return await self._storage.find(USER, id) or await self._storage.find(GROUP, id)

    async def _parts(self, record: Record) -> bytes:
        if record.kind is USER:
            return render_groups(await self._storage.lookup(GROUP, "members", record.id), self._base)
        members = await self._storage.members(record.id)
        return render_members([(member, await self.anyone(member.id)) for member in members], self._base)

    async def _matches(self, search: Search, kind: ResourceType) -> Sequence[Record]:
        """Return every match in order; an index narrows what has to be decoded."""
        shortcut = service.shortcut(search.filter, kind) if search.filter is not None else None
        if shortcut is not None:
            candidates = await self._storage.lookup(kind, shortcut.attribute, shortcut.key)
        else:
            candidates = await self._storage.page(kind, 0, await self._storage.count(kind))
        if search.sort_by is None and (shortcut is not None and shortcut.exact):
            return candidates
        return await self._scan(search, kind, candidates)

    async def _scan(self, search: Search, kind: ResourceType, candidates: Sequence[Record]) -> Sequence[Record]:
        text = search.filter_text
        matches = service.predicate(text, kind.name, self._policy) if text else None
        key = service.sort_key(search.sort_by, kind) if search.sort_by else None
        part = "groups" if kind is USER else "members"
        with_parts = service.mentions(search.filter, part) or (search.sort_by or "").lower().startswith(part)
        found: list[tuple[Any, Record]] = []
        for number, record in enumerate(candidates, 1):
            parts = await self._parts(record) if with_parts else b""
            document = orjson.loads(render(record, self._base, parts))
            if matches is None or matches(document):
                found.append((key(document) if key else None, record))
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        if key is not None:
            found.sort(key=lambda pair: pair[0], reverse=search.descending)
        return [record for _, record in found]
