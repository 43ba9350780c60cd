"""Sends creates and patches that wait at the same time as one Bulk request (RFC 7644 §3.7), if the app offers it.

A transport around a transport: whoever sends sees single requests and single answers. Nothing waits for a clock: what
comes while requests are on the wire goes together when one of them is back. The app is asked for its limits when two
writes wait for the first time; whoever says no, or refuses a Bulk request as such, is asked no more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson

from provisor.connector import PeerError, PeerUnavailable, Request, Response, Transport
from provisor.scim import urns
from provisor.scim.messages import read_status

IN_FLIGHT = 2
"""One request is prepared and read while the other is being carried out."""
SHARED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
"""Refusals that concern everything that is sent, alone or together."""
MOST = 100
"""Operations in one request: many more could take an app longer than we wait for its answer."""
ENVELOPE = 100
"""Bytes of a request around its operations, and around each of them beside its data."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an app takes at once."""

    operations: int
    payload: int


@dataclass(slots=True)
class _Waiting:
    request: Request = field(repr=False)
    answer: asyncio.Future[Response] = field(repr=False)

    def settle(self, outcome: Response | PeerError) -> None:
        if self.answer.done():  # whoever waited has given up
            return
        if isinstance(outcome, Response):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome)


class BulkTransport:
    """Of one app. Implements `Transport`."""

    def __init__(self, inner: Transport, base: str, read_headers: Mapping[str, str]) -> None:
        self._inner = inner
        self._base = base
        self._read_headers = read_headers
        self._waiting: deque[_Waiting] = deque()
        self._carriers: set[asyncio.Task[None]] = set()
        self._carrying = 0
        """Carriers that will look at what waits once more: a task is done a moment after it has looked last."""
        self._offer: Offer | None = None
        self._asked = False
        self._asking = asyncio.Lock()

    async def send(self, request: Request) -> Response:
        """Carry out one exchange, in company if there is any."""
        if not self._fits(request):
            return await self._inner.send(request)
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._carrying < IN_FLIGHT:
            self._carrying += 1
            carrier = asyncio.create_task(self._carry())
            self._carriers.add(carrier)
            carrier.add_done_callback(self._carriers.discard)
        return await waiting.answer

    async def close(self) -> None:
        for carrier in tuple(self._carriers):
            carrier.cancel()
        await asyncio.gather(*self._carriers, return_exceptions=True)
        await self._inner.close()

    def _fits(self, request: Request) -> bool:
        if self._asked and self._offer is None:
            return False
        users = f"{self._base}/Users"
        return request.url == users if request.method == "POST" else request.method == "PATCH"

    async def _carry(self) -> None:
        """Send what waits until nothing does."""
        try:
            while self._waiting:
                await self._carry_some()
        finally:
            self._carrying -= 1

    async def _carry_some(self) -> None:
        """Send as much as may go together."""
        async with self._asking:
            if len(self._waiting) > 1 and not self._asked:
                self._asked = True
                self._offer = await self._ask()
        if not (batch := self._take()):
            return  # the other carrier has taken it
        try:
            if len(batch) == 1:
                batch[0].settle(await self._inner.send(batch[0].request))
            else:
                await self._send_together(batch)
        except PeerError as error:
            for each in batch:
                each.settle(copy(error))
        finally:
            # Only when this was broken off: nobody is left waiting.
            for each in batch:
                each.settle(PeerUnavailable("A Bulk request was given up before its answer came.", unknown=True))

    async def _ask(self) -> Offer | None:
        """Read the app's limits; an app that cannot be reached now is asked again."""
        try:
            answer = await self._inner.send(Request("GET", self._base + "/ServiceProviderConfig", self._read_headers))
        except PeerError:
            self._asked = False
            return None
        return read_offer(answer.body) if answer.status == HTTPStatus.OK else None

    def _take(self) -> list[_Waiting]:
        """Take what may go together, in the order it came."""
        most = self._offer.operations if self._offer else 1
        batch: list[_Waiting] = []
        size = ENVELOPE
        while self._waiting and len(batch) < most:
            size += _size(self._waiting[0])
            if batch and self._offer and size > self._offer.payload:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _send_together(self, batch: list[_Waiting]) -> None:
        operations = [self._operation(number, each.request) for number, each in enumerate(batch)]
        body = orjson.dumps({"schemas": [urns.BULK_REQUEST], "Operations": operations})
        headers = {name: value for name, value in batch[0].request.headers.items() if name != "If-Match"}
        answer = await self._inner.send(Request("POST", self._base + "/Bulk", headers, body))
        if answer.status == HTTPStatus.OK:
            found = read_outcomes(answer.body)
            for number, (each, operation) in enumerate(zip(batch, operations, strict=True)):
                each.settle(_outcome(found, number, operation, each.request))
        elif _concerns_everything(answer.status):
            for each in batch:
                each.settle(answer)
        else:
            # Not as such: it surely did nothing. One by one then, now and from now on.
            self._offer = None
            for each in batch:
                each.settle(await self._inner.send(each.request))

    def _operation(self, number: int, request: Request) -> dict[str, Any]:
        operation: dict[str, Any] = {"method": request.method, "path": request.url.removeprefix(self._base)}
        if request.method == "POST":
            operation["bulkId"] = str(number)
        if version := request.headers.get("If-Match"):
            operation["version"] = version
        return {**operation, "data": orjson.loads(request.body or b"null")}


def _concerns_everything(status: int) -> bool:
    """Tell a refusal of whatever is sent from one of Bulk as such."""
    return status in SHARED or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED)


def _size(waiting: _Waiting) -> int:
    return len(waiting.request.body or b"") + len(waiting.request.url) + ENVELOPE


def read_offer(body: bytes) -> Offer | None:
    """Read `bulk` of a ServiceProviderConfig (RFC 7643 §5); None when it is not offered or says nothing usable."""
    try:
        config = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    bulk = config.get("bulk") if isinstance(config, dict) else None
    if not isinstance(bulk, dict) or bulk.get("supported") is not True:
        return None
    operations, payload = bulk.get("maxOperations"), bulk.get("maxPayloadSize")
    if type(operations) is not int or type(payload) is not int or operations < 2:
        return None
    return Offer(min(operations, MOST), payload)


def read_outcomes(body: bytes) -> list[dict[str, Any]]:
    """Return the operations of a BulkResponse; none when it cannot be read."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    listed = document.get("Operations") if isinstance(document, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _outcome(
    found: list[dict[str, Any]], number: int, operation: dict[str, Any], request: Request
) -> Response | PeerError:
    """Return what became of one operation, as the answer that it would have had alone."""
    entry = _entry(found, number, operation)
    status = read_status(entry.get("status")) if entry else None
    if entry is None or status is None:
        return PeerUnavailable("The app's answer to a Bulk request says nothing of this account.", unknown=True)
    version = entry.get("version")
    headers = {"etag": version} if isinstance(version, str) else {}
    response = entry.get("response")
    if isinstance(response, dict):
        return Response(status, headers, orjson.dumps(response))
    if request.method != "POST" or status >= HTTPStatus.MULTIPLE_CHOICES:
        no_content = HTTPStatus.NO_CONTENT if status < HTTPStatus.MULTIPLE_CHOICES else status
        return Response(no_content, headers, b"")
    # A success need not show the resource (§3.7.3), but always says where it is.
    made = {name: value for name, value in operation["data"].items() if name != "password"}
    key = str(entry.get("location", "")).rstrip("/").rpartition("/")[2]
    return Response(status, headers, orjson.dumps({**made, "id": key} if key else made))


def _entry(found: list[dict[str, Any]], number: int, operation: dict[str, Any]) -> dict[str, Any] | None:
    """Find an operation's outcome: by its bulkId, or by where it is and whether it is in its place."""
    if "bulkId" in operation:
        return next((each for each in found if each.get("bulkId") == operation["bulkId"]), None)
    in_place = found[number] if number < len(found) else {}
    return in_place if _is_about(in_place, operation) else next((e for e in found if _is_about(e, operation)), None)


def _is_about(entry: dict[str, Any], operation: dict[str, Any]) -> bool:
    location = entry.get("location")
    return (
        str(entry.get("method", "")).upper() == operation["method"]
        and "bulkId" not in entry
        and (not isinstance(location, str) or location.endswith(operation["path"]))
    )
