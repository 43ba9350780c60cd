"""Whatever is sent to the reference server is answered in time, without a 5xx, and without filling its memory.

`make fuzz` does the same for longer, with other requests every time.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from tests.fuzz.requests import REQUESTS, Asked
from tests.fuzz.victim import HEAVIEST, Victim, victim

MANY = settings(
    max_examples=600,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module", params=["tolerant", "strict"])
def server(request: pytest.FixtureRequest) -> Iterator[Victim]:
    """A server process of this module's own, under either policy."""
    with victim(*(["--strict"] if request.param == "strict" else [])) as running:
        yield running


@MANY
@given(asked=REQUESTS)
def test_whatever_is_asked_is_answered(server: Victim, asked: Asked) -> None:
    """Paths, queries, headers and bodies, near-valid and hostile: an answer in time, and never our fault."""
    server.judge(asked)


def test_the_server_stayed_light(server: Victim) -> None:
    """After all of that it never held more than a bounded amount of memory."""
    assert server.weight() < HEAVIEST
