"""Answers of token endpoints, sorted by who must act; and requests that are authorized by changing tokens."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from provisor.connector import (
    ConfigError,
    PeerError,
    PeerNonconformant,
    PeerThrottled,
    PeerUnavailable,
    Request,
    Response,
)
from provisor.connector.oauth import ClientAuth, GrantRefused, GrantType, OAuthClient
from provisor.connectors.authorizing import AuthorizedTransport
from provisor.connectors.oauth import error_of, read_tokens, token_request

CLIENT = OAuthClient(GrantType.CLIENT_CREDENTIALS, "id:1", "https://login.example.com/token", secret="a b%c")


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, headers or {}, body if isinstance(body, bytes) else orjson.dumps(body))


def test_a_client_is_encoded_before_it_is_put_in_a_header() -> None:
    """RFC 6749 §2.3.1: the colon of the id cannot be told from the separator otherwise."""
    request = token_request(CLIENT, {"grant_type": "client_credentials"})
    assert request.headers["Authorization"] == "Basic aWQlM0ExOmErYiUyNWM="
    assert request.body == b"grant_type=client_credentials"
    assert "a b" not in repr(request) and "aWQl" not in repr(request)


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (ClientAuth.POST, b"grant_type=x&client_id=id%3A1&client_secret=a+b%25c"),
        (ClientAuth.NONE, b"grant_type=x&client_id=id%3A1"),
    ],
)
def test_a_client_may_be_in_the_form(auth: ClientAuth, sent: bytes) -> None:
    """With its secret, or as a public client without one; then nothing is in the header."""
    client = OAuthClient(CLIENT.grant, CLIENT.client_id, CLIENT.token_url, auth=auth, secret=CLIENT.secret)
    request = token_request(client, {"grant_type": "x"})
    assert request.body == sent and "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("told", "lifetime"), [(3600, 3600), ("3600", 3600), (0, 0), (None, None), ("soon", None), (-1, None), ([], None)]
)
def test_a_lifetime_is_read_as_servers_write_it(told: Any, lifetime: float | None) -> None:
    """Numbers, and numbers in quotes; what is none counts as not told."""
    tokens = read_tokens(answer({"access_token": "t", "token_type": "bearer", "expires_in": told}), "host")
    assert (tokens.access, tokens.lifetime, tokens.refresh) == ("t", lifetime, None)


@pytest.mark.parametrize("name", ["refresh_token_expires_in", "refresh_expires_in"])
def test_the_end_of_a_refresh_token_is_heard_where_it_is_told(name: str) -> None:
    """Two spellings are in use; 0 is how some say that there is no end."""
    body = {"access_token": "t", "token_type": "Bearer", "refresh_token": "r"}
    assert read_tokens(answer({**body, name: 86_400}), "host").refresh_lifetime == 86_400
    assert read_tokens(answer({**body, name: 0}), "host").refresh_lifetime is None


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", [], {}, {"access_token": "t"}, {"access_token": "t", "token_type": "mac"}]
    + [{"access_token": each, "token_type": "bearer"} for each in ("", 1, "a b", "a\r\nX: y", "ü")],
)
def test_a_success_without_a_usable_token_breaks_the_rules(body: Any) -> None:
    """Nothing that could not be a header's value is ever sent to the app."""
    with pytest.raises(PeerNonconformant):
        read_tokens(answer(body), "host")


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (400, {"error": "invalid_grant"}, {}, GrantRefused),
        (400, {"error": "invalid_client"}, {}, ConfigError),
        (401, {"error": "invalid_client"}, {}, ConfigError),
        (400, {"error": "invalid_scope"}, {}, ConfigError),
        (404, b"<html>", {}, ConfigError),
        (302, b"", {"location": "https://elsewhere.example"}, ConfigError),
        (429, b"", {"retry-after": "7"}, PeerThrottled),
        (503, b"", {"retry-after": "7"}, PeerThrottled),
        (503, b"", {}, PeerUnavailable),
        (500, {"error": "server_error"}, {}, PeerUnavailable),
    ],
)
def test_a_refusal_is_sorted_by_who_must_act(
    status: int, body: Any, headers: Mapping[str, str], kind: type[PeerError]
) -> None:
    """RFC 6749 §5.2; a dead grant is a person's matter, a server that fails is waited for, and nothing is uncertain."""
    error = error_of(answer(body, status, headers), "host", [])
    assert type(error) is kind
    assert not getattr(error, "unknown", False)


def test_no_secret_comes_back_in_a_refusal() -> None:
    """Servers repeat what they were sent."""
    words = {"error": "invalid_client", "error_description": "the secret s3cret-value of code c0de-value is wrong"}
    error = error_of(answer(words, 400), "host", ["s3cret-value", "c0de-value"])
    assert "s3cret" not in error.message and "c0de" not in error.message and "is wrong" in error.message


class App:
    """A transport to an app that takes some tokens."""

    def __init__(self, *good: str) -> None:
        self.good = set(good)
        self.seen: list[str] = []

    async def send(self, request: Request) -> Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.seen.append(token)
        await asyncio.sleep(0)
        return Response(200, {}, b"yes") if token in self.good else Response(401, {}, f"not {token}".encode())

    async def close(self) -> None:
        """Nothing is open."""


class Tokens:
    """An authorizer that has these tokens, one after the other."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)
        self.renewals = 0

    async def authorization(self) -> str:
        return f"Bearer {self._tokens[0]}"

    async def renew(self, refused: str) -> str:
        if await self.authorization() == refused and len(self._tokens) > 1:
            self._tokens.pop(0)
            self.renewals += 1
        return await self.authorization()

    async def close(self) -> None:
        """Nothing is open."""


REQUEST = Request("PATCH", "https://app.example/Users/1", {"Accept": "x"}, b"{}")


async def test_a_refused_token_is_replaced_and_the_request_repeated() -> None:
    """Once; a later revocation is met in the same way."""
    app, tokens = App("two"), Tokens("one", "two", "three")
    transport = AuthorizedTransport(app, tokens)
    assert (await transport.send(REQUEST)).status == 200
    assert app.seen == ["one", "two"]
    app.good = {"three"}
    assert (await transport.send(REQUEST)).status == 200
    assert app.seen == ["one", "two", "two", "three"]
    await transport.close()


async def test_an_app_that_refuses_every_token_gets_no_stream_of_them() -> None:
    """A token that was had because the last one was refused, and is refused too, is not replaced."""
    app, tokens = App(), Tokens("one", "two", "three", "four")
    transport = AuthorizedTransport(app, tokens)
    answers = await asyncio.gather(*(transport.send(REQUEST) for _ in range(10)))
    answers += [await transport.send(REQUEST) for _ in range(5)]
    assert {each.status for each in answers} == {401}
    assert tokens.renewals == 1


async def test_when_there_is_no_other_token_nothing_is_repeated() -> None:
    """Some servers give the same token until it ends."""
    app = App()
    assert (await AuthorizedTransport(app, Tokens("one")).send(REQUEST)).status == 401
    assert app.seen == ["one"]


async def test_a_token_that_an_app_repeats_is_struck() -> None:
    """Its words are shown to people and kept in events."""
    answered = await AuthorizedTransport(App(), Tokens("s3cret-token")).send(REQUEST)
    assert answered.body == b"not [redacted]"
