"""Bulk of RFC 7644 §3.7: reading a BulkRequest, the order of its steps, and the BulkResponse.

Pure: it says what is due and is told how it went; the server carries operations out. Circular references (§3.7.1) are
resolved by creating a resource without the reference and adding that by PATCH as soon as its target exists.

>>> batch = parse_bulk({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
...     {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"members": [{"value": "bulkId:u"}]}},
...     {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "babs"}}]})
>>> run = Run(batch)
>>> step = run.next()
>>> step.path
'/Users'
>>> run.settle(step, Outcome(201, "https://example.com/v2/Users/1"), id="1")
>>> run.next().data
{'members': [{'value': '1'}]}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from . import urns
from .bulk_references import fill, split
from .bulk_requests import Batch, BulkLimits, Method, Request, parse_bulk
from .errors import ScimError
from .messages import error_response

__all__ = ["Batch", "BulkLimits", "Method", "Outcome", "Request", "Run", "Step", "parse_bulk"]


@dataclass(frozen=True, slots=True)
class Step:
    """What the server carries out next; no reference is left in it."""

    index: int
    """Of the operation in the request."""
    method: Method
    path: str
    data: Any = None
    version: str | None = None
    """The entity tag the resource must have, as If-Match would name it."""
    completes: bool = False
    """Whether this adds what an earlier POST had to leave out; both have one entry in the response."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step went."""

    status: int
    location: str | None = None
    """The resource's URI; a POST that succeeded always has it."""
    version: str | None = None
    response: Any = None
    """The body: of a failure always (§3.7.3), of a success where the server wants to show it."""

    @classmethod
    def of(cls, error: ScimError) -> "Outcome":
        """Return the outcome that a refusal is."""
        return cls(error.status, response=error_response(error))

    @property
    def failed(self) -> bool:
        """Whether it counts towards failOnErrors."""
        return self.status >= 400


_Refused: TypeAlias = tuple[Request, ScimError]


@dataclass(slots=True)
class Run:
    """The course of a batch: `next` and `settle` in turn until `next` returns None, then `render`."""

    batch: Batch
    base: str = ""
    """The base URL, for the locations that the response needs."""
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    """The id of the resource that each bulkId stands for."""
    errors: int = 0
    _steps: "Iterator[Step | _Refused] | None" = None

    def next(self) -> Step | None:
        """Return what to carry out now; None = done, or as many errors as failOnErrors accepts."""
        if self._steps is None:
            self._steps = self._course()
        allowed = self.batch.fail_on_errors
        while allowed is None or self.errors < allowed:
            due = next(self._steps, None)
            if due is None or isinstance(due, Step):
                return due
            self._record(due[0].index, Outcome.of(due[1]))
        return None

    def settle(self, step: Step, outcome: Outcome, id: str | None = None) -> None:
        """Record how a step went; `id` is that of the resource which a POST created."""
        request = self.batch.requests[step.index]
        if step.completes and not outcome.failed:
            outcome = replace(outcome, status=201)
        if request.bulk_id is not None and id is not None and not outcome.failed:
            self.ids[request.bulk_id] = id
        self._record(step.index, outcome)

    def _record(self, index: int, outcome: Outcome) -> None:
        earlier = self.outcomes.get(index)
        if earlier is not None:
            # The resource exists and the client must learn where, even if a reference in it could not be set.
            version = earlier.version if outcome.version is None else outcome.version
            outcome = replace(outcome, location=earlier.location, version=version)
        self.errors += outcome.failed
        self.outcomes[index] = outcome

    def render(self) -> dict[str, Any]:
        """Build the BulkResponse: in the order of the request, only what was carried out (§3.7.3)."""
        done = [request for request in self.batch.requests if request.index in self.outcomes]
        entries = [self._entry(request, self.outcomes[request.index]) for request in done]
        return {"schemas": [urns.BULK_RESPONSE], "Operations": entries}

    def _entry(self, request: Request, outcome: Outcome) -> dict[str, Any]:
        location = outcome.location
        if location is None and request.method is not Method.POST:
            location = self.base + fill(request.path, self.ids)
        entry = {
            "method": request.method.value,
            "bulkId": request.bulk_id,
            "version": outcome.version,
            "location": location,
            "status": str(outcome.status),
            "response": outcome.response,
        }
        return {name: value for name, value in entry.items() if value is not None}

    def _course(self) -> "Iterator[Step | _Refused]":
        creators = {r.bulk_id: r for r in self.batch.requests if r.creates and r.bulk_id is not None}
        incomplete = _Incomplete()
        for request in _ordered(self.batch.requests, creators):
            if request.refusal is not None:
                yield request, request.refusal
            else:
                missing = request.references - self.ids.keys()
                lost = {name for name in missing if name not in creators or creators[name].index in self.outcomes}
                if lost or (missing and not request.creates):
                    yield request, _unresolved(min(lost or missing))
                else:
                    data, rest = split(request.data, missing) if missing else (request.data, None)
                    incomplete.add(request, missing, rest)
                    yield Step(
                        request.index,
                        request.method,
                        fill(request.path, self.ids),
                        fill(data, self.ids),
                        request.version,
                    )
            if request.creates and request.bulk_id is not None:
                yield from self._complete(incomplete.settled(request.bulk_id, known=request.bulk_id in self.ids))

    def _complete(self, due: "list[tuple[Request, Any, str | None]]") -> "Iterator[Step | _Refused]":
        for request, rest, lost in due:
            made = self.outcomes.get(request.index)
            if made is None or made.failed or request.bulk_id is None:
                continue
            if lost is not None:
                yield request, _unresolved(lost)
                continue
            path = f"{request.path}/{self.ids[request.bulk_id]}"
            operations = [{"op": "add", "value": fill(rest, self.ids)}]
            body = {"schemas": [urns.PATCH_OP], "Operations": operations}
            yield Step(request.index, Method.PATCH, path, body, completes=True)


@dataclass(slots=True)
class _Incomplete:
    """What was created without a reference, by the bulkIds that each still waits for."""

    missing: dict[int, set[str]] = field(default_factory=dict)
    rest: dict[int, tuple[Request, Any]] = field(default_factory=dict)
    waiting: dict[str, list[int]] = field(default_factory=dict)

    def add(self, request: Request, missing: frozenset[str], rest: Any) -> None:
        if missing:
            self.missing[request.index] = set(missing)
            self.rest[request.index] = request, rest
            for name in missing:
                self.waiting.setdefault(name, []).append(request.index)

    def settled(self, name: str, *, known: bool) -> list[tuple[Request, Any, str | None]]:
        """Return what is to be completed now, or can no longer be (the third is then the lost bulkId)."""
        due: list[tuple[Request, Any, str | None]] = []
        for index in self.waiting.pop(name, ()):
            missing = self.missing.get(index)
            if missing is None:
                continue
            missing.discard(name)
            if not known or not missing:
                del self.missing[index]
                due.append((*self.rest.pop(index), None if known else name))
        return due


def _ordered(requests: tuple[Request, ...], creators: Mapping[str, Request]) -> Iterator[Request]:
    """Yield in the request's order, but creators before those who refer to them; a circle is cut where it closes.

    Without recursion, so that a long chain of references is as good as a short one.
    """
    begun: set[int] = set()
    for root in requests:
        if root.index in begun:
            continue
        begun.add(root.index)
        stack = [(root, sorted(root.references, reverse=True))]
        while stack:
            request, references = stack[-1]
            if not references:
                stack.pop()
                yield request
                continue
            creator = creators.get(references.pop())
            if creator is not None and creator.index not in begun:
                begun.add(creator.index)
                stack.append((creator, sorted(creator.references, reverse=True)))


def _unresolved(name: str) -> ScimError:
    """Build the refusal of §3.7.1, 409, for a reference without a resource."""
    return ScimError(409, f"bulkId:{name[:100]} stands for no resource that this request has created")
