"""`kill -9` of everything, under load, for some seconds; `make chaos` does the same for minutes."""

from pathlib import Path

import pytest
from tests.chaos.storm import VICTIMS, run

SECONDS = 10.0
PEOPLE = 240
SEED = 2


@pytest.mark.long
async def test_whatever_is_killed_the_apps_end_up_as_the_directory_says(data_dir: Path) -> None:
    """Server, worker, PostgreSQL and apps die at random: no accepted change is lost, nobody has two accounts."""
    verdict = await run(data_dir / "data", SEED, SECONDS, people=PEOPLE)
    assert verdict.problems == [], str(verdict)
    assert verdict.killed.keys() == set(VICTIMS), str(verdict)
    assert verdict.accepted > PEOPLE, str(verdict)
