"""Sequences rules and storage for each request: find, decide, store, show. The rules are in `service`.

It turns every `ScimError` into its response; anything else is our bug and surfaces at the ASGI edge.
"""

import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeAlias
from urllib.parse import quote

import orjson

from provisor.scim import patch
from provisor.scim.errors import BadRequest, NotFound, ScimError, ScimType, VersionMismatch
from provisor.scim.messages import Operation, error_response, parse_patch
from provisor.scim.projection import Projection, parse_projection
from provisor.scim.schemas import GROUP, USER, ResourceType

from . import membership, service
from .discovery import Discovery
from .options import Options
from .queries import Queries
from .records import KINDS, Member, Record, hash_password, keys_of, label_of, render_member
from .service import Draft
from .storage import Storage
from .wire import CONTENT_TYPE, Request, Response

_BY_ENDPOINT: Final = {kind.endpoint.lower(): kind for kind in KINDS.values()}
_ATTEMPTS: Final = 3
"""How often a write is tried again when another one came in between and the client named no version."""
Step: TypeAlias = Callable[[Record, object], Awaitable[Record]]
"""Makes the changed record of a stored one and a payload, and stores it."""


def error(problem: ScimError, *headers: tuple[bytes, bytes]) -> Response:
    """Render a refusal (RFC 7644 §3.12)."""
    body = orjson.dumps(error_response(problem), option=orjson.OPT_NON_STR_KEYS)
    return Response(problem.status, body, ((b"content-type", CONTENT_TYPE), *headers))


class Handler:
    """Answers requests below one base URL from one storage."""

    def __init__(
        self,
        storage: Storage,
        options: Options,
        base: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._storage = storage
        self._options = options
        self._policy = options.policy
        self._base = base
        self._clock = clock
        self._new_id = new_id
        self._queries = Queries(storage, base, options.policy)
        self._discovery = Discovery(base, options.credential.scheme)

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        try:
            return await self._dispatch(request)
        except ScimError as problem:
            return error(problem)

    async def _dispatch(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        head, _, rest = path[1:].partition("/")
        kind = _BY_ENDPOINT.get("/" + head.lower())
        if kind is not None and "/" not in rest:
            if not rest:
                return await self._collection(kind, request)
            if rest == ".search":
                return await self._search(request, (kind,))
            return await self._resource(kind, rest, request)
        if path == "/.search":
            return await self._search(request, tuple(KINDS.values()))
        return self._elsewhere(path, request)

    def _elsewhere(self, path: str, request: Request) -> Response:
        document = self._discovery.documents.get(path)
        if document is not None:
            if request.method != "GET":
                return _not_allowed(request, "GET")
            if "filter" in service.parse_query(request.query):
                # RFC 7644 §4: a filter on discovery is answered with 403.
                raise ScimError(403, "discovery endpoints take no filter (RFC 7644 §4)")
            return _ok(document)
        if path in ("/Bulk", "/Me"):
            raise ScimError(501, f"{path} is not implemented by this server")
        raise NotFound(f"there is nothing at {path[:200] or '/'}")

    async def _collection(self, kind: ResourceType, request: Request) -> Response:
        if request.method == "GET":
            return _ok(await self._queries.list(service.parse_query(request.query), (kind,)))
        if request.method == "POST":
            return await self._create(kind, request)
        return _not_allowed(request, "GET, POST")

    async def _search(self, request: Request, kinds: Sequence[ResourceType]) -> Response:
        if request.method != "POST":
            return _not_allowed(request, "POST")
        body = service.decode(request.body, request.content_type)
        if not isinstance(body, dict):
            raise BadRequest(ScimType.INVALID_SYNTAX, "a SearchRequest must be a JSON object")
        return _ok(await self._queries.list(body, kinds))

    async def _resource(self, kind: ResourceType, id: str, request: Request) -> Response:
        match request.method:
            case "GET":
                return await self._get(kind, id, request)
            case "PUT":
                return await self._write(kind, id, request, self._replaced)
            case "PATCH":
                return await self._write(kind, id, request, self._patched)
            case "DELETE":
                return await self._delete(kind, id, request)
        return _not_allowed(request, "GET, PUT, PATCH, DELETE")

    async def _find(self, kind: ResourceType, id: str) -> Record:
        record = await self._storage.find(kind, id)
        if record is None:
            raise NotFound(f"there is no {kind.name} with the id {id[:200]!r}")
        return record

    async def _get(self, kind: ResourceType, id: str, request: Request) -> Response:
        projection = _projection(request)
        record = await self._find(kind, id)
        if request.if_none_match is not None and service.matches_etag(record, request.if_none_match):
            return Response(304, b"", ((b"etag", record.etag.encode()),))
        return await self._show(200, record, projection)

    async def _create(self, kind: ResourceType, request: Request) -> Response:
        projection = _projection(request)
        draft = service.draft(service.decode(request.body, request.content_type), kind, self._policy)
        if kind is USER:
            draft.resource.setdefault("active", True)
        await self._check_members(draft.members)
        now = self._now()
        record = Record(
            kind,
            self._new_id(),
            draft.body,
            keys_of(draft.resource),
            label_of(draft.resource),
            created=now,
            modified=now,
            password=hash_password(draft.password) if draft.password else None,
        )
        await self._storage.insert(record, draft.members)
        return await self._show(201, record, projection)

    async def _write(self, kind: ResourceType, id: str, request: Request, step: Step) -> Response:
        projection = _projection(request)
        payload = service.decode(request.body, request.content_type)
        for attempt in range(_ATTEMPTS):
            record = await self._find(kind, id)
            service.check_version(record, request.if_match)
            try:
                record = await step(record, payload)
                break
            except VersionMismatch:
                if request.if_match is not None or attempt == _ATTEMPTS - 1:
                    raise
        if kind is GROUP and request.method == "PATCH" and not projection and not self._options.patch_shows_members:
            projection = Projection(excluded=("members",))
        return await self._show(200, record, projection)

    async def _replaced(self, record: Record, payload: object) -> Record:
        """PUT: what the body leaves out is cleared (RFC 7644 §3.5.1), except password and active."""
        draft = service.draft(payload, record.kind, self._policy)
        if record.kind is USER and "active" not in draft.resource:
            draft.resource["active"] = orjson.loads(record.body).get("active", True)
        if record.kind is USER:
            return await self._store(record, draft)
        return await self._store(record, draft, *await self._net(record.id, [membership.Replace(draft.members)]))

    async def _patched(self, record: Record, payload: object) -> Record:
        operations = parse_patch(payload, self._policy)
        if record.kind is USER:
            resource = patch.apply(orjson.loads(record.body), operations, USER, self._policy)
            return await self._store(record, service.take_apart(resource, USER, self._policy))
        return await self._patched_group(record, operations)

    async def _patched_group(self, record: Record, operations: Sequence[Operation]) -> Record:
        parts = membership.split(operations, self._policy, may_clear=not self._options.refuse_clearing_members)
        resource = orjson.loads(record.body)
        changes: list[membership.Change]
        if parts is not None:
            others, changes = parts
            resource = patch.apply(resource, others, GROUP, self._policy)
        else:
            members = await self._storage.members(record.id)
            resource["members"] = [
                render_member(member, await self._queries.anyone(member.id), self._base) for member in members
            ]
            resource = patch.apply(resource, operations, GROUP, self._policy)
            changes = [membership.Replace(membership.parse_members(resource.pop("members", None), self._policy))]
        return await self._store(record, Draft(resource), *await self._net(record.id, changes))

    async def _net(
        self, group_id: str, changes: Sequence[membership.Change]
    ) -> tuple[Sequence[Member], Collection[str]]:
        ids = membership.touched(changes)
        if ids is None:
            present = {member.id: None for member in await self._storage.members(group_id)}
            added, removed = membership.net(changes, set(present))
        else:
            added, removed = membership.net(changes, await self._storage.present(group_id, ids) if ids else set())
        await self._check_members(added)
        return added, removed

    async def _store(
        self, record: Record, draft: Draft, added: Sequence[Member] = (), removed: Collection[str] = ()
    ) -> Record:
        """Store what changed; a write that changes nothing leaves version and lastModified alone (§3.5.2.1)."""
        body = draft.body
        if body == record.body and not added and not removed and not draft.password:
            return record
        changed = replace(
            record,
            body=body,
            keys=keys_of(draft.resource),
            label=label_of(draft.resource),
            modified=self._now(),
            version=record.version + 1,
            password=hash_password(draft.password) if draft.password else record.password,
        )
        await self._storage.update(changed, added, removed)
        return changed

    async def _check_members(self, members: Sequence[Member]) -> None:
        if not self._options.refuse_unknown_members:
            return
        for member in members:
            if await self._queries.anyone(member.id) is None:
                raise BadRequest(ScimType.INVALID_VALUE, f"members: there is nobody with the id {member.id[:200]!r}")

    async def _delete(self, kind: ResourceType, id: str, request: Request) -> Response:
        record = await self._find(kind, id)
        service.check_version(record, request.if_match)
        await self._storage.delete(kind, id)
        return Response(204)

    async def _show(self, status: int, record: Record, projection: Projection) -> Response:
        body = await self._queries.show(record, projection)
        headers = [(b"content-type", CONTENT_TYPE), (b"etag", record.etag.encode())]
        if status == 201:
            location = f"{self._base}{record.kind.endpoint}/{quote(record.id)}"
            headers.append((b"location", location.encode()))
        return Response(status, body, tuple(headers))

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _projection(request: Request) -> Projection:
    if "ttributes" not in request.query:
        return Projection()
    given = {name.lower(): value for name, value in service.parse_query(request.query).items()}
    return parse_projection(given.get("attributes"), given.get("excludedattributes"))


def _ok(body: bytes) -> Response:
    return Response(200, body, ((b"content-type", CONTENT_TYPE),))


def _not_allowed(request: Request, allowed: str) -> Response:
    problem = ScimError(405, f"{request.method} is not possible here; allowed: {allowed}")
    return error(problem, (b"allow", allowed.encode()))
