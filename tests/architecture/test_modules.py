"""The shape of the code: small modules with a docstring, honest names, no behaviour in `__init__.py`."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "provisor").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PROGRAMS = [*SOURCES, *TESTS, *sorted((ROOT / "benchmarks").rglob("*.py"))]

MOST_LINES = 400
BANNED_NAMES = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
MARKERS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b|NotImplemented" + "Error")
MOCKS = re.compile(r"unittest\.mock|MagicMock|monkeypatch\.set(?:attr|item)|mark\.xfail")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_modules_stop_at_400_lines() -> None:
    """No module of the product is longer than a reader's patience."""
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_names_say_what_a_module_holds() -> None:
    """No module or package has one of the names that attract whatever has no place."""
    parts = {name_of(path): set(path.relative_to(ROOT / "src").with_suffix("").parts) for path in SOURCES}
    assert {name for name, words in parts.items() if words & BANNED_NAMES} == set()


def test_every_module_says_what_it_is_for() -> None:
    """Every module that holds something begins with a docstring."""
    # An empty file marks a package that holds nothing to speak of.
    speaking = [path for path in SOURCES if path.read_text(encoding="utf-8").strip()]
    assert [name_of(path) for path in speaking if not ast.get_docstring(tree_of(path))] == []


def test_packages_hold_no_behaviour_in_init() -> None:
    """An `__init__.py` re-exports and does nothing else."""
    behaving = []
    for path in SOURCES:
        if path.name != "__init__.py":
            continue
        defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        if any(isinstance(node, defined) for node in ast.walk(tree_of(path))):
            behaving.append(name_of(path))
    assert behaving == []


def test_nothing_is_left_for_later() -> None:
    """No marker of unfinished work is in the code."""
    marked = [
        f"{name_of(path)}:{number}"
        for path in PROGRAMS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MARKERS.search(line)
    ]
    assert marked == []


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_tests_say_what_they_show_and_mock_nothing(path: Path) -> None:
    """Every test has a docstring, and asserts on real things."""
    text = path.read_text(encoding="utf-8")
    if path != Path(__file__):
        assert MOCKS.findall(text) == []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            assert ast.get_docstring(node), f"{name_of(path)}:{node.lineno} {node.name} has no docstring"
