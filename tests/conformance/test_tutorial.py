"""The tutorial "Prepare your SCIM API service", carried out to the letter: its files, its commands, its outputs."""

import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "prepare-your-scim-api.md"
FENCE = re.compile(r"^```(\w+) ?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 60
PORT = "8100"
"""The page's; the test takes one that is free."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, what the rest of its first line says, its text."""

    language: str
    about: str
    text: str


def blocks() -> list[Block]:
    """The page's blocks in order."""
    return [Block(*found) for found in FENCE.findall(PAGE.read_text(encoding="utf-8"))]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Reader:
    """Somebody who follows the page in a directory of his own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.server: subprocess.Popen[bytes] | None = None
        self.said = ""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PROVISOR_")}
        self.environment = {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    def follow(self, block: Block) -> None:
        text = block.text.replace(PORT, self.port)
        if block.language == "python":
            (self.directory / block.about).write_text(text, encoding="utf-8")
        elif block.language == "text":
            for line in text.splitlines():
                assert line.strip() in self.said, f"{line!r} is not in\n{self.said}"
        elif block.about == "serve":
            self.stop()
            self.serve(text)
        elif block.about.startswith("run"):
            self.run(text, int(block.about.removeprefix("run") or 0))

    def run(self, commands: str, code: int) -> None:
        done = subprocess.run(
            ["bash", "-eu", "-c", commands],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        self.said = done.stdout + done.stderr
        assert done.returncode == code, self.said

    def serve(self, command: str) -> None:
        self.server = subprocess.Popen(
            ["bash", "-c", re.sub(r"(?m)^((?:\w+=\S+ )*)(uvicorn)", r"\1exec \2", command)],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            assert self.server.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not come up"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(self.port))) == 0:
                    return

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait(PATIENCE)


def test_the_page_leads_to_a_conformant_server(tmp_path: Path) -> None:
    """Whoever copies every file and runs every command sees what the page shows, and ends with a passing check."""
    reader = Reader(tmp_path)
    try:
        for block in blocks():
            reader.follow(block)
    finally:
        reader.stop()
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_every_block_of_the_page_is_one_that_the_test_knows() -> None:
    """Nothing on the page goes untried but the installation."""
    kinds = [(block.language, block.about) for block in blocks()]
    assert [each for each in kinds if each[0] == "sh" and each[1] not in ("run", "run 3", "serve")] == [("sh", "skip")]
    assert {each[0] for each in kinds} == {"sh", "python", "text"}
    assert [each[1] for each in kinds if each[0] == "python"] == ["app.py", "scim.py", "main.py"]
