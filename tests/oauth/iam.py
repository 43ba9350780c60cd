"""A real authorization server (Canaille, through pytest-iam), and an app that asks it whether a token serves."""

import datetime
import re
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp
import orjson
import portpicker
from canaille import create_app
from canaille.backends import Backend
from joserfc.jwk import JWKRegistry
from pytest_iam import Server

from provisor.scimserver.auth import Credential, Scheme
from provisor.scimserver.options import Options
from provisor.scimserver.testing import Peer, running

PASSWORD = "correct horse battery"
LIFETIME = 3600
GRANTS = ("authorization_code", "refresh_token", "client_credentials")


@dataclass
class Iam:
    """The server, in the words of a test."""

    server: Server
    url: str
    asked: list[str] = field(default_factory=list)
    """The kinds of grants that tokens were asked for with, in order."""
    refuse: int | None = None
    """Answer the token endpoint with this status instead."""
    lose_answers: bool = False
    """Carry token requests out, and lose their answers."""
    refresh_lifetime: int | None = None
    """Tell so many seconds as the life of refresh tokens."""

    def behave(self) -> None:
        """Forget what a test was told or asked for."""
        self.refuse, self.lose_answers, self.refresh_lifetime = None, False, None
        self.asked.clear()

    def client(self, redirect_uri: str = "", auth: str = "client_secret_basic", grants: Sequence[str] = GRANTS) -> Any:
        """A client of its own, whose tokens an app of its own can look up."""
        with self.server.app.app_context():
            client = self.server.models.Client(
                client_id=uuid.uuid4().hex,
                client_secret=uuid.uuid4().hex,
                client_name="Provisor",
                client_uri="https://provisor.example.com",
                redirect_uris=[redirect_uri] if redirect_uri else [],
                grant_types=list(grants),
                response_types=["code"],
                scope=["profile", "email"],
                token_endpoint_auth_method=auth,
            )
            self.server.backend.save(client)
            client.audience = [client]
            self.server.backend.save(client)
            return client

    def person(self, name: str) -> Any:
        """Somebody who can sign in there."""
        return self.server.random_user(user_name=name, password=PASSWORD)

    def tokens(self, client: Any) -> list[Any]:
        """Every token that the client was ever given, oldest first."""
        with self.server.app.app_context():
            found = self.server.backend.query(self.server.models.Token, client=client)
            return sorted(found, key=lambda token: token.issue_date)

    def revoke(self, *tokens: Any) -> None:
        """Whoever holds these has nothing any more."""
        with self.server.app.app_context():
            for token in tokens:
                token.revokation_date = datetime.datetime.now(datetime.UTC)
                self.server.backend.save(token)

    def expire(self, *tokens: Any) -> None:
        """The access tokens have come to their end; refresh tokens go on."""
        with self.server.app.app_context():
            for token in tokens:
                token.lifetime = -1
                self.server.backend.save(token)

    def profile(self, client: Any, **ours: Any) -> dict[str, Any]:
        """What an app's connection is saved with."""
        settings = {"tokenUrl": self.url + "oauth/token", "clientSecret": client.client_secret, **ours}
        if ours.get("grantType") == "authorization_code":
            settings.setdefault("authorizeUrl", self.url + "oauth/authorize")
            settings.setdefault("scope", "profile")
        return {"authScheme": "OAUTH2", "clientId": client.client_id, "provisor": settings}

    def serves(self, client: Any, token: str) -> bool:
        """Whether this is a token of the client's that has neither ended nor been revoked.

        Read from the server's own records: its introspection compares clients by their records' histories.
        """
        return any(
            each.access_token == token and not each.is_revoked() and not each.is_expired()
            for each in self.tokens(client)
        )

    def app(self, client: Any) -> Peer:
        """An app that takes the tokens of this client; use it with `async with`."""
        return running(Options(credential=Asked(Scheme.BEARER, b"", self, client), faults=True))


@dataclass(frozen=True)
class Asked(Credential):
    """Admits whoever has a token that serves."""

    iam: Iam | None = None
    client: Any = None

    def admits(self, authorization: bytes | None) -> bool:
        kind, _, token = (authorization or b"").decode().partition(" ")
        return kind == "Bearer" and self.iam is not None and self.iam.serves(self.client, token)


@contextmanager
def serving() -> Iterator[Iam]:
    """Serve an empty Canaille on a loopback port."""
    port = portpicker.pick_unused_port()
    key = JWKRegistry.generate_key("RSA", 2048)
    key.ensure_kid()
    app = create_app(
        config={
            "TESTING": True,
            "ENV_FILE": None,
            "SECRET_KEY": str(uuid.uuid4()),
            "WTF_CSRF_ENABLED": False,
            "PREFERRED_URL_SCHEME": "http",
            "SERVER_NAME": f"127.0.0.1:{port}",
            "OAUTH2_TOKEN_EXPIRES_IN": {"authorization_code": LIFETIME, "client_credentials": LIFETIME},
            "CANAILLE": {
                "DATABASE": "memory",
                "JAVASCRIPT": False,
                "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"]}},
                "LOGGING": {"version": 1, "disable_existing_loggers": False},
            },
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
        }
    )
    server = Server(app, port, Backend.instance)
    iam = Iam(server, f"http://127.0.0.1:{port}/")

    def note() -> Any:
        from flask import request

        if request.path != "/oauth/token":
            return None
        iam.asked.append(request.form.get("grant_type", ""))
        return ("", iam.refuse) if iam.refuse else None

    def lose(response: Any) -> Any:
        from flask import request

        if request.path == "/oauth/token" and response.status_code == 200:
            if iam.lose_answers:
                response.set_data(b"<html>")
            elif iam.refresh_lifetime:
                told = {**response.json, "refresh_token_expires_in": iam.refresh_lifetime}
                response.set_data(orjson.dumps(told))
        return response

    app.before_request(note)
    app.after_request(lose)
    thread = threading.Thread(target=server.httpd.serve_forever)
    thread.start()
    try:
        yield iam
    finally:
        server.httpd.shutdown()
        server.httpd.server_close()
        thread.join()


class Person:
    """Somebody with a browser's cookies at the authorization server, who fills in its real forms."""

    def __init__(self, session: aiohttp.ClientSession, name: str) -> None:
        self._session = session
        self._name = name

    async def authorize(self, url: str, answer: str = "accept") -> str:
        """Go there, sign in, answer the consent page: the address that one is sent back to."""
        back = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        method = "GET"
        fields: dict[str, str] = {}
        for _ in range(12):
            async with self._session.request(method, url, data=fields or None, allow_redirects=False) as response:
                page = await response.text()
                if 300 <= response.status < 400:
                    location = urljoin(url, response.headers["location"])
                    if location.startswith(back):
                        return location
                    method, url, fields = "GET", location, {}
                    continue
            method, url, fields = "POST", *self._fill_in(url, page, answer)
        raise AssertionError(f"the authorization server led nowhere, last to {url}: {page[:2000]}")

    def _fill_in(self, url: str, page: str, answer: str) -> tuple[str, dict[str, str]]:
        action = re.search(r'<form[^>]*action="([^"]*)"', page)
        fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', page))
        if 'name="login"' in page:
            fields["login"] = self._name
        elif 'name="password"' in page:
            fields["password"] = PASSWORD
        elif 'name="answer"' in page:
            fields["answer"] = answer
        else:
            raise AssertionError(f"an unknown page at {url}: {page[:2000]}")
        return urljoin(url, unescape(action[1])) if action and action[1] else url, fields
