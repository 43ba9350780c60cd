"""The stand-alone server's site: a SCIM service for each tenant, the page at `/`, and `/_faults` and `/_requests`.

/scim/v2            the service whose credential the options name
/{tenant}/scim/v2   one more for each tenant, with a storage and a credential of its own
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from provisor.scim.errors import NotFound, ScimError

from .application import ScimApp
from .asgi import Headers, Scope
from .auth import Credential, Scheme
from .faults import Faults
from .handler import error
from .options import BASE_PATH, Options
from .page import SHOWN, Holdings, page
from .storage import Storage
from .watching import Watch
from .wire import Response


@dataclass(frozen=True, slots=True)
class Service:
    """One tenant's service."""

    url: str
    storage: Storage
    credential: Credential
    app: ScimApp


class Site:
    """Sends each request to whom its path belongs."""

    def __init__(self, options: Options, faults: Faults | None, watch: Watch | None) -> None:
        self._options = options
        self._faults = faults
        self._watch = watch
        self._services: dict[str, Service] = {}

    def add(self, root: str, url: str, storage: Storage, credential: Credential) -> None:
        """Open a service below a path."""
        options = self._options.for_tenant(credential)
        self._services[root] = Service(url, storage, credential, ScimApp(storage, options, base_url=url))

    async def answer(self, scope: Scope, headers: Headers, body: bytes) -> Response:
        """Answer one request."""
        path: str = scope["path"]
        root = BASE_PATH if path.startswith(BASE_PATH) else path[: path.find("/", 1)] + BASE_PATH
        service = self._services.get(root)
        if service is not None and path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
            scope["root_path"] = root
            return await service.app.answer(scope, headers, body)
        if path == "/" and self._watch is not None:
            return await self._page(scope["method"], headers)
        if path in ("/_faults", "/_requests") and self._faults is not None:
            return self._administer(scope["method"], path, headers, body)
        if not self._options.credential.admits(headers.get(b"authorization")):
            return _unauthorized(self._options.credential.challenge)
        known = ", ".join(self._services)
        return error(NotFound(f"there is nothing at {path[:200]}; SCIM is at {known}"))

    def _administer(self, method: str, path: str, headers: Headers, body: bytes) -> Response:
        assert self._faults is not None
        if not self._options.credential.admits(headers.get(b"authorization")):
            return _unauthorized(self._options.credential.challenge)
        return self._faults.administer(method, path, body)

    async def _page(self, method: str, headers: Headers) -> Response:
        if method not in ("GET", "HEAD"):
            return error(ScimError(405, f"{method} is not possible here"), (b"allow", b"GET"))
        open_to = {root: each for root, each in self._services.items() if _may_look(each.credential, headers)}
        if not open_to:
            return _unauthorized(b'Basic realm="any name, and the token as the password"')
        assert self._watch is not None
        holdings = []
        for service in open_to.values():
            for kind in self._options.resource_types:
                total = await service.storage.count(kind)
                records = await service.storage.page(kind, 0, SHOWN)
                holdings.append(Holdings(service.url, kind.endpoint.strip("/"), total, records))
        seen = [each for each in self._watch.last() if each.target.startswith(tuple(f"{root}/" for root in open_to))]
        return page(holdings, seen)


def _may_look(credential: Credential, headers: Mapping[bytes, bytes]) -> bool:
    """A browser can only send HTTP Basic: the token is its password then."""
    given = headers.get(b"authorization")
    if credential.admits(given):
        # Without a credential, a page of another site that resolves its name to us must not read this one.
        host = headers.get(b"host", b"").rsplit(b":", 1)[0]
        return credential.scheme is not Scheme.ANONYMOUS or host in (b"127.0.0.1", b"localhost", b"[::1]")
    scheme, _, encoded = (given or b"").partition(b" ")
    if scheme.lower() != b"basic":
        return False
    try:
        password = base64.b64decode(encoded.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return False
    return credential.admits(b"Bearer " + password) or credential.admits(password)


def _unauthorized(challenge: bytes) -> Response:
    problem = ScimError(401, "the Authorization header is missing or not the one this server expects")
    return error(problem, (b"www-authenticate", challenge))
