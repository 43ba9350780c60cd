"""The `Transport` over aiohttp: one keep-alive session per app, and the egress guard on real addresses.

Knows nothing of SCIM and judges no answer: a redirect or a 500 is an answer. When a kept connection breaks, aiohttp
sends GET and PUT once more on a new one, which is harmless (RFC 9110 §9.2.2); POST and PATCH are sent once. When a PUT
cannot connect, it may be the second time: whether the first one was carried out is unknown then.
"""

from __future__ import annotations

import socket
import ssl
from http import HTTPStatus
from time import monotonic

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from provisor.connector import ConfigError, PeerNonconformant, PeerUnavailable, Request, Response
from provisor.connectors.egress import EgressPolicy

MEBIBYTE = 1 << 20
_PLAIN = "http"
_KEEP_ALIVE = {"Connection": "Keep-Alive"}  # HTTP/1.1 implies it; servers written for Okta see it spelt out


class AiohttpTransport:
    """HTTP for one app. Open it inside the event loop that uses it; `close` gives its sockets back."""

    def __init__(
        self,
        egress: EgressPolicy,
        *,
        timeout: float = 60.0,
        connect_timeout: float = 10.0,
        limit: int = 100,
        max_response_bytes: int = 16 * MEBIBYTE,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`timeout` is the silence on the socket that is borne; a body that drips gets ten times that.

        `tls` replaces the system's trust in certificates.
        """
        self.egress = egress
        # No `total`: that timer costs more than our whole share of a request. `_read` looks at the clock instead.
        self._timeout = aiohttp.ClientTimeout(sock_connect=min(connect_timeout, timeout), sock_read=timeout)
        self._silence = timeout
        self._limit = limit
        self._max_bytes = max_response_bytes
        self._tls = tls
        # By scheme, because plain http has a stricter guard. An app has one base URL, so one session.
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def send(self, request: Request) -> Response:
        """Carry out one exchange; errors as the port tells."""
        url = URL(request.url, encoded=True)
        opened = self._sessions.get(url.scheme)
        session = opened or self._open(url.scheme)
        answer = None
        try:
            answer = await session.request(
                request.method, url, headers=request.headers, data=request.body, allow_redirects=False
            )
            return Response(answer.status, answer.headers, await self._read(answer))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if answer is not None and answer.status >= HTTPStatus.MULTIPLE_CHOICES:
                # The status decides first: a 502 whose page breaks off is still a 502.
                return Response(answer.status, answer.headers, b"")
            # `from None`: aiohttp's errors carry the request's headers, and with them the credentials.
            raise self._explain(error, url, sent=opened is not None and request.method == "PUT") from None
        finally:
            if answer is not None:
                answer.release()  # back to the pool when it was read to its end, closed otherwise

    async def close(self) -> None:
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    def _open(self, scheme: str) -> aiohttp.ClientSession:
        guard = _Guard(self.egress, plain=scheme == _PLAIN)
        session = self._sessions[scheme] = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._limit,
                resolver=_GuardedResolver(guard),
                socket_factory=guard.socket,
                ssl=self._tls or True,
            ),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_KEEP_ALIVE,
            trust_env=False,
        )
        return session

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        """Read the body, decompressed, up to the limit; what is longer is cut for errors, refused for the rest."""
        chunks, size, deadline = [], 0, monotonic() + self._silence * 10
        while chunk := await answer.content.readany():
            chunks.append(chunk)
            size += len(chunk)
            if monotonic() > deadline:
                raise TimeoutError
            if size > self._max_bytes:
                if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                    raise PeerNonconformant(
                        f"The app answered with more than {self._max_bytes} bytes to one request.",
                        status=answer.status,
                    )
                break
        return b"".join(chunks)[: self._max_bytes]

    def _explain(self, error: Exception, url: URL, *, sent: bool) -> ConfigError | PeerUnavailable:
        """Say which of the port's errors this is: only what failed before the request left is surely not done.

        `sent`: it may have left before, on a kept connection.
        """
        where = f"{url.host}:{url.port}"
        if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, _AddressRefused):
            return ConfigError(f"Connect to {where} refused: {error.os_error.sentence}")
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return ConfigError(
                f"The certificate of {where} is not trusted: {error.certificate_error}. "
                "Install a valid certificate at the app, or add its authority to this machine's trust store."
            )
        if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
            return ConfigError(f"{url.scheme}://{where} is not an address that can be called.")
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return PeerUnavailable(f"Connect to {where} failed: the name {url.host} cannot be resolved.", unknown=sent)
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return PeerUnavailable(f"Connect to {where} failed: Connect timed out.", unknown=sent)
        if isinstance(error, aiohttp.ClientConnectorError):
            return PeerUnavailable(f"Connect to {where} failed: {error.os_error}", unknown=sent)
        if isinstance(error, TimeoutError):
            return PeerUnavailable(
                f"Read from {where} timed out: no answer within {self._silence:g} seconds.", unknown=True
            )
        if isinstance(error, aiohttp.ClientResponseError):
            return PeerUnavailable(f"{where} answered something that is not HTTP.", unknown=True)
        return PeerUnavailable(f"{where} closed the connection before its answer was complete.", unknown=True)


async def admit_address(egress: EgressPolicy, url: str) -> None:
    """Judge an address that somebody else will call, as if we did; `ConfigError`.

    A name that only they can resolve passes with https; in plain http it has to be one that we can judge.
    """
    egress.check_url(url)
    parts = URL(url)
    plain = parts.scheme == _PLAIN
    resolver = _GuardedResolver(_Guard(egress, plain=plain))
    try:
        await resolver.resolve(parts.host or "", parts.port or 0)
    except _AddressRefused as refusal:
        raise ConfigError(f"{parts.host} cannot be used: {refusal.sentence}") from None
    except OSError:
        if plain:
            raise ConfigError(f"{parts.host} cannot be used in plain http: the name cannot be resolved.") from None
    finally:
        await resolver.close()


class _AddressRefused(OSError):
    """Our own refusal in the shape that aiohttp treats like any failed connect: it tries the next address."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class _Guard:
    """The egress policy at the moment a socket is made, so that no name or redirect gets around it."""

    def __init__(self, egress: EgressPolicy, *, plain: bool) -> None:
        self._egress = egress
        self._plain = plain

    def check(self, address: str) -> None:
        try:
            self._egress.check(address, plain=self._plain)
        except ConfigError as refusal:
            raise _AddressRefused(refusal.message) from refusal

    def socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, sockaddr = address
        self.check(str(sockaddr[0]))
        return socket.socket(family, kind, protocol)


class _GuardedResolver(AbstractResolver):
    """Leaves out refused addresses of a name, so that a failure of the allowed ones is told as what it is."""

    def __init__(self, guard: _Guard) -> None:
        self._guard = guard
        self._names = aiohttp.DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        allowed, refusal = [], None
        for result in await self._names.resolve(host, port, family):
            try:
                self._guard.check(result["host"])
                allowed.append(result)
            except _AddressRefused as error:
                refusal = error
        if refusal is not None and not allowed:
            raise refusal
        return allowed

    async def close(self) -> None:
        await self._names.close()
