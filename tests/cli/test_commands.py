"""Commands against a running server: how they find it, what they print, and how they end."""

import signal
import socket
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def two_apps(server: Any, provisor: Any) -> list[str]:
    """Two apps with the same label; their ids."""
    made = [provisor.run("apps", "create", "scim2_bearer_token", "--label", "Twice", "--json") for _ in range(2)]
    return [orjson.loads(each.stdout)["id"] for each in made]


def test_commands_find_the_server_by_the_data_directory(provisor: Any, server: Any) -> None:
    """On the server's own machine the data directory is all that a command needs."""
    listed = provisor.run("apps", "list", "--json")
    assert (listed.returncode, listed.stderr) == (0, "")


def test_commands_go_where_they_are_told(provisor: Any, server: Any, tmp_path: Path) -> None:
    """An address and a token replace the data directory."""
    named = {"PROVISOR_URL": server.url, "PROVISOR_API_TOKEN": "bootstrap-token", "PROVISOR_DATA_DIR": str(tmp_path)}
    assert provisor.run("apps", "list", **named).returncode == 0


def test_a_wrong_token_is_refused_with_a_hint(provisor: Any, server: Any) -> None:
    """The server's refusal is shown, and which option it concerns."""
    refused = provisor.run("apps", "list", "--token", "wrong")
    assert refused.returncode == 1
    assert "Invalid token provided" in refused.stderr
    assert "--token" in refused.stderr


def test_a_server_that_is_not_there_is_a_sentence(provisor: Any, server: Any) -> None:
    """A command says where it asked, and how a server is started."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    refused = provisor.run("apps", "list", "--url", url, "--token", "any")
    assert refused.returncode == 1
    assert url in refused.stderr
    assert "provisor serve" in refused.stderr


def test_the_local_token_is_never_sent_to_another_server(provisor: Any, server: Any) -> None:
    """A command that is sent elsewhere without a token asks for one and connects to nobody."""
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        stranger.setblocking(False)
        refused = provisor.run("apps", "list", "--url", f"http://127.0.0.1:{stranger.getsockname()[1]}")
        with pytest.raises(BlockingIOError):
            stranger.accept()
    assert refused.returncode == 1
    assert "--token" in refused.stderr


def test_what_is_not_provisor_is_told_apart(provisor: Any, server: Any) -> None:
    """Something else that answers at the address is said to be something else."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=answer_html, args=(other,), daemon=True).start()
        refused = provisor.run("apps", "list", "--url", f"http://127.0.0.1:{other.getsockname()[1]}", "--token", "any")
    assert refused.returncode == 1
    assert "is not Provisor's API" in refused.stderr


def answer_html(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>")


def test_a_label_that_two_apps_have_is_a_usage_error(provisor: Any, two_apps: list[str]) -> None:
    """Which app is meant is not guessed: the exit code is 2 and the ids are named."""
    refused = provisor.run("plan", "Twice")
    assert refused.returncode == 2
    assert all(app_id in refused.stderr for app_id in two_apps)
    assert provisor.run("plan", two_apps[0]).returncode == 0


def test_an_app_that_is_not_there_is_a_usage_error(provisor: Any, server: Any) -> None:
    """A plan for an unknown app exits with 2."""
    assert provisor.run("plan", "Nobody's").returncode == 2


def test_an_app_that_cannot_be_connected_is_taken_back(provisor: Any, server: Any) -> None:
    """When the address is refused, no half-made app stays behind, and the reason names the setting."""
    refused = provisor.run(
        "apps", "create", "scim2_bearer_token", "--label", "Unreachable", "--base-url", "https://127.0.0.1:1/scim/v2",
        PROVISOR_APP_SECRET="secret-of-the-app",
    )  # fmt: skip
    assert refused.returncode == 1
    assert "PROVISOR_EGRESS_ALLOW" in refused.stderr
    assert "secret-of-the-app" not in refused.stderr
    assert "Unreachable" not in provisor.run("apps", "list").stdout


def test_an_app_by_oauth_is_made_with_the_clients_secret(provisor: Any, server: Any) -> None:
    """What a client lacks is said by its name; the secret is not repeated."""
    refused = provisor.run(
        "apps", "create", "scim2", "--label", "Nameless", "--base-url", "https://127.0.0.1:1/scim/v2",
        "--token-url", "https://127.0.0.1:1/token", PROVISOR_APP_SECRET="secret-of-the-client",
    )  # fmt: skip
    assert refused.returncode == 1
    assert "profile.clientId" in refused.stderr
    assert "secret-of-the-client" not in refused.stderr


def test_the_log_shows_the_latest_entries_oldest_first(provisor: Any, two_apps: list[str]) -> None:
    """Tailing the log ends with what happened last, in one line each, or as JSON."""
    shown = provisor.run("log", "tail", "-n", "2").stdout.splitlines()
    entries = [orjson.loads(line) for line in provisor.run("log", "tail", "-n", "2", "--json").stdout.splitlines()]
    assert [entry["eventType"] in line for entry, line in zip(entries, shown, strict=True)] == [True, True]
    assert entries[0]["published"] <= entries[1]["published"]


def test_following_the_log_shows_what_happens_next(provisor: Any, server: Any, call: Any) -> None:
    """An entry that is written while the log is followed appears, and Ctrl-C is a good end."""
    call("POST", "/api/v1/groups", {"profile": {"name": "Before"}})
    wanted = ["--filter", 'eventType eq "group.lifecycle.create"', "--json"]
    following = provisor.open("log", "tail", "-f", "-n", "1", *wanted)
    with following.stdout:
        assert orjson.loads(following.stdout.readline())["target"][0]["displayName"] == "Before"
        call("POST", "/api/v1/groups", {"profile": {"name": "After"}})
        assert orjson.loads(following.stdout.readline())["target"][0]["displayName"] == "After"
        following.send_signal(signal.SIGINT)
        assert following.wait(30) == 0
