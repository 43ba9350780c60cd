"""How many people a worker pushes at once."""

import pytest

from provisor.apps.app import Limits
from provisor.worker.app_worker import at_once


@pytest.mark.parametrize(
    ("limits", "pushes"),
    [
        (Limits(concurrency=16), 16),
        (Limits(concurrency=16, rate=100), 16),
        (Limits(concurrency=16, rate=2.5), 5),
        (Limits(concurrency=16, rate=0.01), 1),
        (Limits(concurrency=1, rate=50), 1),
    ],
)
def test_a_low_rate_keeps_few_waiting_for_their_turn(limits: Limits, pushes: int) -> None:
    """Two seconds' worth, so that whoever must leave does not wait behind plans that grow old."""
    assert at_once(limits) == pushes
