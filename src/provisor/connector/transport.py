"""The port through which connectors that speak HTTP reach the network.

A port, because the same connector runs beside the server and inside an on-premises agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    """Absolute and already percent-encoded; sent as it is."""
    headers: Mapping[str, str] = field(repr=False)
    """Complete but for Host, Content-Length and Connection. Holds credentials: not in repr."""
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    """Look names up in lower case; a transport may give a mapping that ignores case."""
    body: bytes = field(repr=False)


class Transport(Protocol):
    async def send(self, request: Request) -> Response:
        """Carry out one HTTP exchange; redirects are answers, not followed.

        POST and PATCH are sent at most once; idempotent methods may be repeated when a connection breaks.

        Raises `PeerUnavailable(unknown=False)` when the request was surely not sent (refused connection,
        failed resolution), `PeerUnavailable(unknown=True)` when it was sent and no whole answer came
        (time-out, closed connection), `ConfigError` when the address may not be reached.
        """

    async def close(self) -> None: ...
