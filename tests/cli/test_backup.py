"""Saving the database and bringing it back, by command."""

from pathlib import Path
from typing import Any

import pytest


def names_of_groups(running: Any, token: str) -> set[str]:
    return {group["profile"]["name"] for group in running.call("GET", "/api/v1/groups", token=token)}


@pytest.mark.long
def test_a_backup_brings_back_what_was_there(fresh: Any, tmp_path: Path) -> None:
    """Saved while the server runs, the database comes back as it was then; a running server is in the way of that."""
    file = tmp_path / "saved.dump"
    running = fresh.start("serve", "--port", "0", "--no-worker")
    token = running.said[0].rpartition(" ")[2]
    running.call("POST", "/api/v1/groups", {"profile": {"name": "Kept"}}, token)
    saved = fresh.run("db", "backup", str(file))
    assert saved.returncode == 0
    assert "secret.key" in saved.stdout
    running.call("POST", "/api/v1/groups", {"profile": {"name": "Later"}}, token)

    refused = fresh.run("db", "restore", "--yes", str(file))
    assert refused.returncode == 1
    assert "Stop every" in refused.stderr
    running.stop()

    assert fresh.run("db", "restore", str(file), stdin="n\n").returncode == 1
    assert fresh.run("db", "restore", "--yes", str(file)).returncode == 0
    again = fresh.start("serve", "--port", "0", "--no-worker")
    assert names_of_groups(again, token) >= {"Kept"}
    assert "Later" not in names_of_groups(again, token)
    again.stop()
