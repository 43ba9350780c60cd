"""Lists: filters, sorting and pages over one resource type or several (RFC 7644 §3.4.2, §3.4.3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from provisor.scim.errors import BadRequest, ScimType
from provisor.scim.messages import Search, parse_search
from provisor.scim.schemas import ResourceType

from . import service
from .indexes import shortcut
from .options import Options
from .records import Record
from .scanning import scan
from .showing import Shown
from .storage import Found, Storage


class Queries:
    """Answers lists from a storage."""

    def __init__(self, storage: Storage, shown: Shown, options: Options, base: str) -> None:
        self._storage = storage
        self._shown = shown
        self._limits = options.limits
        self._policy = options.policy
        self._base = base

    async def list(self, parameters: Mapping[str, Any], kinds: Sequence[ResourceType]) -> bytes:
        """Return the ListResponse for query parameters or a SearchRequest."""
        search = self._read(parameters)
        if len(kinds) == 1:
            found = await self._find(search, kinds[0])
            shown = await self._shown.many(found.records, kinds[0], search.projection)
            return service.list_body(shown, found.total, search.start_index)
        return await self._list_several(search, kinds)

    def _read(self, parameters: Mapping[str, Any]) -> Search:
        for name, value in parameters.items():
            if name.lower() == "filter" and isinstance(value, str) and len(value) > self._limits.filter:
                raise BadRequest(
                    ScimType.INVALID_FILTER,
                    f"the filter has {len(value)} characters; at most {self._limits.filter} are read",
                )
        return parse_search(parameters)

    async def _find(self, search: Search, kind: ResourceType) -> Found:
        offset, count = search.start_index - 1, min(search.count, self._limits.page)
        if search.filter is None and search.sort_by is None:
            total = await self._storage.count(kind)
            page = await self._storage.page(kind, offset, count) if count and offset < total else ()
            return Found(total, page)
        if shortcut(search.filter, kind) is None if search.filter else True:
            answered = await self._storage.search(kind, search)
            if answered is not None:
                return answered
        records = await self._matches(search, kind)
        return Found(len(records), records[offset : offset + count])

    async def _matches(self, search: Search, kind: ResourceType) -> Sequence[Record]:
        """Return every match in order; an index narrows what has to be decoded."""
        index = shortcut(search.filter, kind) if search.filter is not None else None
        if index is not None:
            records = await self._storage.lookup(kind, index.attribute, index.key)
            if search.sort_by is None and index.exact:
                return records
        else:
            records = await self._storage.page(kind, 0, await self._storage.count(kind))
        return await scan(search, kind, self._policy, records, self._base, lambda some: self._shown.parts(some, kind))

    async def _list_several(self, search: Search, kinds: Sequence[ResourceType]) -> bytes:
        """Put the matches of several resource types behind each other (RFC 7644 §3.4.2.1)."""
        offset, count = search.start_index - 1, min(search.count, self._limits.page)
        total = 0
        shown: list[bytes] = []
        for kind in kinds:
            records = await self._matches(search, kind)
            first = max(0, offset - total)
            shown += await self._shown.many(records[first : first + count - len(shown)], kind, search.projection)
            total += len(records)
        return service.list_body(shown, total, search.start_index)
