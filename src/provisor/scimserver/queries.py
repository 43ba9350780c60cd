"""Lists: filters, sorting and pages over one resource type or several (RFC 7644 §3.4.2, §3.4.3), by index or by cursor.

A cursor through a plain list names the last record shown, so that what is deleted meanwhile moves nothing; through a
filtered or sorted list it is a position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from provisor.scim.cursors import Method, PageLimits, Sealer, fingerprint
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
from .writes import Clock


def page_limits(options: Options) -> PageLimits:
    """Return how this server pages, for reading queries and for the configuration it announces."""
    limits = options.limits
    return PageLimits(
        min(limits.default_page, limits.page), limits.page, Method.INDEX, cursor_timeout=options.cursor_timeout
    )


class Queries:
    """Answers lists from a storage."""

    def __init__(self, storage: Storage, shown: Shown, options: Options, base: str, clock: Clock) -> None:
        self._storage = storage
        self._shown = shown
        self._pages = page_limits(options)
        self._most_filter = options.limits.filter
        self._policy = options.policy
        self._sealer = Sealer(options.cursor_key, options.cursor_timeout)
        self._base = base
        self._clock = clock

    async def answer(self, parameters: Mapping[str, Any], kinds: Sequence[ResourceType]) -> bytes:
        """Return the ListResponse for query parameters or a SearchRequest."""
        search = self._read(parameters)
        if search.cursor is not None:
            return await self._list_by_cursor(search, fingerprint(parameters, *(kind.name for kind in kinds)), kinds)
        total, shown, _ = await self._page(search, kinds)
        return service.list_body(shown, total, search.start_index)

    def _read(self, parameters: Mapping[str, Any]) -> Search:
        for name, value in parameters.items():
            if name.lower() == "filter" and isinstance(value, str) and len(value) > self._most_filter:
                raise BadRequest(
                    ScimType.INVALID_FILTER,
                    f"the filter has {len(value)} characters; at most {self._most_filter} are read",
                )
        return parse_search(parameters, self._pages)

    async def _list_by_cursor(self, search: Search, query: str, kinds: Sequence[ResourceType]) -> bytes:
        now, after, offset, count = self._clock().timestamp(), None, 0, search.count
        if search.cursor:
            asked = search.count if search.count_given else None
            opened = self._sealer.open(search.cursor, query=query, count=asked, now=now)
            (after, offset), count = opened.value, opened.count
        # One more than shown tells whether anything follows.
        total, shown, records = await self._page(replace(search, start_index=offset + 1, count=count + 1), kinds, after)
        following = None
        if 0 < count < len(shown):
            plain = search.filter is None and search.sort_by is None and len(kinds) == 1
            position = [records[count - 1].seq if plain else None, offset + count]
            following = self._sealer.seal(position, query=query, count=count, now=now)
        return service.cursor_body(shown[:count], total, following)

    async def _page(
        self, search: Search, kinds: Sequence[ResourceType], after: int | None = None
    ) -> tuple[int, list[bytes], Sequence[Record]]:
        """Return how many there are, those of this page, and their records (for one resource type)."""
        if len(kinds) > 1:
            return *await self._page_of_several(search, kinds), ()
        found = await self._find(search, kinds[0], after)
        return found.total, await self._shown.many(found.records, kinds[0], search.projection), found.records

    async def _find(self, search: Search, kind: ResourceType, after: int | None) -> Found:
        offset, count = search.start_index - 1, search.count
        plain = search.filter is None and search.sort_by is None
        if after is None and (search.filter is None or shortcut(search.filter, kind) is None):
            answered = await self._storage.search(kind, search)
            if answered is not None:
                return answered
        if plain:
            total = await self._storage.count(kind)
            if count == 0 or (after is None and offset >= total):
                return Found(total, ())
            return Found(total, await self._storage.page(kind, offset, count, after))
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

    async def _page_of_several(self, search: Search, kinds: Sequence[ResourceType]) -> tuple[int, list[bytes]]:
        """Put the matches of several resource types behind each other (RFC 7644 §3.4.2.1)."""
        total = 0
        shown: list[bytes] = []
        for kind in kinds:
            first = max(0, search.start_index - 1 - total)
            part = replace(search, start_index=first + 1, count=search.count - len(shown))
            found = await self._find(part, kind, None)
            shown += await self._shown.many(found.records, kind, search.projection)
            total += found.total
        return total, shown
