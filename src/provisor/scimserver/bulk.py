"""Carries out Bulk requests (RFC 7644 §3.7): one step after the other, as `scim.bulk` orders and words them."""

import asyncio
from typing import Any, Final

from provisor.scim.bulk import BulkLimits, Method, Outcome, Run, Step, parse_bulk
from provisor.scim.errors import NotFound, ScimError

from .catalogue import Catalogue
from .options import Options
from .records import Record
from .writes import Writes

_BREATH: Final = 50
"""Steps after which other requests get a turn."""


class Bulk:
    """Runs batches through the same writes that single requests take."""

    def __init__(self, writes: Writes, catalogue: Catalogue, options: Options, base: str) -> None:
        self._writes = writes
        self._catalogue = catalogue
        self._base = base
        self.limits = BulkLimits(options.limits.operations, options.limits.bulk_body)

    async def run(self, payload: Any) -> dict[str, Any]:
        """Return the BulkResponse."""
        run, done = Run(parse_bulk(payload, self.limits), self._base), 0
        while (step := run.next()) is not None:
            try:
                outcome, id = await self._carry_out(step)
            except ScimError as problem:
                outcome, id = Outcome.of(problem), None
            run.settle(step, outcome, id)
            done += 1
            if done % _BREATH == 0:
                await asyncio.sleep(0)
        return run.render()

    async def _carry_out(self, step: Step) -> tuple[Outcome, str | None]:
        head, _, id = step.path[1:].partition("/")
        kind = self._catalogue.by_endpoint.get("/" + head.lower())
        if kind is None:
            raise NotFound(f"there is nothing at {step.path[:200]}")
        match step.method:
            case Method.POST:
                record = await self._writes.create(kind, step.data)
                return self._outcome(201, record), record.id
            case Method.PUT:
                record = await self._writes.replace(kind, id, step.data, step.version)
            case Method.PATCH:
                record = await self._writes.patch(kind, id, step.data, step.version)
            case Method.DELETE:
                await self._writes.delete(kind, id, step.version)
                return Outcome(204), id
        return self._outcome(200, record), record.id

    def _outcome(self, status: int, record: Record) -> Outcome:
        return Outcome(status, f"{self._base}{record.kind.endpoint}/{record.id}", record.etag)
