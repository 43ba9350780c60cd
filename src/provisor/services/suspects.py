"""Who is begun alone after workers died one after another with an app in hand, and parks whoever is the reason.

1. How many leases in a row ended without a release is told by the lease's epoch; nothing is written while nobody dies.
2. After three, the people who are next are begun one by one, each on record before anything is decided for them.
3. Whoever two more workers died over while they were alone is parked as a task; the others go on.
"""

from __future__ import annotations

from dataclasses import replace

from provisor.provisioning.plan import Step
from provisor.provisioning.settlement import Settlement, settle_deadly
from provisor.provisioning.subject import Subject
from provisor.services.work import Database
from provisor.store import leases, suspects

STARTS = 3
"""Leases that may end without a release before people are begun alone."""
DEATHS = 2
"""More than one, because processes are killed for other reasons too."""


class Caution:
    """Of one worker with one app: whether people are begun alone, and with whom it has begun."""

    def __init__(self, epoch: int, people: int) -> None:
        """`people`: how many are to be begun alone if workers have died; all those whom they may have had in hand."""
        self._left = people if leases.unreleased(epoch) >= STARTS else 0
        self._begun: set[str] = set()

    def __bool__(self) -> bool:
        return self._left > 0

    async def begin(self, database: Database, subject: Subject) -> Subject | Settlement:
        """Put on record that a person is begun alone; settled at once if workers died over that."""
        known = subject.user_id in self._begun
        self._begun.add(subject.user_id)
        if not known:
            async with database.pool.acquire() as connection:
                deaths = await suspects.begin(connection, subject.app_id, subject.user_id)
            if deaths >= DEATHS:
                return settle_deadly(subject, Step.UPDATE, deaths)
        tried = subject.mark.attempts % suspects.DEATH
        return replace(subject, mark=replace(subject.mark, attempts=tried))

    async def survived(self, database: Database, app_id: str, people: int) -> None:
        """So many have been settled since; after enough of them, the danger is over."""
        if not self:
            return
        self._left -= people
        if not self:
            await self.end(database, app_id)

    async def end(self, database: Database, app_id: str) -> None:
        """Nobody is begun alone any more, and nobody is the worse for having been."""
        if self._begun:
            async with database.pool.acquire() as connection:
                await suspects.forget(connection, app_id)
        self._left, self._begun = 0, set()
