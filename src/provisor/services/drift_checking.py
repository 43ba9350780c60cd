"""Carries a drift check on: one request, then one transaction with what it showed and where the next begins.

1. Whoever ends in between loses nothing: the page is read again, and counted once.
2. Only the owner of the app's lease writes; it is also the one that pushes, so that one pace holds for both.
3. No query per account: one reads our records of a page, one stores what was found, one what is repaired.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from provisor.apps.projection import MappingSet
from provisor.connector import Account, ListsAccounts, PeerMissing, ReadsAccounts
from provisor.directory.attributes import Mutability
from provisor.provisioning import drift
from provisor.provisioning.drift import Finding, Kind, Observed, Phase, Record, Repair, Tally
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import AppSetup
from provisor.services.drift_ending import finish
from provisor.services.settling import Lease, LeaseLost
from provisor.services.work import Database, Work, repeated
from provisor.store import drift_findings, drift_runs, settling
from provisor.store.drift_findings import LinkedRow
from provisor.store.drift_runs import DriftRun

CONFIRMED_AT_ONCE = 50
"""Accounts that are looked up one by one between two transactions."""
UNKNOWN_NAMED = 100
"""Accounts of nobody of ours that are named; the others are counted."""


@runtime_checkable
class Readable(ListsAccounts, ReadsAccounts, Protocol):
    """A connector that can read accounts back."""


@dataclass(frozen=True, slots=True)
class Checker:
    """What carrying a check of one app on needs."""

    database: Database
    lease: Lease
    setup: AppSetup
    connector: Readable

    async def step(self, run: DriftRun) -> None:
        """Take the run one request further (or some look-ups); errors of the app are raised. Raises `LeaseLost`."""
        if run.phase is Phase.CONFIRMING:
            await self._confirm(run)
        else:
            await self._list(run)

    async def give_up(self, run: DriftRun, reason: str) -> None:
        """End the run without having looked at everybody."""

        async def write() -> None:
            async with self._owned(run) as work:
                await finish(work, run, complete=False, reason=reason, failed=True)

        await repeated(write)

    @asynccontextmanager
    async def _owned(self, run: DriftRun) -> AsyncIterator[Work]:
        """A transaction of the app's owner, in which the run stands still; its events belong to the run's start."""
        async with self.database.begin(SYSTEM, run.cause) as work:
            lease = self.lease
            if not await settling.holds_lease(work.connection, lease.app_id, lease.owner, lease.epoch):
                raise LeaseLost(lease.app_id)
            yield work

    async def _list(self, run: DriftRun) -> None:
        page = await self.connector.list_accounts(run.position)
        ids = list({each.id: None for each in page.accounts})

        async def write() -> None:
            async with self._owned(run) as work:
                new = await drift_runs.see(work.connection, run.id, ids)
                tally = run.tally.page(len(page.accounts), new, run.total, page.total)
                tally = await self._take(work, run, tally, {each.id: each for each in page.accounts})
                if page.next is not None and new:
                    await drift_runs.move(work.connection, run.id, Phase.LISTING, page.next, page.total, tally)
                elif doubt := drift.doubt(tally, page.total):
                    await drift_runs.move(work.connection, run.id, Phase.LISTING, None, page.total, tally)
                    await finish(work, replace(run, tally=tally), complete=False, reason=doubt)
                else:
                    await drift_runs.move(work.connection, run.id, Phase.CONFIRMING, "", page.total, tally)

        await repeated(write)

    async def _confirm(self, run: DriftRun) -> None:
        """Whoever the complete listing lacks is looked up: nobody is missing whom the app itself knows."""
        async with self.database.pool.acquire() as connection:
            people = await drift_runs.unseen(connection, run, run.position or "", CONFIRMED_AT_ONCE)
        gone: list[Finding] = []
        there: dict[str, Account] = {}
        turns = asyncio.Semaphore(self.setup.limits.concurrency)

        async def look(user_id: str, account_id: str) -> None:
            async with turns:
                try:
                    there[account_id] = await self.connector.read_account(account_id)
                except PeerMissing:
                    gone.append(Finding(Kind.MISSING, user_id, account_id, None))

        try:
            async with asyncio.TaskGroup() as group:
                for pair in people:
                    group.create_task(look(*pair))
        except ExceptionGroup as problems:
            raise problems.exceptions[0] from None

        async def write() -> None:
            async with self._owned(run) as work:
                tally = await self._take(work, run, run.tally, there, gone)
                last = people[-1][0] if people else ""
                await drift_runs.move(work.connection, run.id, Phase.CONFIRMING, last, run.total, tally)
                if len(people) < CONFIRMED_AT_ONCE:
                    await finish(work, replace(run, tally=tally), complete=True, reason="")

        await repeated(write)

    async def _take(
        self, work: Work, run: DriftRun, tally: Tally, accounts: dict[str, Account], gone: Sequence[Finding] = ()
    ) -> Tally:
        """Judge accounts, store what was found and, if the run repairs, what our records are to say of them."""
        asked_for = [*accounts, *(each.account_id for each in gone)]
        ours = await drift_findings.linked(work.connection, run.app_id, asked_for, run.asked)
        found = [each for each in gone if each.account_id in ours and not ours[each.account_id].waiting]
        repairs: list[Repair] = []
        shown = self._shown()
        for account in accounts.values():
            row = ours.get(account.id)
            record = None if row is None else self._record(row, shown)
            observed = Observed(account.id, account.username, account.active, self.connector.observed(account))
            finding = drift.judge(record, observed)
            if run.repair and row is not None and record is not None:
                repair = drift.repair(record, observed, finding, keeps_name=self._keeps_name(row))
                repairs += [] if repair is None else [repair]
            found.append(finding)
        done = await drift_findings.record_repairs(work.connection, run.app_id, repairs, run.cause)
        if done:
            work.wake([run.app_id])
        found = [replace(each, repaired=True) if each.user_id in done else each for each in found]
        strangers = max(0, UNKNOWN_NAMED - tally.of(Kind.UNKNOWN_THERE))
        unknown = [each for each in found if each.kind is Kind.UNKNOWN_THERE]
        kept = [each for each in found if each.worth_keeping and each.kind is not Kind.UNKNOWN_THERE]
        await drift_findings.put(work.connection, run.app_id, run.id, [*kept, *unknown[:strangers]])
        return tally.plus(found)

    def _record(self, row: LinkedRow, shown: Collection[str]) -> Record:
        # What an app may keep although we have no value for it is no difference.
        mapped = self._mappings(row).targets if self.setup.features.push_nulls else ()
        return Record(row.user_id, row.active, row.pushed, mapped, shown, row.waiting, row.earlier)

    def _shown(self) -> frozenset[str]:
        """The attributes that the app shows, as far as anybody knows."""
        hidden = {each.name for each in self.setup.schema if each.mutability is Mutability.WRITE_ONLY}
        return self.connector.observable - hidden

    def _keeps_name(self, row: LinkedRow) -> bool:
        return self.setup.features.exclude_username or self._mappings(row).keeps_name

    def _mappings(self, row: LinkedRow) -> MappingSet:
        return self.setup.mappings_for(row.type_id, row.user_id)
