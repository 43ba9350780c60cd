"""Talks to the running server for a command: one call, its JSON, and refusals as sentences."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from provisor.cli.exits import CommandFailed
from provisor.cli.options import Address

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

T = TypeVar("T")


class Refused(CommandFailed):
    """The server answered, and the answer is no."""

    def __init__(self, status: int, body: Any) -> None:
        error: Mapping[str, Any] = body if isinstance(body, dict) else {}
        self.status = status
        self.code = error.get("errorCode")
        summary = error.get("errorSummary") or f"The server answered with status {status}."
        causes = [str(cause.get("errorSummary")) for cause in error.get("errorCauses") or []]
        if status == 401:
            causes.append("Is the token (--token, PROVISOR_API_TOKEN) one of this server?")
        super().__init__("\n  ".join([str(summary), *causes]))


class Server:
    """An open connection to the server; get one from `connected`."""

    def __init__(self, session: ClientSession, address: Address) -> None:
        self._session = session
        self._address = address

    async def get(self, path: str, **query: str | int | None) -> Any:
        """The JSON that a path answers with."""
        return (await self.page(path, **query))[0]

    async def page(self, path: str, **query: str | int | None) -> tuple[Any, str | None]:
        """The JSON, and the address of the next page when the server names one."""
        present = {name: str(value) for name, value in query.items() if value is not None}
        return await self._call("GET", path, query=present)

    async def post(self, path: str, body: Any = None) -> Any:
        """Send JSON, or nothing, and have the JSON of the answer (None when it is empty)."""
        return (await self._call("POST", path, body=body))[0]

    async def put(self, path: str, body: Any) -> Any:
        return (await self._call("PUT", path, body=body))[0]

    async def patch(self, path: str, body: Any) -> Any:
        return (await self._call("PATCH", path, body=body))[0]

    async def delete(self, path: str) -> None:
        await self._call("DELETE", path)

    async def _call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None
    ) -> tuple[Any, str | None]:
        import aiohttp
        from yarl import URL

        url = path if path.startswith(self._address.url + "/") else self._address.url + path
        data = None if body is None else orjson.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        target = URL(url, encoded=True)
        try:
            async with self._session.request(
                method,
                target.update_query(query) if query else target,
                data=data,
                headers=headers,
                allow_redirects=False,
            ) as response:
                content = await response.read()
                return _understood(response, content), _next_page(response)
        except (aiohttp.InvalidURL, ValueError) as problem:
            raise CommandFailed(f"{self._address.url} is not an address of a server: {problem}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            raise CommandFailed(
                f"Provisor does not answer at {self._address.url} ({problem or type(problem).__name__}). "
                "Is it running? `provisor serve` starts it; --url or PROVISOR_URL names another place."
            ) from None


def _understood(response: ClientResponse, content: bytes) -> Any:
    try:
        body = orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        raise CommandFailed(
            f"What answers at {response.url.origin()} with status {response.status} is not Provisor's API: "
            f"{content[:80]!r}. Check --url."
        ) from None
    if response.status >= 300:
        raise Refused(response.status, body)
    return body


def _next_page(response: ClientResponse) -> str | None:
    link = response.links.get("next")
    return str(link["url"]) if link else None


@asynccontextmanager
async def connected(address: Address, *, patience: float = 120.0) -> AsyncIterator[Server]:
    """A session with the server. `patience` is how many seconds one answer may take."""
    import aiohttp

    async with aiohttp.ClientSession(
        headers={"Authorization": f"SSWS {address.token}", "Accept": "application/json", "User-Agent": "provisor-cli"},
        timeout=aiohttp.ClientTimeout(total=patience),
    ) as session:
        yield Server(session, address)


def run(command: Coroutine[Any, Any, T]) -> T:
    """Run a command's asynchronous part."""
    return asyncio.run(command)
