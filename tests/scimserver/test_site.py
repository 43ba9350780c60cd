"""The stand-alone server's site: tenants, the page at `/`, recordings."""

import json
from pathlib import Path
from typing import Any

import pytest

from provisor.scimserver.auth import ANONYMOUS, NOBODY, bearer
from provisor.scimserver.options import Options, Tenant
from provisor.scimserver.testing import running

TENANTS = (Tenant("red", bearer("red-token")), Tenant("blue", bearer("blue-token")))


def headers(token: str) -> dict[str, str]:
    """What a tenant's client sends."""
    return {"Authorization": f"Bearer {token}"}


def test_tenants_see_only_what_is_theirs(kit: Any) -> None:
    """Each has its own base URL, credential and storage; the same userName exists in both."""
    with running(Options(credential=NOBODY, default_tenant=False, tenants=TENANTS)) as peer:
        assert peer.url.endswith("/red/scim/v2")
        blue = peer.url.replace("/red/", "/blue/")
        for url, token in ((peer.url, "red-token"), (blue, "blue-token")):
            made = kit.send(url, "POST", "/Users", kit.user(), headers(token))
            assert made.status == 201
            assert made.body["meta"]["location"].startswith(f"{url}/Users/")
        assert kit.send(peer.url, "GET", "/Users", None, headers("red-token")).body["totalResults"] == 1
        assert kit.send(blue, "GET", "/Users", None, headers("red-token")).status == 401
        for path in ("/green/scim/v2/Users", "/scim/v2/Users", "/red/scim/v2x/Users", "/red"):
            assert kit.send(peer.url, "GET", f"!{path}", None, headers("red-token")).status in (401, 404)


def test_tenants_keep_files_of_their_own(kit: Any, tmp_path: Path) -> None:
    """With --data every tenant has a file beside the first one's."""
    options = Options(credential=bearer("t"), tenants=TENANTS[:1], data=tmp_path / "data")
    for expected in (0, 1):
        with running(options) as peer:
            red = peer.url.replace("/scim/v2", "/red/scim/v2")
            found = kit.send(red, "GET", "/Users", None, headers("red-token")).body["totalResults"]
            assert found == expected
            if not found:
                kit.send(red, "POST", "/Users", kit.user(), headers("red-token"))
            assert kit.send(peer.url, "GET", "/Users", None, headers("t")).body["totalResults"] == 0


def test_the_page_shows_people_groups_and_requests_without_secrets(kit: Any) -> None:
    """Passwords and tokens are redacted wherever they were; nothing of a user can become markup."""
    with running(page=True) as peer:
        call = kit.caller(peer)
        made = call("POST", "/Users", kit.user(displayName="<script>alert(1)</script>", password="s3cret-one")).body
        change = kit.patch({"op": "replace", "path": "password", "value": "s3cret-two"})
        call("PATCH", f"/Users/{made['id']}", change)
        call("GET", "/Users/nobody")
        answer = kit.send(peer.url, "GET", "!/", None, {"Authorization": kit.basic("any", peer.token)})
    text = answer.raw.decode()
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "babs@example.com" in text
    assert "PATCH /scim/v2/Users/" in text
    assert "404" in text
    for secret in ("s3cret", peer.token, "<script>"):
        assert secret not in text
    assert "[redacted]" in text


def test_the_page_asks_for_the_token_as_a_password(kit: Any) -> None:
    """Without it 401 and a challenge that a browser understands; a wrong one is no better."""
    with running(page=True) as peer:
        for given in ({}, {"Authorization": kit.basic("any", "wrong")}, {"Authorization": "Basic !!"}):
            answer = kit.send(peer.url, "GET", "!/", None, given)
            assert answer.status == 401
            assert answer.headers["www-authenticate"].startswith("Basic ")
        assert kit.send(peer.url, "POST", "!/", b"", peer.headers).status == 405


def test_a_page_of_an_open_server_is_for_this_machine(kit: Any) -> None:
    """A name that somebody else made point here is not let in: their page could read ours."""
    with running(Options(credential=ANONYMOUS, page=True)) as peer:
        assert kit.send(peer.url, "GET", "!/").status == 200
        assert kit.send(peer.url, "GET", "!/", None, {"Host": "evil.example:80"}).status == 401


def test_a_page_shows_a_tenant_only_what_is_theirs(kit: Any) -> None:
    """Neither the other's people nor the other's requests."""
    with running(Options(credential=NOBODY, default_tenant=False, tenants=TENANTS, page=True)) as peer:
        kit.send(peer.url, "POST", "/Users", kit.user("red@example.com"), headers("red-token"))
        answer = kit.send(peer.url, "GET", "!/", None, {"Authorization": kit.basic("x", "blue-token")})
    assert answer.status == 200
    assert b"red@example.com" not in answer.raw
    assert b"POST" not in answer.raw


def test_recordings_hold_every_exchange_without_secrets(kit: Any, tmp_path: Path) -> None:
    """One file each, numbered on after a restart."""
    for first in (1, 3):
        with running(record=tmp_path / "seen") as peer:
            call = kit.caller(peer)
            call("POST", "/Users", kit.user(password="s3cret"))
            call("GET", "/Users?count=1")
            token = peer.token
        names = sorted(file.name for file in (tmp_path / "seen").iterdir())
        assert names[-2:] == [f"{first:06}-post-users.json", f"{first + 1:06}-get-users.json"]
    text = (tmp_path / "seen" / "000001-post-users.json").read_text()
    exchange = json.loads(text)["exchanges"][0]
    assert exchange["request"]["body"]["userName"] == "babs@example.com"
    assert exchange["request"]["body"]["password"] == "[redacted]"
    assert exchange["answer"]["status"] == 201
    assert "s3cret" not in text
    assert token not in text


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/_faults", 404), ("/favicon.ico", 404)])
def test_what_was_not_asked_for_is_not_there(path: str, status: int, kit: Any) -> None:
    """A server for tests has no page, one for people no faults."""
    with running(faults=False) as peer:
        assert kit.send(peer.url, "GET", f"!{path}", None, peer.headers).status == status
