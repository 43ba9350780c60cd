"""What a worker learns of an app from its answers: how long it asks to be left alone, and whether it fails.

How many requests a second it takes is kept where they are sent: `connectors.pacing`. When it fails, and what ends that,
is decided by `provisioning.circuit`; what other workers and people must know of it is stored.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from provisor.connector import Connector, Finding, RemarksOnApps
from provisor.provisioning.circuit import Circuit
from provisor.provisioning.settlement import Backoff, Pause, Settlement, Verdict
from provisor.services import pausing
from provisor.services.app_setup import AppSetup
from provisor.services.work import Database

FOR_EVER = 1e9
SILENT = "The app does not answer."


class Condition:
    """Of one app, for as long as a worker owns it."""

    def __init__(self, setup: AppSetup, connector: Connector, backoff: Backoff, now: Callable[[], float]) -> None:
        tries = setup.row.failing_tries
        self._circuit = Circuit(failing=tries > 0, tries=tries)
        self._stored = self._circuit
        self._backoff = backoff
        self._now = now
        self._rest_until = 0.0
        self._remarks: Callable[[], Sequence[Finding]] = (
            connector.remarks if isinstance(connector, RemarksOnApps) else tuple
        )
        self._noted: Sequence[Finding] = ()
        self._throttled = 0
        self._reason = ""
        self.rest(setup.resting)

    @property
    def failing(self) -> bool:
        """It is tried by one person at a time."""
        return self._circuit.failing

    @property
    def resting(self) -> float:
        """Seconds of rest left."""
        return max(0.0, self._rest_until - self._now())

    def rest(self, seconds: float) -> None:
        """Leave the app alone for so long; a longer rest wins."""
        self._rest_until = max(self._rest_until, self._now() + min(seconds, FOR_EVER))

    def learn(self, settled: Settlement) -> Settlement:
        """Learn from what became of a request; how that is to be settled."""
        if settled.pause is not None:
            self._rest_for(settled.pause)
        elif settled.verdict is Verdict.LATER and settled.counts:
            return self._missed(settled)
        elif settled.event is not None:
            self._circuit = self._circuit.answered()
            self._throttled = 0
        return settled

    def _missed(self, settled: Settlement) -> Settlement:
        """No answer, or none that can be understood. While the app fails, that is no failure of the person's."""
        if self.failing and self.resting:  # sent before the app was left alone
            return settled
        before = self._circuit
        self._circuit = before.missed(settled.subject.user_id)
        if settled.event is not None:
            self._reason = settled.event.reason or ""
        if self._circuit.tries == before.tries:
            return settled
        rest = self._backoff.delay(self._circuit.tries - 1, random.random())
        if not self._circuit.alone:
            self.rest(rest)
        if not before.failing:
            return settled
        delay = rest if self._circuit.alone else settled.delay
        return replace(settled, counts=False, event=None, task=None, delay=delay)

    def _rest_for(self, pause: Pause) -> None:
        """Somebody has to act, or the app asks for patience; only the latter is an answer to what was asked."""
        if pause.needs_person:
            self.rest(FOR_EVER)
            return
        self._circuit = self._circuit.answered()
        if pause.seconds is not None:
            self.rest(pause.seconds)
        elif not self.resting:  # those who were on the wire at the same time ask for no more
            self.rest(self._backoff.delay(self._throttled, random.random()))
            self._throttled += 1

    async def store(self, database: Database, app_id: str, batch: Sequence[Settlement]) -> None:
        """Write down what has changed since the last time; `batch` is what was just settled."""
        for pause in {settled.pause.reason: settled.pause for settled in batch if settled.pause}.values():
            await pausing.store_pause(database, app_id, pause, self.resting)
        now = self._circuit
        if now.failing and now.tries != self._stored.tries:
            await pausing.store_quarantine(database, app_id, self.resting, now.tries, self._reason or SILENT)
        elif self._stored.failing and not now.failing:
            await pausing.end_quarantine(database, app_id)
        self._stored = now
        if (remarks := self._remarks()) != self._noted:
            await pausing.note_remarks(database, app_id, remarks)
            self._noted = remarks
