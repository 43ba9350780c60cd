"""People settled in a second of work."""

import pytest

from provisor.worker.throughput import Throughput


def test_a_steady_pace_is_measured_as_it_is() -> None:
    """Whatever the size of the batches."""
    for batch, every in ((10, 0.05), (200, 1.0), (1, 10.0)):
        measured = Throughput()
        measured.begin(0.0)
        for number in range(1, 500):
            measured.settled(batch, number * every, more=True)
        assert measured.per_second(499 * every) == pytest.approx(batch / every, rel=0.1)


def test_idle_time_does_not_count() -> None:
    """An hour without work between two bursts changes nothing."""
    measured = Throughput()
    for began in (0.0, 3600.0):
        measured.begin(began)
        for number in range(1, 11):
            measured.settled(100, began + number, more=number < 10)
    assert measured.per_second(3610.0) == pytest.approx(100.0, rel=0.01)


def test_a_change_of_pace_shows_within_minutes() -> None:
    """The last minute counts most."""
    measured = Throughput()
    measured.begin(0.0)
    for second in range(1, 601):
        measured.settled(100 if second <= 300 else 10, float(second), more=True)
    assert measured.per_second(600.0) == pytest.approx(10.0, rel=0.1)


def test_nothing_is_said_of_what_is_not_known() -> None:
    """Before the first is served, long after the last, and when people fail for minutes on end."""
    measured = Throughput()
    assert measured.per_second(0.0) is None
    measured.begin(0.0)
    measured.settled(0, 5.0, more=True)
    assert measured.per_second(5.0) is None
    measured.settled(5, 6.0, more=False)
    assert measured.per_second(7.0) is not None
    assert measured.per_second(100.0) is None
    measured.begin(100.0)
    for second in range(101, 500):
        measured.settled(0, float(second), more=True)
    assert measured.per_second(500.0) is None
