"""Tries an app out with an account made for it: which ways of writing have the effect that they should have.

Each way is the connector itself under a policy; what counts is what the app shows afterwards. The account has a name
that nobody mistakes for a person's, and is switched off at the end, or deleted if an administrator asked for that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Protocol

from provisor.connector import (
    Account,
    AccountAttribute,
    CreatesAccounts,
    DeactivatesAccounts,
    Desired,
    Finding,
    FindsAccounts,
    Json,
    PeerConflict,
    PeerError,
    PeerNonconformant,
    PeerRefused,
    PeerUnavailable,
    ReactivatesAccounts,
    ReadsAccounts,
    UpdatesAccounts,
)
from provisor.connectors.scim.exchange import Exchange
from provisor.connectors.scim.patching import switch
from provisor.connectors.scim.policy import ClearAs, Lists, PeerPolicy, Version, Write, plain
from provisor.connectors.scim.proposal import shown
from provisor.connectors.scim.values import value_of
from provisor.connectors.scim.wire import WIRES


class Writer(
    FindsAccounts, ReadsAccounts, CreatesAccounts, UpdatesAccounts, ReactivatesAccounts, DeactivatesAccounts, Protocol
):
    """What a connector under some policy can do."""


Treated = Callable[[PeerPolicy], Writer]

SAMPLES = {
    "givenName": "Provisor",
    "familyName": "Probe",
    "emailType": "work",
    "displayName": "Provisor probe: delete me",
    "title": "Provisor probe",
    "nickName": "Probe",
    "preferredLanguage": "en",
    "locale": "en-US",
    "timezone": "Europe/Berlin",
    "userType": "Probe",
    "primaryPhone": "+1 555 0100",
    "primaryPhoneType": "work",
    "department": "Provisor probe",
    "employeeNumber": "0",
    "costCenter": "0",
}
WITNESSES = ("title", "nickName", "displayName", "department", "userType", "costCenter")
"""Attributes by whose value it is seen whether a write was done; the first that the app keeps."""


def stranger(attributes: Iterable[AccountAttribute], token: str) -> Desired:
    """The account's values: recognisable, and with no address that mail could be delivered to (RFC 2606 §2)."""
    name = f"provisor-probe-delete-me-{token}@provisor.invalid"
    values: dict[str, Json] = {}
    for attribute in attributes:
        if attribute.name == "email":
            values["email"] = name
        elif attribute.name in SAMPLES:
            values[attribute.name] = SAMPLES[attribute.name]
        elif attribute.required and attribute.external_name != "userName":
            values[attribute.name] = "Probe"
    return Desired(f"provisor-probe-{token}", name, values)


async def try_out(
    treated: Treated, exchange: Exchange, policy: PeerPolicy, desired: Desired, attributes: Iterable[AccountAttribute],
    *, delete: bool, password: str,
) -> tuple[list[Finding], str]:  # fmt: skip
    """What was found, and what is left in the app, in a sentence."""
    try:
        account = await treated(policy).create_account(desired, password)
    except PeerError as problem:
        unsure = isinstance(problem, PeerNonconformant) or (isinstance(problem, PeerUnavailable) and problem.unknown)
        left = f"An account {desired.username!r} may have been made; look for it in the app." if unsure else ""
        return [Finding("scratch account", "refused", f"The app did not make one: {problem.message}")], left
    trial = _Trial(treated, exchange, policy, desired, {each.name: each for each in attributes}, account.id)
    left = (
        f"The account {desired.username!r} (id {account.id}) is left in the app, perhaps active: deactivate it there."
    )
    try:
        await trial.run()
    except PeerError as problem:
        trial.tell("scratch account", "given up", f"The app stopped the trial: {problem.message}")
    finally:
        left = await trial.leave(left, delete=delete)
    return trial.findings, left


@dataclass(slots=True)
class _Trial:
    treated: Treated
    exchange: Exchange
    policy: PeerPolicy
    """Grows by what was found to work."""
    desired: Desired
    attributes: dict[str, AccountAttribute]
    account_id: str
    findings: list[Finding] = field(default_factory=list)
    witness: str | None = None
    writable: bool = False
    """Profiles can be written in the way that the policy names by now."""

    def tell(self, field: str, value: str, reason: str) -> None:
        self.findings.append(Finding(field, value, reason))

    def adopt(self, reason: str, **changes: Any) -> None:
        self.policy = replace(self.policy, **changes)
        self.findings += [Finding(name, shown(value), reason, plain(value)) for name, value in changes.items()]

    async def run(self) -> None:
        held = await self.held()
        self._compare(held)
        await self._profile()
        if self.writable and self.witness:
            await self._clearing(self.witness)
        await self._versions(held)
        await self._switching()

    def _compare(self, held: Account) -> None:
        """What the app ignored of the create, and what it made of it."""
        found = {name: self._value(held, name) for name in self.desired.attributes}
        lost = [name for name, value in found.items() if value is None]
        changed = [n for n, v in found.items() if v is not None and v != self.desired.attributes[n]]
        if lost:
            self.tell(
                "attributes", ", ".join(lost), "It took them without a word and does not have them; do not map them."
            )
        if changed:
            words = "; ".join(f"{n} {str(self.desired.attributes[n])!r} became {str(found[n])[:60]!r}" for n in changed)
            self.tell("attributes changed", ", ".join(changed), f"It keeps other values than it was sent: {words}.")
        self.witness = next(
            (each for each in WITNESSES if found.get(each) == self.desired.attributes.get(each, "")), None
        )

    async def _profile(self) -> None:
        """By PATCH with elements selected, by PATCH with whole lists, by PUT: the first that has its effect."""
        by_patch: list[tuple[str, dict[str, Any]]] = [
            ("A PATCH changed what it named, addresses too.", {"profile_by": Write.PATCH, "lists": Lists.ELEMENT}),
            ("A PATCH works with whole lists alone.", {"profile_by": Write.PATCH, "lists": Lists.WHOLE}),
        ]
        ways: list[tuple[str, dict[str, Any]]] = [
            ("A PUT of the whole account works, and PATCH does not.", {"profile_by": Write.PUT})
        ]
        if self.policy.version is Version.V2:
            ways = [*by_patch, *ways]
        said = ""
        for number, (reason, changes) in enumerate(ways):
            values = dict(self.desired.attributes)
            if self.witness:
                values[self.witness] = f"{values[self.witness]} {number}"
            values["email"] = f"{number}.{self.desired.username}"
            policy = replace(self.policy, **changes, put_when_refused=False, read_first=False)
            said = await self._written(policy, values) or self._shows(await self.held(), values)
            if not said:
                self.writable = True
                self.adopt(reason, **changes)
                return
        self.tell("profiles", "cannot be written", f"Neither PATCH nor PUT had its effect: {said}")

    async def _clearing(self, witness: str) -> None:
        without = {name: value for name, value in self.desired.attributes.items() if name != witness}
        for way in sorted(
            (ClearAs.NULL, ClearAs.OMIT, ClearAs.EMPTY), key=lambda each: each is not self.policy.clear_as
        ):
            policy = replace(self.policy, clear_as=way, put_when_refused=False)
            await self._written(self.policy, self.desired.attributes)
            refused = await self._written(policy, without)
            if not refused and self._value(await self.held(), witness) in (None, ""):
                self.adopt(f"{witness} was cleared so.", clear_as=way)
                return
        self.adopt(f"{witness} kept its value whatever was sent to clear it.", clear_as=ClearAs.KEEP)

    async def _versions(self, held: Account) -> None:
        """A write under a version that never was has to be refused (RFC 7644 §3.14)."""
        meta = held.resource.get("meta")
        if self.policy.profile_by is not Write.PATCH or not (isinstance(meta, dict) and meta.get("version")):
            return
        body = WIRES[self.policy.version].render_patch(self.account_id, switch(True))
        try:
            stale = {"If-Match": 'W/"provisor-probe"'}
            await self.exchange.send("PATCH", self.exchange.user(self.account_id), body, extra=stale)
            self.adopt("It shows versions, but writes under a wrong one all the same.", if_match=False)
        except PeerRefused as refusal:
            holds = refusal.status == HTTPStatus.PRECONDITION_FAILED
            said = (
                "It refuses a write under a wrong version."
                if holds
                else f"It does not take If-Match: {refusal.message}"
            )
            self.adopt(said, if_match=holds)

    async def _switching(self) -> None:
        """Off by PATCH or PUT; found while it is off; on again in one write or two."""
        said = ""
        for way in (Write.PATCH, Write.PUT):
            policy = replace(self.policy, switch_by=way, put_when_refused=False)
            said = await self._done(lambda writer: writer.deactivate_account(self.account_id), policy)
            if not said and (await self.held()).active is False:
                self.adopt(f"An account was switched off by {way.value.upper()}.", switch_by=way)
                break
        else:
            self.tell("active", "stays true", f"Accounts cannot be switched off. {said}".strip())
            return
        found = await self.treated(self.policy).find_accounts(self.desired.username)
        if not any(each.id == self.account_id for each in found):
            self.tell("inactive accounts", "are hidden", "A look-up does not find one: who comes back may have two.")
        together = replace(self.policy, switch_apart=False)
        said = await self._done(lambda writer: writer.reactivate_account(self.account_id, self.desired), together)
        apart = bool(said) or (await self.held()).active is not True
        reason = "Switching on together with the profile had no effect." if apart else "One write switches it on again."
        self.adopt(reason, switch_apart=apart)

    async def leave(self, otherwise: str, *, delete: bool) -> str:
        """Switch the account off or delete it; what is left."""
        where = f"{self.desired.username!r} (id {self.account_id})"
        if delete:
            try:
                await self.exchange.send("DELETE", self.exchange.user(self.account_id))
                return f"The account {where} was deleted again."
            except PeerError as problem:
                otherwise = f"The account {where} could not be deleted: {problem.message}"
        for way in (self.policy.switch_by, *Write):
            policy = replace(self.policy, switch_by=way)
            if not await self._done(lambda writer: writer.deactivate_account(self.account_id), policy):
                kept = "" if not delete else f"{otherwise} "
                return f"{kept}The account {where} is left in the app, deactivated."
        return otherwise

    async def held(self) -> Account:
        return await self.treated(self.policy).read_account(self.account_id)

    async def _written(self, policy: PeerPolicy, values: Any) -> str:
        desired = replace(self.desired, attributes=values)
        return await self._done(lambda writer: writer.update_account(self.account_id, desired), policy)

    async def _done(self, write: Callable[[Writer], Awaitable[Any]], policy: PeerPolicy) -> str:
        """Write under a policy; what the app said against it, or nothing."""
        try:
            await write(self.treated(policy))
        except PeerNonconformant as problem:
            if policy.empty_write_answers or "empty_write_answers" not in problem.message:
                return problem.message
            self.adopt("A write was answered without a body.", empty_write_answers=True)
            return await self._done(write, replace(policy, empty_write_answers=True))
        except (PeerRefused, PeerConflict) as refusal:
            return refusal.message
        except PeerUnavailable as problem:
            if problem.status is None:  # not this way of writing: the app is away
                raise
            return problem.message
        return ""

    def _shows(self, held: Account, values: dict[str, Json]) -> str:
        """What a write had no effect on; the witness and the address have to be as written, and the address alone."""
        looked_at = [name for name in (self.witness, "email") if name and self._value(held, name) is not None]
        wrong = [name for name in looked_at if self._value(held, name) != values[name]]
        emails = held.resource.get("emails")
        if isinstance(emails, list) and len(emails) > 1:
            wrong.append("emails")
        return f"The app said yes, but {', '.join(wrong)} did not become what was sent." if wrong else ""

    def _value(self, held: Account, name: str) -> Json:
        return value_of(dict(held.resource), self.attributes[name]) if name in self.attributes else None
