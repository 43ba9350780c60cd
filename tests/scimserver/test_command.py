"""`provisor scim-server` as a program: ready line, refusals, signals, secrets."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "provisor.cli.scim_server"]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("PROVISOR_")}


@pytest.fixture
def start() -> Iterator[Any]:
    """Start servers with arguments and environment; all are stopped at the end."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        server = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**CLEAN, **environment},
        )
        started.append(server)
        return server

    yield begin
    for server in started:
        server.kill()
        server.communicate(timeout=10)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, env=CLEAN, timeout=30, check=False)


def test_it_says_where_it_is_and_serves_there(start: Any, kit: Any) -> None:
    """One ready line; the token comes from the environment; SIGTERM ends it with code 0."""
    server = start("--port", "0", PROVISOR_SCIM_TOKEN="from-env")
    line = server.stdout.readline().strip()
    prefix = "scim-server ready on "
    assert line.startswith(f"{prefix}http://127.0.0.1:")
    url = line.removeprefix(prefix)
    assert url.endswith("/scim/v2")
    assert kit.send(url, "GET", "/Users", None, {"Authorization": "Bearer from-env"}).status == 200
    assert kit.send(url, "GET", "/Users").status == 401
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=10)
    assert (server.returncode, out, err) == (0, "", "")


def test_the_ready_line_can_be_json(start: Any, kit: Any) -> None:
    """For programs that start it; basic authentication and latency are understood."""
    server = start("--port", "0", "--json", "--latency", "1", PROVISOR_SCIM_BASIC="okta:secret")
    ready = json.loads(server.stdout.readline())
    assert ready["event"] == "ready"
    assert kit.send(ready["url"], "GET", "/Users", None, {"Authorization": kit.basic("okta", "secret")}).status == 200


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "nobody could sign in"),
        (["--token", "a", "--anonymous"], "one way to sign in"),
        (["--token", "a", "--basic", "a:b"], "one way to sign in"),
        (["--basic", "nocolon"], "USER:PASSWORD"),
        (["--port", "99999", "--anonymous"], "99999"),
    ],
)
def test_a_command_that_makes_no_sense_is_a_usage_error(arguments: list[str], sentence: str) -> None:
    """Exit code 2 and a sentence."""
    done = run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    """Exit code 1, the port's number, and what to do; no traceback."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        done = run("--port", port, "--anonymous", "--data", str(tmp_path / "x"))
    assert done.returncode == 1
    assert port in done.stderr
    assert "choose another --port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_file_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    """Exit code 1 and the path."""
    done = run("--port", "0", "--anonymous", "--data", str(tmp_path / "missing" / "x"))
    assert done.returncode == 1
    assert "missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_listening_to_everybody_is_pointed_out(start: Any) -> None:
    """A warning on stderr; the ready line stays alone on stdout."""
    server = start("--port", "0", "--host", "0.0.0.0", "--token", "t")
    assert server.stdout.readline().startswith("scim-server ready on http://0.0.0.0:")
    server.terminate()
    out, err = server.communicate(timeout=10)
    assert out == ""
    assert "other machines" in err


def test_the_server_needs_nothing_of_the_product_side() -> None:
    """It runs where only the protocol side is installed."""
    code = (
        "import sys, provisor.cli.scim_server, provisor.scimserver.serving\n"
        "heavy = {'asyncpg', 'sqlalchemy', 'pydantic', 'aiohttp', 'provisor.store', 'provisor.services'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=CLEAN)
    assert (done.returncode, done.stderr) == (0, "")
