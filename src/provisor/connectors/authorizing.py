"""A transport around a transport that says who we are, where that changes with time.

Fixed credentials do without it: their header is part of every request already.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from provisor.connector import Request, Response, Transport
from provisor.connector.oauth import Authorizer

STRUCK = b"[redacted]"


class AuthorizedTransport:
    """Of one app. Implements `Transport`."""

    def __init__(self, inner: Transport, authorizer: Authorizer) -> None:
        self._inner = inner
        self._authorizer = authorizer
        self._unproved: str | None = None
        """Obtained because the one before was refused, and not accepted yet."""

    async def send(self, request: Request) -> Response:
        """Carry out one exchange; when the app refuses a token that should have served, once more with another.

        A request answered with 401 was not carried out (RFC 9110 §15.5.2), so it may be repeated whatever it is.
        """
        value = await self._authorizer.authorization()
        answer = await self._send(request, value)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            if value == self._unproved:
                self._unproved = None
            return answer
        if value == self._unproved:
            return answer
        fresh = await self._authorizer.renew(value)
        if fresh == value:
            return answer
        self._unproved = fresh
        answer = await self._send(request, fresh)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            self._unproved = None
        return answer

    async def close(self) -> None:
        await self._authorizer.close()
        await self._inner.close()

    async def _send(self, request: Request, value: str) -> Response:
        answer = await self._inner.send(replace(request, headers={**request.headers, "Authorization": value}))
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            # What an app says of a refusal is shown to people; some repeat the token.
            token = value.rpartition(" ")[2].encode()
            return Response(answer.status, answer.headers, answer.body.replace(token, STRUCK))
        return answer
