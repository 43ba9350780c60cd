"""What makes a suite slow by and by is done in one place: starting browsers, and stopping servers."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = [path for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__)]


@pytest.mark.parametrize(
    ("what", "places"),
    [
        pytest.param(
            r"async_playwright\(|sync_playwright\(",
            {"tests/console/conftest.py", "tests/console/screenshots.py"},
            id="a browser is the fixture `browser` or `page`",
        ),
        pytest.param(r"uvicorn\.(Server|run)\(", set(), id="a server is a QuietServer, which stops at once"),
    ],
)
def test_what_is_dear_is_shared(what: str, places: set[str]) -> None:
    """Nobody starts their own; CONTRIBUTING.md, “Cheap tests”, says what there is instead."""
    doing = {str(path.relative_to(ROOT)) for path in TESTS if re.search(what, path.read_text(encoding="utf-8"))}
    assert doing == places
