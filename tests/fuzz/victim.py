"""The reference server as a process of its own, asked over HTTP: what it answers, how long it takes, what it weighs."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fuzz.requests import GROUP_ID, USER_ID, Asked

from provisor.scim import urns

PROGRAM = str(Path(sys.executable).with_name("provisor"))
TOKEN = "fuzz-token"
PATIENCE = 10
"""Seconds that any one answer may take."""
HEAVIEST = 512 * 1024
"""Kilobytes that the process may ever have held; it starts with about 60,000."""
NOT_OUR_JSON = ("HEAD", "TRACE")


@dataclass
class Victim:
    """The running server."""

    url: str
    process: subprocess.Popen[str]
    ids: dict[str, str] = field(default_factory=dict)

    def ask(self, asked: Asked) -> tuple[int, bytes]:
        """Send a request on a connection of its own and return status and body; an answer that is late raises."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
        target, body = parts.path + asked.target, asked.body
        for name, known in self.ids.items():
            target = target.replace(name, known)
            body = body.replace(name.encode(), known.encode()) if body is not None else None
        try:
            connection.putrequest(asked.method, target, skip_host=any(name == "Host" for name, _ in asked.headers))
            for name, value in (("Authorization", f"Bearer {TOKEN}"), *asked.headers):
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def prepare(self) -> None:
        """Make sure that there are a user and a group; earlier requests may have deleted them."""
        made = {
            USER_ID: (
                "/Users",
                {"schemas": [urns.USER], "emails": [{"value": "a@b"}]},
            ),
            GROUP_ID: ("/Groups", {"schemas": [urns.GROUP], "displayName": "known"}),
        }
        for name, (path, body) in made.items():
            if name in self.ids and self.ask(Asked("GET", f"{path}/{self.ids[name]}", (), None))[0] == 200:
                continue
            unique = {**body, **({"userName": f"known-{os.urandom(6).hex()}@example.com"} if name == USER_ID else {})}
            typed = (("Content-Type", "application/scim+json"),)
            status, answer = self.ask(Asked("POST", path, typed, json.dumps(unique).encode()))
            assert status == 201, answer
            self.ids[name] = json.loads(answer)["id"]

    def judge(self, asked: Asked) -> None:
        """Send a request and assert what holds for any: an answer in time, no 5xx, errors in SCIM's words."""
        self.prepare()
        status, body = self.ask(asked)
        # 501 is RFC 7644 §3.11's own answer for a /Me that is not offered.
        assert status < 500 or status == 501, (status, body[:500])
        if status >= 400 and asked.method not in NOT_OUR_JSON and body:
            _assert_error(asked, status, body)
        assert self.process.poll() is None, "the server has ended"

    def weight(self) -> int:
        """The most memory that the process ever held, in kilobytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def _assert_error(asked: Asked, status: int, body: bytes) -> None:
    try:
        document: Any = json.loads(body)
    except ValueError:
        # What is not HTTP enough for a request to be made of it, the HTTP library answers.
        assert body == b"Invalid HTTP request received.", (asked, body[:200])
        return
    assert document["schemas"] == [urns.ERROR]
    assert document["status"] == str(status)
    assert document["detail"]


@contextlib.contextmanager
def victim(*arguments: str) -> Iterator[Victim]:
    """Start a server of its own and stop it afterwards."""
    environment = {**os.environ, "PROVISOR_SCIM_TOKEN": TOKEN}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [PROGRAM, "scim-server", "--port", "0", "--json", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield Victim(ready["url"], process)
        except BaseException:
            log.seek(0)
            print(log.read()[-4000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()
