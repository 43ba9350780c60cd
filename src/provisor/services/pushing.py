"""Carries one person's plan out at the app and says how it settled. Network only: no transaction is open here.

The order of requests within a step is the connector's; which steps follow one another is decided here, by what the
app was observed to hold.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

import structlog

from provisor.apps.app import Features
from provisor.connector import (
    Account,
    Connector,
    CreatesAccounts,
    DeactivatesAccounts,
    Desired,
    FindsAccounts,
    ListsAccounts,
    PeerConflict,
    PeerError,
    PeerMissing,
    ReactivatesAccounts,
    ReadsAccounts,
    UpdatesAccounts,
)
from provisor.provisioning import settlement
from provisor.provisioning.matching import Ambiguous, Match, NoMatch, is_ours, match
from provisor.provisioning.plan import Patience, Plan, Step
from provisor.provisioning.settlement import Backoff, Confirmed, Settlement, Verdict
from provisor.provisioning.subject import Subject
from provisor.systemlog import EventType


@runtime_checkable
class AccountConnector(
    Connector,
    FindsAccounts,
    ReadsAccounts,
    CreatesAccounts,
    UpdatesAccounts,
    ReactivatesAccounts,
    DeactivatesAccounts,
    ListsAccounts,
    Protocol,
):
    """A connector that can do everything provisioning asks for."""


log = structlog.get_logger()

LET_PASS = 0.2
"""Seconds between looks at an account that is being written for somebody else."""


class HolderState(StrEnum):
    STAYS = "STAYS"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who of ours has an account already."""

    user_id: str
    state: HolderState


@dataclass(frozen=True, slots=True)
class Whose:
    """What is to be made of an account found after an unanswered create or link."""

    ours: bool
    last_owner: str | None
    """The person of ours who has it on record."""


FindHolder = Callable[[str, str], Awaitable[Holder | None]]
"""(app id, account id) -> who holds it; None when nobody does."""


@dataclass(frozen=True, slots=True)
class Pusher:
    """What pushing to one app needs. Errors of the app become settlements; nothing else is caught."""

    connector: AccountConnector
    features: Features
    patience: Patience
    backoff: Backoff
    find_holder: FindHolder
    hold_account: Callable[[str, str], bool]
    """(account id, user id) -> whether the account may be written for this person now, and for nobody else."""
    still_ours: Callable[[], bool]
    """Whether the app is still ours to work: a create by somebody who has lost it could make a second account."""
    jitter: Callable[[], float]

    async def push(self, subject: Subject, plan: Plan) -> Settlement:
        """Carry out the plan; one attempt."""
        known = subject.link.external_id
        if known is not None and not self.hold_account(known, subject.user_id):
            return _let_pass(subject)
        try:
            if plan.step is Step.CREATE:
                return await self._create_or_link(subject, plan)
            if plan.step is Step.UPDATE:
                return await self._update(subject, plan)
            if plan.step is Step.REACTIVATE:
                return await self._reactivate(subject, plan)
            if plan.step is Step.DEACTIVATE:
                return await self._deactivate(subject)
            if plan.step is Step.CLEAN_UP:
                return await self._clean_up(subject)
            return settlement.settle_nothing(subject, plan)
        except PeerError as error:
            return settlement.settle_error(subject, plan, error, self.backoff, self.jitter())

    async def _create_or_link(self, subject: Subject, plan: Plan) -> Settlement:
        desired = _desired(subject, plan)
        if (earlier := tried_as(subject, plan)) is not None:
            return await self._find_earlier(subject, plan, desired, earlier)
        found = match(await self.connector.find_accounts(desired.username), desired.username)
        if isinstance(found, NoMatch):
            return await self._create(subject, plan, desired)
        return await self._link(subject, plan, desired, found)

    async def _find_earlier(self, subject: Subject, plan: Plan, desired: Desired, earlier: str) -> Settlement:
        """The person was renamed while a create was unanswered: the account would have the earlier name."""
        found = match(await self.connector.find_accounts(earlier), earlier)
        if isinstance(found, Match) and (await self._whose(subject, found.account)).ours:
            return await self._link(subject, plan, desired, found)
        age = subject.link.intent_age or 0.0
        if isinstance(found, NoMatch) and age < self.patience.repeat:
            return Settlement(subject, Verdict.LATER, delay=self.patience.repeat - age, keeps_intent=True)
        # It never arrived. Without that intent, the person starts anew under the present name.
        return Settlement(subject, Verdict.LATER)

    async def _create(self, subject: Subject, plan: Plan, desired: Desired) -> Settlement:
        if not self.features.create:
            problem = f"Matching user not found: the app has no account {desired.username!r}."
            return settlement.settle_task(
                subject, plan.step, problem, "Create the account in the app, or switch “Create users” on; then retry."
            )
        age = subject.link.intent_age
        if age is not None and age < self.patience.repeat:
            # The earlier create may still be under way at the app: a second one could make a duplicate.
            return Settlement(subject, Verdict.LATER, delay=self.patience.repeat - age, keeps_intent=True)
        if not self.still_ours():
            return Settlement(subject, Verdict.RELEASED, keeps_intent=True)
        try:
            account = await self.connector.create_account(desired, secrets.token_urlsafe(18))
        except PeerConflict as conflict:
            found = match(await self.connector.find_accounts(desired.username), desired.username)
            if isinstance(found, NoMatch):
                advice = "Something else in the app clashes, such as the e-mail address. Resolve it there, then retry."
                return settlement.settle_task(subject, plan.step, conflict.message, advice)
            return await self._link(subject, plan, desired, found)
        return settlement.settle_done(subject, EventType.PUSH_NEW, _written(plan, account.id))

    async def _link(self, subject: Subject, plan: Plan, desired: Desired, found: Match | Ambiguous) -> Settlement:
        if isinstance(found, Ambiguous):
            return settlement.settle_task(
                subject, plan.step, f"Cannot link: {found.reason}.", "Tell the accounts apart in the app, then retry."
            )
        if not self.hold_account(found.account.id, subject.user_id):
            return _let_pass(subject)
        holder = await self.find_holder(subject.app_id, found.account.id)
        transfer: str | None = None
        if holder is not None and holder.user_id != subject.user_id:
            if holder.state is HolderState.STAYS:
                problem = f"Cannot link: the account {found.account.id} belongs to another person, {holder.user_id}."
                return settlement.settle_task(
                    subject, plan.step, problem, "Give one of the two another user name, then retry."
                )
            transfer = holder.user_id
        if not self.features.update and found.account.active is not False:
            account = await self.connector.read_account(found.account.id)
            confirmed = Confirmed(account.id, account.active is not False, account.username, b"")
        else:
            account = await self.connector.update_account(found.account.id, desired, activate=True)
            confirmed = _written(plan, found.account.id)
        return settlement.settle_done(subject, EventType.PUSH_LINK, confirmed, transfer_from=transfer)

    async def _update(self, subject: Subject, plan: Plan) -> Settlement:
        external_id = _known(subject)
        desired = _desired(subject, plan)
        try:
            await self.connector.update_account(external_id, desired, activate=subject.link.unsure)
        except PeerMissing:
            found = match(await self.connector.find_accounts(desired.username), desired.username)
            if isinstance(found, NoMatch):
                problem = f"Matching user not found: the account {external_id} is gone from the app."
                return settlement.settle_task(subject, plan.step, problem, settlement.FORGOTTEN)
            return await self._link(subject, plan, desired, found)
        return settlement.settle_done(subject, EventType.PUSH_PROFILE, _written(plan, external_id))

    async def _reactivate(self, subject: Subject, plan: Plan) -> Settlement:
        external_id = _known(subject)
        try:
            await self.connector.reactivate_account(external_id, _desired(subject, plan))
        except PeerMissing:
            return await self._create_or_link(subject, plan)
        return settlement.settle_done(subject, EventType.PUSH_REACTIVATE, _written(plan, external_id))

    async def _deactivate(self, subject: Subject) -> Settlement:
        external_id = _known(subject)
        with suppress(PeerMissing):  # An account that is gone gives access to nobody: what was wanted is so.
            await self.connector.deactivate_account(external_id)
        return settlement.settle_done(subject, EventType.PUSH_DEACTIVATE, Confirmed(external_id, False, None, b""))

    async def _clean_up(self, subject: Subject) -> Settlement:
        username = subject.link.username or ""
        accounts: list[Account] = list(await self.connector.find_accounts(username)) if username else []
        found = match(accounts, username)
        if isinstance(found, Match):
            return await self._switch_off(subject, found.account)
        age = subject.link.intent_age
        if isinstance(found, NoMatch) and age is not None and age < self.patience.repeat:
            return Settlement(subject, Verdict.LATER, delay=self.patience.repeat - age, keeps_intent=True)
        return Settlement(subject, Verdict.CLEAR)

    async def _switch_off(self, subject: Subject, account: Account) -> Settlement:
        """Deactivate what an unanswered create or link left, unless it is of a stranger or of somebody who stays."""
        if not self.hold_account(account.id, subject.user_id):
            return _let_pass(subject)
        whose = await self._whose(subject, account)
        if not whose.ours:
            return Settlement(subject, Verdict.CLEAR)
        await self.connector.deactivate_account(account.id)
        confirmed = Confirmed(account.id, False, account.username, b"")
        return settlement.settle_done(subject, EventType.PUSH_DEACTIVATE, confirmed, transfer_from=whose.last_owner)

    async def switch_off_strays(self, accounts: Sequence[str]) -> None:
        """Switch off accounts that we have just made for people who had got others: nobody else knows of them."""
        for account in accounts:
            try:
                await self.connector.deactivate_account(account)
            except PeerError as problem:
                log.warning("an account made too late stays on", account=account, problem=problem.message)

    async def _whose(self, subject: Subject, account: Account) -> Whose:
        """Whether an account found after an unanswered create or link may be what came of it."""
        holder = await self.find_holder(subject.app_id, account.id)
        if holder is None:
            return Whose(is_ours(account, subject.user_id), None)
        return Whose(holder.state is HolderState.LEFT, holder.user_id)


def _let_pass(subject: Subject) -> Settlement:
    """Somebody else's account is this one too, and is being written: look again when that has been settled."""
    return Settlement(subject, Verdict.LATER, delay=LET_PASS, keeps_intent=subject.link.intent_age is not None)


def tried_as(subject: Subject, plan: Plan) -> str | None:
    """The other name under which an unanswered create was sent; None when there is no such thing."""
    link = subject.link
    if link.external_id is not None or link.intent_age is None or not link.username or plan.projection is None:
        return None
    return link.username if link.username.casefold() != plan.projection.username.casefold() else None


def _desired(subject: Subject, plan: Plan) -> Desired:
    if plan.projection is None:
        raise ValueError(f"step {plan.step} needs a projection")
    return Desired(subject.user_id, plan.projection.username, plan.projection.attributes)


def _known(subject: Subject) -> str:
    if subject.link.external_id is None:
        raise ValueError("the step needs a known account")
    return subject.link.external_id


def _written(plan: Plan, external_id: str) -> Confirmed:
    username = plan.projection.username if plan.projection else None
    return Confirmed(external_id, True, username, plan.canonical)
