"""The stand-alone server's site: the SCIM service at its base path, and `/_faults` and `/_requests` where asked for."""

from provisor.scim.errors import ScimError

from .application import ScimApp
from .asgi import Headers, Scope
from .faults import Faults
from .handler import error
from .options import BASE_PATH, Options
from .wire import Response


class Site:
    """Sends each request to whom its path belongs."""

    def __init__(self, app: ScimApp, options: Options, faults: Faults | None) -> None:
        self._app = app
        self._options = options
        self._faults = faults

    async def answer(self, scope: Scope, headers: Headers, body: bytes) -> Response:
        """Answer one request."""
        path: str = scope["path"]
        if self._faults is not None and path in ("/_faults", "/_requests"):
            return self._administer(scope, headers, path, body)
        scope["root_path"] = BASE_PATH
        return await self._app.answer(scope, headers, body)

    def _administer(self, scope: Scope, headers: Headers, path: str, body: bytes) -> Response:
        credential = self._options.credential
        if not credential.admits(headers.get(b"authorization")):
            problem = ScimError(401, "the Authorization header is missing or not the one this server expects")
            return error(problem, (b"www-authenticate", credential.challenge))
        assert self._faults is not None
        return self._faults.administer(scope["method"], path, body)
