"""The examples in the SCIM kernel's docstrings are run: those are the pages people copy from."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["filters", "patch", "diff", "cursors", "bulk", "sql", "versions", "v1", "resources"])
def test_the_examples_hold(name: str) -> None:
    """Each example gives what it shows."""
    result = doctest.testmod(importlib.import_module(f"provisor.scim.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
