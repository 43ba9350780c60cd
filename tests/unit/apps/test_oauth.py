"""OAuth clients as they are typed, shown and stored; the address of an authorization; tokens that tell their end."""

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisor.apps.oauth import authorization_url, challenge_of, client_of, end_of_jwt, parse_client, render_client
from provisor.connector.oauth import ClientAuth, GrantType

TOKEN = "https://login.example.com/oauth2/token"
CODE = {"grantType": "authorization_code", "tokenUrl": TOKEN, "authorizeUrl": "https://login.example.com/authorize"}


def profile(client_id: Any = "c1", **ours: Any) -> dict[str, Any]:
    return {"authScheme": "OAUTH2", "clientId": client_id, "provisor": {"tokenUrl": TOKEN, **ours}}


@pytest.mark.parametrize(
    "ours",
    [{}, CODE, {**CODE, "clientAuthentication": "none", "scope": "a b", "parameters": {"audience": "https://api"}}],
)
def test_what_is_stored_of_a_client_is_the_client(ours: dict[str, Any]) -> None:
    """Rendering and reading are inverses, and the secret is no part of what is stored."""
    client, problems = parse_client(profile(**ours))
    assert client is not None and problems == []
    assert client_of(render_client(client)) == client
    assert client_of(render_client(client), "s3cret").secret == "s3cret"
    assert "s3cret" not in repr(client_of(render_client(client), "s3cret"))


def test_what_is_usual_need_not_be_said() -> None:
    """Client credentials, with the secret in the header."""
    client, _ = parse_client(profile())
    assert client is not None
    assert (client.grant, client.auth) == (GrantType.CLIENT_CREDENTIALS, ClientAuth.BASIC)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "profile.clientId"),
        (profile(""), "profile.clientId"),
        (profile(7), "profile.clientId"),
        (profile("a\nb"), "profile.clientId"),
        (profile(grantType="password"), "profile.provisor.grantType"),
        (profile(grantType=7), "profile.provisor.grantType"),
        (profile(clientAuthentication="private_key_jwt"), "profile.provisor.clientAuthentication"),
        (profile(clientAuthentication="none"), "profile.provisor.clientAuthentication"),
        (profile(grantType="authorization_code"), "profile.provisor.authorizeUrl"),
        (profile(tokenUrl="login.example.com"), "profile.provisor.tokenUrl"),
        (profile(tokenUrl="ftp://login.example.com/"), "profile.provisor.tokenUrl"),
        (profile(tokenUrl="https://a:b@login.example.com/"), "profile.provisor.tokenUrl"),
        (profile(tokenUrl=TOKEN + "#x"), "profile.provisor.tokenUrl"),
        (profile(tokenUrl="https://[::1/token"), "profile.provisor.tokenUrl"),
        (profile(tokenUrl="https://login.example.com/" + "x" * 1024), "profile.provisor.tokenUrl"),
        (profile(tokenUrl="https://login.example.com:99999/"), "profile.provisor.tokenUrl"),
        (profile(scope=["a"]), "profile.provisor.scope"),
        (profile(parameters="a=b"), "profile.provisor.parameters"),
        (profile(parameters={"client_secret": "x"}), "profile.provisor.parameters.client_secret"),
        (profile(parameters={"audience": 1}), "profile.provisor.parameters.audience"),
    ],
)
def test_what_cannot_be_used_is_named(body: dict[str, Any], path: str) -> None:
    """By its path, and no client comes of it."""
    client, problems = parse_client(body)
    assert client is None
    assert path in [each.path for each in problems]


def test_an_administrator_is_sent_with_a_challenge_and_the_servers_own_query_is_kept() -> None:
    """RFC 6749 §4.1.1 and §3.1, RFC 7636 §4.3 with the pair of its appendix B."""
    ours = {**CODE, "authorizeUrl": "https://login.example.com/authorize?access_type=offline&state=old", "scope": "a b"}
    client, _ = parse_client(profile(**ours))
    assert client is not None
    challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    url = authorization_url(client, "https://provisor.example.com/back", "s&t", challenge)
    assert parse_qs(urlsplit(url).query) == {
        "access_type": ["offline"],
        "response_type": ["code"],
        "client_id": ["c1"],
        "redirect_uri": ["https://provisor.example.com/back"],
        "state": ["s&t"],
        "scope": ["a b"],
        "code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
        "code_challenge_method": ["S256"],
    }


def jwt(claims: Any) -> str:
    body = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=").decode()
    return f"e30.{body}.sig"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "a.b",
        "a.b.c",
        "a.%%.c",
        jwt([]),
        jwt({}),
        jwt({"exp": "soon"}),
        jwt({"exp": 1e30}),
        jwt({"exp": None}),
    ],
)
def test_a_token_that_tells_no_end_has_none(token: str) -> None:
    """Opaque tokens, and what merely looks like a JWT."""
    assert end_of_jwt(token) is None


def test_a_jwt_tells_its_end() -> None:
    """`exp` in seconds (RFC 7519 §2, NumericDate)."""
    assert end_of_jwt(jwt({"exp": 1_900_000_000})) == datetime(2030, 3, 17, 17, 46, 40, tzinfo=UTC)


@given(st.text(max_size=60))
def test_no_text_breaks_the_look_for_an_end(text: str) -> None:
    """Whatever is pasted as a token is looked at."""
    end_of_jwt(f"a.{text}.b")
