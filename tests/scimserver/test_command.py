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

import provisor.scim.schemas

GOVERNANCE = Path(provisor.scim.schemas.__file__).with_name("governance.json")
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
        (["--anonymous", "--fault", "explode"], "nothing goes wrong in the way 'explode'"),
        (["--tenant", "a"], "NAME=TOKEN"),
        (["--tenant", "a=1", "--tenant", "a=2"], "same name"),
        (["--anonymous", "--data", "x", "--database", "postgresql://x"], "not both"),
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


def test_roles_come_from_a_schema_file(start: Any, kit: Any, tmp_path: Path) -> None:
    """What the file describes is discovered and kept; a file with mistakes is a list of them."""
    server = start("--port", "0", "--anonymous", "--schema-file", str(GOVERNANCE))
    url = server.stdout.readline().split()[-1]
    types = kit.send(url, "GET", "/ResourceTypes").body["Resources"]
    role = next(entry for entry in types if entry["name"] == "Role")
    body = {"schemas": [role["schema"]], "displayName": "Admin"}
    assert kit.send(url, "POST", role["endpoint"], body).status == 201
    assert kit.send(url, "GET", f"{role['endpoint']}?count=1").body["itemsPerPage"] == 1
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"resourceTypes": [{"name": "X"}]}')
    done = run("--anonymous", "--schema-file", str(wrong))
    assert done.returncode == 1
    assert "- " in done.stderr
    assert "Traceback" not in done.stderr


def test_every_tenant_is_told_where_it_is(start: Any, kit: Any) -> None:
    """One ready line each; their tokens come from the environment; faults in words are in force."""
    server = start("--port", "0", "--fault", "429 count=1", PROVISOR_SCIM_TENANTS="red=a blue=b")
    urls = [server.stdout.readline().split()[-1] for _ in range(2)]
    assert [url.split("/")[3] for url in urls] == ["red", "blue"]
    statuses = [kit.send(urls[1], "GET", "/Users", None, {"Authorization": "Bearer b"}).status for _ in range(2)]
    assert statuses == [429, 200]
    assert kit.send(urls[0], "GET", "!/").status == 401


def test_the_words_for_faults_are_listed() -> None:
    """On request, with code 0."""
    done = run("--fault", "help")
    assert done.returncode == 0
    assert "retry-after" in done.stdout


def test_a_database_keeps_what_is_confirmed(start: Any, kit: Any, empty_database: str) -> None:
    """Killed and started again; basic authentication makes `/Me` the user of that name."""
    auth = {"Authorization": kit.basic("babs@example.com", "secret")}
    settings = {"PROVISOR_SCIM_DATABASE": empty_database, "PROVISOR_SCIM_BASIC": "babs@example.com:secret"}
    server = start("--port", "0", **settings)
    url = server.stdout.readline().split()[-1]
    assert kit.send(url, "POST", "/Users", kit.user(), auth).status == 201
    server.kill()
    server.wait(10)
    url = start("--port", "0", **settings).stdout.readline().split()[-1]
    assert kit.send(url, "GET", "/Me", None, auth).body["userName"] == "babs@example.com"


def test_a_database_that_is_not_there_is_a_sentence() -> None:
    """Exit code 1, before anything says ready, without the password."""
    done = run("--port", "0", "--anonymous", "--database", "postgresql://me:s3cret@127.0.0.1:1/x")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "check --database" in done.stderr
    assert "s3cret" not in done.stderr
    assert "Traceback" not in done.stderr
