"""What was accepted survives the server: kept in a file, restored in the same state, also after a kill."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from provisor.scim import urns
from provisor.scimserver.durable import DataFileError
from provisor.scimserver.testing import Peer, running


@contextmanager
def started(data: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Run the command as a process of its own; it is dead afterwards."""
    command = [sys.executable, "-m", "provisor.cli.scim_server", "--port", "0", "--json", "--data", str(data)]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PROVISOR_SCIM_TOKEN": "t"}
    )
    assert server.stdout is not None
    try:
        yield server, json.loads(server.stdout.readline())["url"]
    finally:
        server.kill()
        server.communicate(timeout=10)


def without_port(document: Any) -> Any:
    """Leave out the port, which a restart changes."""
    if isinstance(document, dict):
        return {k: without_port(v) for k, v in document.items() if k not in ("location", "$ref")}
    return [without_port(item) for item in document] if isinstance(document, list) else document


def state(peer: Peer) -> Any:
    """Everything the app holds."""
    return without_port([peer.users(), peer.groups()])


def test_a_restarted_server_holds_what_the_stopped_one_held(tmp_path: Path, kit: Any) -> None:
    """Ids, order, versions, memberships, passwords and deletions are all there, and new work continues."""
    data = tmp_path / "app.jsonl"
    with running(data=data) as peer:
        call = kit.caller(peer)
        ids = [call("POST", "/Users", kit.user(f"u{n}", password=f"p{n}")).body["id"] for n in range(4)]
        gid = call("POST", "/Groups", {"displayName": "g", "members": [{"value": i} for i in ids]}).body["id"]
        call("PATCH", f"/Users/{ids[1]}", kit.patch({"op": "replace", "value": {"active": False, "title": "ä\u0000"}}))
        call("PATCH", f"/Groups/{gid}", kit.patch({"op": "remove", "path": f'members[value eq "{ids[2]}"]'}))
        call("DELETE", f"/Users/{ids[3]}")
        before = state(peer)
    with running(data=data) as peer:
        call = kit.caller(peer)
        assert state(peer) == before
        assert peer.accepts_password("u1", "p1")
        assert call("POST", "/Users", kit.user("U0")).status == 409
        assert call("POST", "/Users", kit.user("u3")).status == 201
        assert [user["userName"] for user in peer.users()] == ["u0", "u1", "u2", "u3"]
    assert b'"p1"' not in data.read_bytes()


def test_a_torn_last_line_is_cut_off(tmp_path: Path, kit: Any) -> None:
    """A kill in the middle of a write leaves half a line; nobody got an answer for it."""
    data = tmp_path / "app.jsonl"
    with running(data=data) as peer:
        kit.caller(peer)("POST", "/Users", kit.user("whole"))
    with data.open("ab") as file:
        file.write(b'{"do":"put","kind":"User","id":"to')
    with running(data=data) as peer:
        assert [user["userName"] for user in peer.users()] == ["whole"]
        kit.caller(peer)("POST", "/Users", kit.user("next"))
    with running(data=data) as peer:
        assert [user["userName"] for user in peer.users()] == ["whole", "next"]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """The message names the file and the line, and the file stays as it was."""
    data = tmp_path / "notes.txt"
    data.write_text("shopping list\nmilk\n")
    with pytest.raises(DataFileError, match=r"line 1 of .*notes\.txt"):
        running(data=data).start()
    assert data.read_text() == "shopping list\nmilk\n"


def test_two_servers_do_not_share_a_file(tmp_path: Path) -> None:
    """The second one is refused while the first one runs."""
    data = tmp_path / "app.jsonl"
    with running(data=data), pytest.raises(DataFileError, match="in use"):
        running(data=data).start()
    with running(data=data) as peer:
        assert peer.users() == []


def test_the_file_is_compacted_when_most_of_it_is_history(tmp_path: Path, kit: Any) -> None:
    """A thousand changes of one user are one line after a restart."""
    data = tmp_path / "app.jsonl"
    with running(data=data) as peer:
        call = kit.caller(peer)
        uid = call("POST", "/Users", kit.user()).body["id"]
        call("POST", "/Groups", {"displayName": "g", "members": [{"value": uid}]})
        for number in range(1000):
            call("PATCH", f"/Users/{uid}", kit.patch({"op": "replace", "path": "title", "value": str(number)}))
        before = state(peer)
    for _ in range(2):
        with running(data=data) as peer:
            assert state(peer) == before
    assert data.read_bytes().count(b"\n") == 2


def test_a_full_disk_refuses_the_write_and_nothing_else(tmp_path: Path, kit: Any) -> None:
    """The create that does not fit is a 500 in JSON and did not happen; reading goes on; a restart holds the rest."""
    data = tmp_path / "app.jsonl"
    with started(data) as (server, url):
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (2000, 2000))
        headers = {"Authorization": "Bearer t"}
        answers = [kit.send(url, "POST", "/Users", kit.user(f"u{n}"), headers) for n in range(8)]
        stored = [answer.body["userName"] for answer in answers if answer.status == 201]
        assert {answer.status for answer in answers} == {201, 500}
        assert answers[-1].body["schemas"] == [urns.ERROR]
        listed = kit.send(url, "GET", "/Users", None, headers).body["Resources"]
        assert [user["userName"] for user in listed] == stored
    with running(data=data) as peer:
        assert [user["userName"] for user in peer.users()] == stored


def test_every_confirmed_create_survives_a_kill(tmp_path: Path, kit: Any) -> None:
    """kill -9 under load: whoever got a 201 is there afterwards, and nobody is there twice."""
    data = tmp_path / "app.jsonl"
    confirmed: list[str] = []
    enough = threading.Event()

    def create(worker: int) -> None:
        for number in range(10_000):
            name = f"w{worker}-{number}"
            try:
                answer = kit.send(url, "POST", "/Users", kit.user(name), {"Authorization": "Bearer t"})
            except (OSError, HTTPException):
                return
            if answer.status == 201:
                confirmed.append(name)
                if len(confirmed) >= 150:
                    enough.set()

    workers = [threading.Thread(target=create, args=(worker,)) for worker in range(4)]
    with started(data) as (server, url):
        for worker in workers:
            worker.start()
        assert enough.wait(timeout=30)
        server.send_signal(signal.SIGKILL)
    for worker in workers:
        worker.join(timeout=10)
    with running(data=data) as peer:
        held = [user["userName"] for user in peer.users()]
    assert set(confirmed) <= set(held)
    assert len(held) == len(set(held))
