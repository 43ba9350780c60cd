"""The RFCs' own examples, as files named by section."""

import json
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parent / "samples"


def load(name: str) -> dict[str, Any]:
    """Return one sample."""
    document: dict[str, Any] = json.loads((SAMPLES / name).read_text())
    return document


@pytest.fixture
def full_user() -> dict[str, Any]:
    """Babs Jensen, RFC 7643 §8.2 and §8.3."""
    return load("rfc7643-8.2-user_full.json")


@pytest.fixture
def group() -> dict[str, Any]:
    """The Tour Guides, RFC 7643 §8.4."""
    return load("rfc7643-8.4-group.json")


@pytest.fixture
def characteristics() -> dict[str, Any]:
    """What RFC 7643 §8.7.1 says of each user attribute."""
    return load("rfc7643-8.7.1-characteristics.json")
