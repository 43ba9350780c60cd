"""Runs `scimmy` from npm under Express as an app, in a process of its own; `tools/scimmy` installs it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".venv" / "scimmy"
TOKEN = "a-token-of-scimmy"


@contextmanager
def scimmy(token: str = TOKEN) -> Iterator[str]:
    """The base URL of an empty server. Without Node or the packages the test is skipped, unless they are required."""
    node = shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv" / "bin"))
    if node is None or not (INSTALLED / "installed").exists():
        wanted = "npm" in os.environ.get("PROVISOR_REQUIRE", "").split(",")
        message = "scimmy is not installed: run tools/scimmy, which needs an npm registry"
        (pytest.fail if wanted else pytest.skip)(message)
    process = subprocess.Popen(
        [node, "scimmy.mjs", token], cwd=INSTALLED, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:  # which ends its input, and so the process
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://"), f"scimmy ended with {process.wait()}"
        yield url
