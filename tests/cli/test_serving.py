"""Starting and ending the server: what it makes, what it says, and what it refuses."""

import signal
import socket
import stat
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def status_of(url: str, token: str = "") -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"SSWS {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_the_first_start_prints_a_token_that_later_ones_do_not(fresh: Any) -> None:
    """The first start shows an API token that works; the second start shows none."""
    first = fresh.start("serve", "--port", "0")
    token = first.said[0].rpartition(" ")[2]
    assert status_of(f"{first.url}/api/v1/users", token) == 200
    assert first.stop() == 0
    second = fresh.start("serve", "--port", "0")
    assert second.said == [f"Provisor is ready on {second.url}"]
    assert status_of(f"{second.url}/api/v1/users", token) == 200
    assert second.stop(signal.SIGINT) == 0


def test_a_server_leaves_nothing_running_or_announced(fresh: Any) -> None:
    """After SIGTERM the port is free, PostgreSQL has stopped, and commands do not look for the server any more."""
    running = fresh.start("serve", "--port", "0")
    assert (fresh.data_dir / "server.json").exists()
    assert (fresh.data_dir / "pg" / "data" / "postmaster.pid").exists()
    assert running.stop() == 0
    assert not (fresh.data_dir / "server.json").exists()
    assert not (fresh.data_dir / "pg" / "data" / "postmaster.pid").exists()


def test_secrets_in_the_data_directory_are_for_its_owner_only(provisor: Any, server: Any) -> None:
    """The key, the command line's token and the announcement cannot be read by other users."""
    assert [mode_of(provisor.data_dir / name) for name in ("secret.key", "cli-token", "server.json")] == [0o600] * 3


def test_health_needs_no_token_and_the_rest_does(server: Any) -> None:
    """Supervisors may ask how it is; everything else wants a token, such as the one of the settings."""
    assert [status_of(server.url + path) for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]
    assert status_of(server.url + "/api/v1/users") == 401
    assert status_of(server.url + "/api/v1/users", "bootstrap-token") == 200


def test_a_port_that_is_taken_is_refused_with_a_sentence(fresh: Any) -> None:
    """The server says which address it cannot have and what to do, and starts no database."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = fresh.run("serve", "--port", port)
    assert refused.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}" in refused.stderr
    assert "--port" in refused.stderr
    assert not fresh.data_dir.exists()


def test_a_database_that_does_not_answer_is_refused_with_a_sentence(fresh: Any) -> None:
    """The server names the setting that leads to the database, and not its password."""
    url = "postgresql://someone:hidden@127.0.0.1:1/none"
    refused = fresh.run("serve", "--port", "0", PROVISOR_DATABASE_URL=url)
    assert refused.returncode == 1
    assert "PROVISOR_DATABASE_URL" in refused.stderr
    assert "hidden" not in refused.stderr


def test_a_setting_out_of_bounds_is_a_usage_error(fresh: Any) -> None:
    """A wrong setting ends the command with exit code 2 and a sentence that names it."""
    refused = fresh.run("serve", "--database-pool", "1000")
    assert refused.returncode == 2
    assert "PROVISOR_DATABASE_POOL=1000 is out of bounds" in refused.stderr


def test_a_worker_without_the_key_refuses_and_makes_none(provisor: Any, server: Any) -> None:
    """A second process does not invent a key for a database that is sealed with another one."""
    elsewhere = provisor.data_dir / "secret.key.elsewhere"
    key = provisor.data_dir / "secret.key"
    key.rename(elsewhere)
    try:
        refused = provisor.run("worker")
        assert refused.returncode == 1
        assert "PROVISOR_SECRET_KEY" in refused.stderr
        assert not key.exists()
    finally:
        elsewhere.rename(key)


def test_a_second_process_shares_the_embedded_database(provisor: Any, server: Any) -> None:
    """A worker starts on the server's data directory while the server runs, and ends without it."""
    worker = provisor.start("worker")
    assert worker.stop() == 0
    assert status_of(server.url + "/readyz") == 200
