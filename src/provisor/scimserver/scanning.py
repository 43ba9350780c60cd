"""Looks through records for what no index answers: filters, sorts, and says what matched (RFC 7644 §3.4.2.2, §3.4.2.3).

It reads what it is given; where the records come from is the storage's business.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from provisor.scim.filters import Predicate, compile_filter, parse_attr_path, parse_filter
from provisor.scim.messages import Search
from provisor.scim.policy import Policy
from provisor.scim.schemas import ResourceType
from provisor.scim.sort import sort_key

from .catalogue import computed_part
from .indexes import covered, key_of, mentions, needle
from .records import Record, meta_of

_SLICE: Final = 2000
"""Records looked through before other requests get a turn."""

Parts = Callable[[Sequence[Record]], Awaitable[Mapping[str, Any]]]
"""Returns the computed part (`groups`, `members`) of each of these records by id."""


@lru_cache(maxsize=1024)
def predicate(text: str, kind: ResourceType, policy: Policy) -> Predicate:
    """Return the compiled filter; clients repeat themselves, so each text is compiled once."""
    return compile_filter(parse_filter(text), kind, policy=policy)


async def scan(
    search: Search, kind: ResourceType, policy: Policy, records: Sequence[Record], base: str, parts: Parts
) -> Sequence[Record]:
    """Return every match among the records, in the order asked for."""
    by_keys = covered(search.filter, kind) and (search.sort_by is None or _sorts_by_key(search.sort_by, kind))
    matches = predicate(search.filter_text, kind, policy) if search.filter_text else None
    key = sort_key(search.sort_by, kind) if search.sort_by else None
    part = computed_part(kind)
    reads_part = part is not None and (mentions(search.filter, part) or (search.sort_by or "").lower().startswith(part))
    wanted = None if by_keys else needle(search.filter)
    found: list[tuple[Any, Record]] = []
    for first in range(0, len(records), _SLICE):
        if first:
            await asyncio.sleep(0)
        some = _possible(records[first : first + _SLICE], wanted)
        computed = await parts(some) if reads_part and some else {}
        for record in some:
            document = dict(record.keys) if by_keys else _document(record, base, part, computed)
            if matches is None or matches(document):
                found.append((key(document) if key else None, record))
    if key is not None:
        found.sort(key=lambda pair: pair[0], reverse=search.descending)
    return [record for _, record in found]


def _possible(records: Sequence[Record], wanted: bytes | None) -> Sequence[Record]:
    if wanted is None:
        return records
    return [r for r in records if wanted in r.body.lower() or not r.body.isascii()]


def _document(record: Record, base: str, part: str | None, computed: Mapping[str, Any]) -> dict[str, Any]:
    document = record.resource
    document["id"] = record.id
    document["meta"] = meta_of(record, base)
    if part is not None and record.id in computed:
        document[part] = computed[record.id]
    return document


def _sorts_by_key(sort_by: str, kind: ResourceType) -> bool:
    return key_of(parse_attr_path(sort_by), kind) is not None
