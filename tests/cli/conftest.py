"""The program as its users run it: real processes, a real server, its own data directory."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.conftest import new_directory

PROGRAM = str(Path(sys.executable).with_name("provisor"))
PATIENCE = 60


@dataclass
class Provisor:
    """The `provisor` program on one data directory."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [PROGRAM, *arguments],
            env=self.variables(**environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def open(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command that goes on."""
        variables = self.variables(**environment)
        return subprocess.Popen([PROGRAM, *arguments], env=variables, stdout=subprocess.PIPE, text=True)

    def start(self, *arguments: str, **environment: str) -> "Running":
        """Start a command that goes on, and read its output until it says that it is ready."""
        process = self.open(*arguments, **environment)
        running = Running(process)
        for line in process.stdout or ():
            running.said.append(line.rstrip("\n"))
            if "ready" in line:
                return running
        raise AssertionError(f"provisor {' '.join(arguments)} ended with {process.wait()}: {running.said}")

    def variables(self, **more: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("PROVISOR_")}
        return own | {"PROVISOR_DATA_DIR": str(self.data_dir)} | self.environment | more


@dataclass
class Running:
    """A process that said it is ready."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.said[-1].rpartition(" ")[2]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """One request to its API, and the JSON of the answer."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else orjson.dumps(body),
            headers={"Authorization": f"SSWS {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return orjson.loads(answer.read() or b"null")


@pytest.fixture(scope="session")
def provisor() -> Iterator[Provisor]:
    """The program with a data directory that the tests share, each with names of its own; `fresh` is nobody else's."""
    with new_directory() as directory:
        yield Provisor(directory / "data")


@pytest.fixture
def fresh() -> Iterator[Provisor]:
    """The program with an empty data directory for one test."""
    with new_directory() as directory:
        yield Provisor(directory / "data")


@pytest.fixture(scope="session")
def server(provisor: Provisor) -> Iterator[Running]:
    """A running server on that directory."""
    running = provisor.start("serve", "--port", "0", "--no-worker", PROVISOR_BOOTSTRAP_TOKEN="bootstrap-token")
    yield running
    running.stop()


@pytest.fixture
def call(server: Running, provisor: Provisor) -> Any:
    """Calls the API with the command line's own token."""
    token = (provisor.data_dir / "cli-token").read_text().strip()
    return lambda method, path, body=None: server.call(method, path, body, token)
