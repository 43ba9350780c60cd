"""Owners of a cluster as processes of their own."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provisor.postgres import postmaster
from provisor.postgres.layout import Layout

OWNER = Path(__file__).with_name("owner.py")


class Owner:
    """A child process on a data directory; `first` is what it said when PostgreSQL was up."""

    def __init__(self, data_dir: Path, grace: float, command: list[str], **arguments: Any) -> None:
        self.process = subprocess.Popen(
            [*command, str(OWNER), str(data_dir), str(grace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **arguments,
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def leave(self) -> bool:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        stopped = self.read()["stopped"]
        self.process.wait()
        return stopped

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def own(data_dir: Path) -> Iterator[Callable[..., Owner]]:
    """Starts owners; afterwards they and the postmaster are gone."""
    owners: list[Owner] = []

    def start(
        place: Path = data_dir, grace: float = 30, command: tuple[str, ...] = (sys.executable,), **more: Any
    ) -> Owner:
        owners.append(Owner(place, grace, list(command), **more))
        return owners[-1]

    yield start
    for owner in owners:
        owner.close()
    for launch in data_dir.rglob("launch.json"):
        postmaster.stop(Layout(launch.parent))


@pytest.fixture
def layout(data_dir: Path) -> Layout:
    """The paths below this test's data directory."""
    return Layout.below(data_dir)
