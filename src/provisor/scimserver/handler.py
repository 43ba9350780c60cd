"""Finds what a request is for, has it done, and renders the answer (RFC 7644 §3.2). Reading and writing are elsewhere.

It turns every `ScimError` into its response; anything else is our bug and surfaces at the ASGI edge.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import orjson

from provisor.scim.errors import BadRequest, NotFound, ScimError, ScimType
from provisor.scim.messages import error_response
from provisor.scim.projection import Projection, parse_projection
from provisor.scim.schemas import ResourceType

from . import service
from .bulk import Bulk
from .catalogue import Catalogue, is_group, is_user, keyed
from .discovery import Discovery
from .options import Options
from .queries import Queries
from .records import Record
from .showing import Shown
from .storage import Storage
from .wire import CONTENT_TYPE, Request, Response
from .writes import Clock, NewId, Writes, random_id, utc_now


def error(problem: ScimError, *headers: tuple[bytes, bytes]) -> Response:
    """Render a refusal (RFC 7644 §3.12)."""
    body = orjson.dumps(error_response(problem), option=orjson.OPT_NON_STR_KEYS)
    return Response(problem.status, body, ((b"content-type", CONTENT_TYPE), *headers))


class Handler:
    """Answers requests below one base URL from one storage."""

    def __init__(
        self, storage: Storage, options: Options, base: str, *, clock: Clock = utc_now, new_id: NewId = random_id
    ) -> None:
        self._storage = storage
        self._options = options
        self._base = base
        self._catalogue = Catalogue(options.resource_types)
        self._shown = Shown(storage, self._catalogue, base)
        self._queries = Queries(storage, self._shown, options, base, clock)
        self._writes = Writes(storage, self._shown, options, clock, new_id)
        self._bulk = Bulk(self._writes, self._catalogue, options, base)
        self._discovery = Discovery(base, options)

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        try:
            return await self._dispatch(request)
        except ScimError as problem:
            return error(problem)

    async def _dispatch(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        head, _, rest = path[1:].partition("/")
        kind = self._catalogue.by_endpoint.get("/" + head.lower())
        if kind is not None and "/" not in rest:
            if not rest:
                return await self._collection(kind, request)
            if rest == ".search":
                return await self._search(request, (kind,))
            return await self._resource(kind, rest, request)
        if path == "/.search":
            return await self._search(request, self._catalogue.kinds)
        if path == "/Bulk":
            return await self._run_bulk(request)
        if path == "/Me":
            return await self._resource(*await self._me(request), request)
        return self._discover(path, request)

    async def _run_bulk(self, request: Request) -> Response:
        if request.method != "POST":
            return _not_allowed(request, "POST")
        self._bulk.limits.check_payload(len(request.body))
        depth = self._options.limits.depth + 3
        payload = service.decode(request.body, request.content_type, depth)
        return _ok(orjson.dumps(await self._bulk.run(payload)))

    async def _me(self, request: Request) -> tuple[ResourceType, str]:
        """Return whom `/Me` stands for (RFC 7644 §3.11)."""
        user_type = next((kind for kind in self._catalogue.kinds if is_user(kind)), None)
        if self._options.me is None or user_type is None:
            raise ScimError(501, "/Me is not implemented here: no user belongs to the credential")
        name = keyed(user_type)["userName"].key(request.subject or "")
        found = await self._storage.lookup(user_type, "userName", name) if name else ()
        if not found:
            raise NotFound("no user belongs to the credential of this request")
        return user_type, found[0].id

    def _discover(self, path: str, request: Request) -> Response:
        document = self._discovery.documents.get(path)
        if document is not None:
            if request.method != "GET":
                return _not_allowed(request, "GET")
            if "filter" in service.parse_query(request.query):
                # RFC 7644 §4: a filter on discovery is answered with 403.
                raise ScimError(403, "discovery endpoints take no filter (RFC 7644 §4)")
            return _ok(document)
        raise NotFound(f"there is nothing at {path[:200] or '/'}")

    async def _collection(self, kind: ResourceType, request: Request) -> Response:
        if request.method == "GET":
            return _ok(await self._queries.answer(service.parse_query(request.query), (kind,)))
        if request.method == "POST":
            projection = _projection(request)
            record = await self._writes.create(kind, self._payload(request))
            return await self._show(201, record, projection)
        return _not_allowed(request, "GET, POST")

    async def _search(self, request: Request, kinds: Sequence[ResourceType]) -> Response:
        if request.method != "POST":
            return _not_allowed(request, "POST")
        body = self._payload(request)
        if not isinstance(body, dict):
            raise BadRequest(ScimType.INVALID_SYNTAX, "a SearchRequest must be a JSON object")
        return _ok(await self._queries.answer(body, kinds))

    async def _resource(self, kind: ResourceType, id: str, request: Request) -> Response:
        if request.method not in ("GET", "PUT", "PATCH", "DELETE"):
            return _not_allowed(request, "GET, PUT, PATCH, DELETE")
        projection = _projection(request)
        match request.method:
            case "GET":
                return await self._get(kind, id, request, projection)
            case "PUT":
                record = await self._writes.replace(kind, id, self._payload(request), request.if_match)
            case "PATCH":
                record = await self._writes.patch(kind, id, self._payload(request), request.if_match)
                if is_group(kind) and not projection and not self._options.patch_shows_members:
                    projection = Projection(excluded=("members",))
            case _:
                await self._writes.delete(kind, id, request.if_match)
                return Response(204)
        return await self._show(200, record, projection)

    async def _get(self, kind: ResourceType, id: str, request: Request, projection: Projection) -> Response:
        record = await self._writes.find(kind, id)
        if request.if_none_match is not None and service.matches_etag(record, request.if_none_match):
            return Response(304, b"", ((b"etag", record.etag.encode()),))
        return await self._show(200, record, projection)

    async def _show(self, status: int, record: Record, projection: Projection) -> Response:
        body = await self._shown.one(record, projection)
        headers = [(b"content-type", CONTENT_TYPE), (b"etag", record.etag.encode())]
        if status == 201:
            location = f"{self._base}{record.kind.endpoint}/{quote(record.id)}"
            headers.append((b"location", location.encode()))
        return Response(status, body, tuple(headers))

    def _payload(self, request: Request) -> Any:
        return service.decode(request.body, request.content_type, self._options.limits.depth)


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
