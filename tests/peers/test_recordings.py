"""What `provisor scim-server --record` wrote is a test: every directory of `recorded/` is replayed against our server.

Ids are made anew, so those of the recording are exchanged for those of the replay; times and hosts are left out.
"""

import json
import re
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from provisor.scim import urns
from provisor.scimserver.testing import Peer, running

RECORDED = Path(__file__).with_name("recorded")
SESSIONS = sorted(RECORDED.iterdir())
HOST = re.compile(r"http://[^/\"]+")


def exchanges(directory: Path) -> list[dict[str, Any]]:
    """The exchanges of a recording, in order."""
    files = sorted(directory.glob("*.json"))
    return [exchange for file in files for exchange in json.loads(file.read_text())["exchanges"]]


def send(peer: Peer, method: str, target: str, body: str | None) -> tuple[int, Any]:
    """Send a request as it was recorded."""
    parts = urlsplit(peer.url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    headers = {**peer.headers, "Content-Type": "application/scim+json"}
    connection.request(method, target, body, headers)
    answer = connection.getresponse()
    raw = answer.read()
    connection.close()
    return answer.status, json.loads(raw) if raw else None


def exchanged(value: Any, ids: dict[str, str]) -> str:
    """The JSON text of a value with other ids in it."""
    text = value if isinstance(value, str) else json.dumps(value)
    for recorded, ours in ids.items():
        text = text.replace(recorded, ours)
    return text


def comparable(value: Any) -> Any:
    """A body without what differs from one run to the next."""
    if isinstance(value, dict):
        return {name: comparable(item) for name, item in value.items() if name not in ("created", "lastModified")}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return HOST.sub("", value) if isinstance(value, str) else value


def replay(directory: Path, peer: Peer) -> None:
    """Send what was sent, in order; every answer must be what it was."""
    ids: dict[str, str] = {}
    for exchange in exchanges(directory):
        request, answer = exchange["request"], exchange["answer"]
        body = exchanged(request["body"], ids) if "body" in request else None
        status, shown = send(peer, request["method"], exchanged(request["target"], ids), body)
        assert status == answer["status"], (request, shown)
        if status == 201 and "id" in answer["body"]:
            ids[answer["body"]["id"]] = shown["id"]
        expected = json.loads(exchanged(answer["body"], ids)) if "body" in answer else None
        assert comparable(shown) == comparable(expected), request


@pytest.mark.parametrize("session", SESSIONS, ids=[session.name for session in SESSIONS])
def test_a_recorded_session_is_answered_as_it_was(session: Path) -> None:
    """Whatever a client was seen to send stays understood."""
    with running() as peer:
        replay(session, peer)


def test_what_is_recorded_can_be_replayed(tmp_path: Path) -> None:
    """Recording and replaying are inverses: a new client's session becomes a test by copying a directory."""
    with running(record=tmp_path) as peer:
        url = urlsplit(peer.url).path
        user = {"schemas": [urns.USER], "userName": "babs@example.com", "password": "s3cret"}
        _, made = send(peer, "POST", f"{url}/Users", json.dumps(user))
        group = {"schemas": [urns.GROUP], "displayName": "Guides", "members": [{"value": made["id"]}]}
        send(peer, "POST", f"{url}/Groups", json.dumps(group))
        send(peer, "GET", f"{url}/Users?filter=userName%20eq%20%22BABS@example.com%22", None)
        send(peer, "DELETE", f"{url}/Users/{made['id']}", None)
        send(peer, "GET", f"{url}/Groups", None)
    assert len(exchanges(tmp_path)) == 5
    with running() as fresh:
        replay(tmp_path, fresh)
