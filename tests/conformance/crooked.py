"""A real HTTP server in front of the reference server that spoils answers, or requests, in exactly one way."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientSession, web
from yarl import URL

ASKED = ("Authorization", "Content-Type", "If-Match", "If-None-Match")
ANSWERED = ("Content-Type", "Location", "ETag")


@dataclass
class Passing:
    """One request on its way to the reference server, then its answer on the way back; a defect changes it."""

    method: str
    path: str
    """Below the base URL, without the query."""
    query: dict[str, str]
    sent: Any
    """The JSON body of the request."""
    headers: dict[str, str]
    status: int = 0
    answer: Any = None
    """The JSON body of the answer; bytes are sent as they are."""
    answer_headers: dict[str, str] = field(default_factory=dict)
    raw_query: str | None = None
    """The query as it came; None when `query` was changed instead."""

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources in the answer, in a list or alone."""
        if not isinstance(self.answer, dict):
            return []
        listed = self.answer.get("Resources")
        return listed if isinstance(listed, list) else [self.answer] if "id" in self.answer else []


Defect = Callable[[Passing], None]


def untouched(passing: Passing) -> None:
    """Change nothing."""


@contextlib.contextmanager
def crooked(behind: str, answer: Defect = untouched, request: Defect = untouched) -> Iterator[str]:
    """Serve what is at `behind`, spoilt; yields the base URL."""
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Event, str]] = []
    ready = threading.Event()

    async def serve() -> None:
        async with ClientSession() as session:
            application = web.Application(client_max_size=1 << 26)
            application.router.add_route("*", "/scim/v2{rest:.*}", _Through(session, behind, answer, request).handle)
            runner = web.AppRunner(application)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            stop = asyncio.Event()
            port = runner.addresses[0][1]
            started.append((asyncio.get_running_loop(), stop, f"http://127.0.0.1:{port}/scim/v2"))
            ready.set()
            await stop.wait()
            await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    loop, stop, url = started[0]
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


@dataclass
class _Through:
    """Passes requests on."""

    session: ClientSession
    behind: str
    answer: Defect
    request: Defect

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        passing = Passing(
            request.method,
            quote(request.match_info["rest"], safe="/:"),
            dict(request.query),
            _parse(raw),
            dict(request.headers),
        )
        passing.raw_query = request.rel_url.raw_query_string
        asked = dict(passing.query)
        self.request(passing)
        if passing.status == 0:
            body = raw if passing.sent is None else json.dumps(passing.sent).encode()
            kept = {name: passing.headers[name] for name in ASKED if name in passing.headers}
            query = passing.raw_query if passing.query == asked else urlencode(passing.query)
            url = URL(f"{self.behind}{passing.path}?{query}", encoded=True)
            async with self.session.request(passing.method, url, data=body or None, headers=kept) as there:
                content = await there.read()
                passing.status, passing.answer = there.status, _parse(content)
                passing.answer_headers = {name: there.headers[name] for name in ANSWERED if name in there.headers}
            self.answer(passing)
        body = passing.answer if isinstance(passing.answer, bytes) else json.dumps(passing.answer).encode()
        return web.Response(
            status=passing.status,
            body=None if passing.answer is None else body,
            headers=passing.answer_headers,
        )


def _parse(raw: bytes) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(raw)
    return None
