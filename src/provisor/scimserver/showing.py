"""How records are shown: with their computed part, as far as the client wants to see them (RFC 7644 §3.9).

A page's groups or members are asked for once for all its records.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from provisor.scim.projection import Projection, project
from provisor.scim.schemas import ResourceType

from .catalogue import Catalogue, computed_part, is_group, is_user
from .records import Label, Member, Record, meta_of, render, render_groups, render_member, render_members
from .storage import Storage


class Shown:
    """Renders what a storage holds, below one base URL."""

    def __init__(self, storage: Storage, catalogue: Catalogue, base: str) -> None:
        self._storage = storage
        self._kinds = catalogue.kinds
        self._endpoints = {kind.name: kind.endpoint for kind in catalogue.kinds}
        self._base = base

    async def one(self, record: Record, projection: Projection) -> bytes:
        """Render one record."""
        (shown,) = await self.many((record,), record.kind, projection)
        return shown

    async def many(self, records: Sequence[Record], kind: ResourceType, projection: Projection) -> list[bytes]:
        """Render records of one resource type."""
        part, base = computed_part(kind), self._base
        hidden = part is None or (bool(projection) and projection.leaves_out(kind, part))
        parts = {} if hidden else await self._rendered_parts(records, kind)
        if not projection or not hidden or projection.excluded == (part,):
            shown = [render(record, base, parts.get(record.id, b"")) for record in records]
            if not projection or hidden:
                return shown
        if hidden:
            with_meta = not projection.attributes or projection.mentions(kind, "meta")
            documents = [self._document(record, with_meta=with_meta) for record in records]
        else:
            documents = [orjson.loads(one) for one in shown]
        return [orjson.dumps(project(document, kind, projection)) for document in documents]

    def _document(self, record: Record, *, with_meta: bool) -> dict[str, Any]:
        """Return a resource without its computed part; not made from its bytes, most of which nobody wants to see."""
        document = {"id": record.id, **record.resource}
        if with_meta:
            document["meta"] = meta_of(record, self._base)
        return document

    async def parts(self, records: Sequence[Record], kind: ResourceType) -> Mapping[str, Any]:
        """Return the computed part of each record as JSON values, for filters that read it."""
        rendered = await self._rendered_parts(records, kind)
        return {id: orjson.loads(b"{" + shown[1:] + b"}")[computed_part(kind)] for id, shown in rendered.items()}

    async def resolved(self, members: Sequence[Member]) -> list[dict[str, str]]:
        """Return members as a response shows them."""
        known = await self._storage.named([member.id for member in members], self._kinds)
        return [render_member(member, known.get(member.id), self._endpoints, self._base) for member in members]

    async def known(self, ids: Sequence[str]) -> Mapping[str, Label]:
        """Return what to call the resources behind these ids, for as many as exist."""
        return await self._storage.named(ids, self._kinds)

    async def _rendered_parts(self, records: Sequence[Record], kind: ResourceType) -> Mapping[str, bytes]:
        if is_user(kind):
            groups = await self._storage.groups_of([record.id for record in records])
            return {id: render_groups(labels, self._base) for id, labels in groups.items()}
        if not is_group(kind):
            return {}
        parts: dict[str, bytes] = {}
        for record in records:
            members = await self._storage.members(record.id)
            if members:
                known = await self._storage.named([member.id for member in members], self._kinds)
                parts[record.id] = render_members(members, known, self._endpoints, self._base)
        return parts
