"""How an app stands, and when its queues will be done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provisor.services.health import Standing, health_of
from provisor.store.health import MOST_WAITING, HealthRow

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)
AT_WORK = HealthRow(
    "0oa1", "Chat", "ACTIVE", "ENABLED", {}, None, None, None, False, None, None, None, 0, None, True, 10.0, False,
    [(0, 20, 0, NOW.timestamp() - 60), (1, 0, 3, None), (2, 480, 0, NOW.timestamp())],
)  # fmt: skip


def left(row: HealthRow) -> list[float | None]:
    """Seconds until each lane is done."""
    found = health_of(row, NOW)
    return [each.done_in.total_seconds() if each.done_in else None for each in found.lanes]


def test_lanes_are_done_one_after_the_other() -> None:
    """Deactivations first; who waits for a person is in no estimate."""
    found = health_of(AT_WORK, NOW)
    assert left(AT_WORK) == [2.0, None, 50.0]
    assert (found.waiting, found.parked, found.done_in) == (500, 3, timedelta(seconds=50))
    assert found.oldest == NOW - timedelta(seconds=60)


def test_the_rate_bounds_what_was_measured() -> None:
    """A limit that was just set shows at once."""
    assert left(replace(AT_WORK, limits={"rate": 2})) == [10.0, None, 250.0]


def test_a_rest_is_part_of_the_estimate() -> None:
    """The app asked for thirty seconds."""
    assert left(replace(AT_WORK, until=SOON)) == [32.0, None, 80.0]


@pytest.mark.parametrize(
    "changes",
    [
        {"throughput": None},
        {"paused_since": NOW},
        {"stopped": True},
        {"failing_since": NOW, "until": SOON},
        {"status": "INACTIVE"},
        {"lanes": [(0, MOST_WAITING, 0, None), (2, 10, 0, None)]},
    ],
)
def test_an_end_that_cannot_be_told_is_not_told(changes: dict[str, Any]) -> None:
    """Nothing measured, nothing sent, or more than was counted."""
    assert set(left(replace(AT_WORK, **changes))) == {None}


@pytest.mark.parametrize(
    ("changes", "standing", "next_try"),
    [
        ({}, Standing.WORKING, None),
        ({"lanes": [(0, 0, 5, None)]}, Standing.IDLE, None),
        ({"until": SOON}, Standing.RESTING, SOON),
        ({"until": SOON, "failing_since": NOW}, Standing.QUARANTINED, SOON),
        ({"failing_since": NOW, "stopped": True}, Standing.REFUSED, None),
        ({"failing_since": NOW, "stopped": True, "paused_since": NOW}, Standing.PAUSED, None),
        ({"paused_since": NOW, "connection": "DISABLED"}, Standing.OFF, None),
        ({"connection": None}, Standing.OFF, None),
    ],
)
def test_the_first_reason_that_holds_is_the_one_that_is_told(
    changes: dict[str, Any], standing: Standing, next_try: datetime | None
) -> None:
    """What a person has to do comes before what ends by itself."""
    found = health_of(replace(AT_WORK, **changes), NOW)
    assert (found.standing, found.next_try) == (standing, next_try)
