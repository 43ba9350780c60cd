"""The server under test: sends filled requests through the transport, records them, waits out a 429."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

from provisor.conformance.answers import Answer
from provisor.conformance.redaction import Redaction
from provisor.conformance.report import Exchange
from provisor.conformance.variables import Filled
from provisor.connector import ConfigError, PeerError, PeerNonconformant, PeerUnavailable, Request, Response, Transport

RECORDED = 16 * 1024
"""Characters of a body that a report keeps."""
SILENCES = 3
"""After so many requests in a row without an answer nothing more is asked."""
_PATIENCE = 5
_LONGEST_WAIT = 60.0


class Unreachable(Exception):
    """Nothing can be said about the server; the words say why, and what to do."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """What there is in place of an answer."""

    words: str
    sent: bool
    """Whether the server may have carried the request out."""


class Target:
    """One server, and the credentials it is asked with."""

    agent = "Provisor-Check/1"

    def __init__(
        self,
        transport: Transport,
        url: str,
        authorization: str = "",
        headers: Mapping[str, str] | None = None,
        *,
        pause: float = 0.0,
    ) -> None:
        """`authorization` is the whole header value; `headers` are sent with every request; `pause` is in seconds."""
        self.url = url.rstrip("/")
        self.silences = 0
        """Requests in a row that were not answered."""
        self.journal: list[Exchange] = []
        """Every request of the run, in order."""
        self._transport = transport
        self._authorization = authorization
        self._headers = dict(headers or {})
        self._pause = pause
        self.has_credentials = bool(authorization or headers)
        self.redaction = Redaction([authorization, *self._headers.values()])

    async def send(
        self, request: Filled, defaults: Mapping[str, str]
    ) -> tuple[Answer | NoAnswer, tuple[Exchange, ...]]:
        """Send one request; the exchanges are several when the server asked for patience in between."""
        exchanges: list[Exchange] = []
        while True:
            outcome, exchange = await self._exchange(request, defaults)
            exchanges.append(exchange)
            self.journal.append(exchange)
            if isinstance(outcome, NoAnswer) or outcome.status != 429 or len(exchanges) > _PATIENCE:
                return outcome, tuple(exchanges)
            await asyncio.sleep(_wait(outcome.headers.get("retry-after", "")))

    async def _exchange(self, request: Filled, defaults: Mapping[str, str]) -> tuple[Answer | NoAnswer, Exchange]:
        if self._pause:
            await asyncio.sleep(self._pause)
        headers = dict(request.headers if request.headers is not None else defaults)
        if request.authorization is None or self._authorization:
            # Where a header of one's own is the only credential, a step without credentials goes without it.
            headers |= self._headers
        authorization = self._authorization if request.authorization is None else request.authorization
        if authorization:
            headers["Authorization"] = authorization
        url = self.url + request.target
        began = perf_counter()
        outcome: Response | NoAnswer
        try:
            outcome = await self._transport.send(Request(request.method, url, headers, request.body))
            self.silences = 0
        except PeerError as trouble:
            # An answer that cannot be read, because it is too long, is an answer.
            self.silences += not isinstance(trouble, PeerNonconformant)
            sent = trouble.unknown if isinstance(trouble, PeerUnavailable) else not isinstance(trouble, ConfigError)
            outcome = NoAnswer(self.redaction.text(trouble.message), sent)
        took = (perf_counter() - began) * 1000
        recorded = self._record(request, url, headers, took)
        if isinstance(outcome, NoAnswer):
            return outcome, replace(recorded, trouble=outcome.words)
        answered = {name.lower(): value for name, value in outcome.headers.items()}
        return Answer(outcome.status, answered, outcome.body, took), replace(
            recorded,
            status=outcome.status,
            answer_headers=self.redaction.headers(answered),
            answer_body=self.redaction.body(outcome.body, RECORDED),
            answer_bytes=len(outcome.body),
        )

    def _record(self, request: Filled, url: str, headers: Mapping[str, str], took: float) -> Exchange:
        body = None if request.body is None else self.redaction.body(request.body, RECORDED)
        shown = self.redaction.headers(headers, *self._headers)
        return Exchange(request.method, self.redaction.text(url), shown, body, None, {}, "", 0, round(took, 1))


def _wait(retry_after: str) -> float:
    seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 1.0
    return min(seconds, _LONGEST_WAIT)
