"""Decides how an account that was read back differs from what was last confirmed there, and what repairing makes of it.

What is wanted now takes no part: whoever is to get something else than was confirmed is marked, and the queue sees to
them. A repair is a record that says what the account really holds; the plan then does what it always does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

import orjson

from provisor.apps.layers import has_value
from provisor.apps.mapping import USERNAME
from provisor.apps.projection import digest
from provisor.connector import Json


class Mode(StrEnum):
    """What an app's check does by itself, every so often."""

    OFF = "OFF"
    REPORT = "REPORT"
    REPAIR = "REPAIR"


class Phase(StrEnum):
    LISTING = "LISTING"
    """Page by page."""
    CONFIRMING = "CONFIRMING"
    """Accounts that the listing lacks are looked up one by one."""
    DONE = "DONE"


class Kind(StrEnum):
    """What is to be said of an account."""

    AS_PUSHED = "AS_PUSHED"
    CHANGED_THERE = "CHANGED_THERE"
    NOT_KEPT = "NOT_KEPT"
    """It differs, and did so in the same way after it was last written: the app makes something else of the value."""
    MISSING = "MISSING"
    SWITCHED_OFF_THERE = "SWITCHED_OFF_THERE"
    SWITCHED_ON_THERE = "SWITCHED_ON_THERE"
    UNKNOWN_THERE = "UNKNOWN_THERE"
    """Nobody of ours has it. It is never touched."""
    WAITING = "WAITING"
    """The queue has the person: what they were last sent is about to be something else."""


DRIFTED = frozenset({Kind.CHANGED_THERE, Kind.MISSING, Kind.SWITCHED_OFF_THERE, Kind.SWITCHED_ON_THERE})
REPAIRED = frozenset({Kind.CHANGED_THERE, Kind.SWITCHED_OFF_THERE, Kind.SWITCHED_ON_THERE})
"""What a repair repairs. An account that is gone is made again only when somebody says so."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute of one account."""

    name: str
    ours: Json
    """As last confirmed; None = no value."""
    there: Json
    kept: bool = True
    """False: the app was sent ours and shows this again."""

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> Difference:
        return cls(stored["name"], stored["ours"], stored["there"], stored["kept"])

    def render(self) -> dict[str, Json]:
        return {"name": self.name, "ours": self.ours, "there": self.there, "kept": self.kept}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the run before found about the same account."""

    differences: Sequence[Difference] = ()
    written_since: bool = False
    """The account was written after that, and the app confirmed it."""


@dataclass(frozen=True, slots=True)
class Record:
    """What we know of an account without asking."""

    user_id: str
    active: bool | None
    pushed: Mapping[str, Json] | None
    """As last confirmed, the name among them; None when no profile ever was."""
    mapped: Collection[str] = ()
    """The attributes that have to be as they were confirmed even where no value was."""
    shown: Collection[str] = ()
    """The attributes that the app shows at all."""
    waiting: bool = False
    earlier: Earlier = field(default_factory=Earlier)


@dataclass(frozen=True, slots=True)
class Observed:
    """What the app shows of it."""

    account_id: str
    username: str | None
    active: bool | None
    """None when the app does not say."""
    attributes: Mapping[str, Json]

    @property
    def values(self) -> dict[str, Json]:
        """With the name among them, if the app says it."""
        return {**({} if self.username is None else {USERNAME: self.username}), **self.attributes}


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    user_id: str | None
    account_id: str
    username: str | None
    differences: tuple[Difference, ...] = ()
    repaired: bool = False

    @property
    def worth_keeping(self) -> bool:
        return self.kind not in (Kind.AS_PUSHED, Kind.WAITING)


def judge(record: Record | None, observed: Observed) -> Finding:
    """Say how an account stands. `record` is None for one that nobody of ours has."""
    if record is None:
        return Finding(Kind.UNKNOWN_THERE, None, observed.account_id, observed.username)
    found = Finding(Kind.AS_PUSHED, record.user_id, observed.account_id, observed.username)
    if record.waiting or record.active is None:
        return replace(found, kind=Kind.WAITING)
    if record.active is False:  # what a switched-off account holds was left to the app
        return replace(found, kind=Kind.SWITCHED_ON_THERE) if observed.active else found
    differences = tuple(_differences(record, observed))
    if observed.active is False:
        return replace(found, kind=Kind.SWITCHED_OFF_THERE, differences=differences)
    if not differences:
        return found
    changed = any(each.kept for each in differences)
    return replace(found, kind=Kind.CHANGED_THERE if changed else Kind.NOT_KEPT, differences=differences)


def _differences(record: Record, observed: Observed) -> list[Difference]:
    if record.pushed is None:
        return []
    earlier = {each.name: each for each in record.earlier.differences}
    there, found = observed.values, []
    for name in sorted({*record.mapped, *record.pushed}):
        if observed.username is None if name == USERNAME else name not in record.shown:
            continue
        ours, theirs = record.pushed.get(name), there.get(name)
        if not same(name, ours, theirs):
            kept = not _again(earlier.get(name), ours, theirs, record.earlier)
            found.append(Difference(name, ours, theirs, kept))
    return found


def _again(before: Difference | None, ours: Json, theirs: Json, earlier: Earlier) -> bool:
    """Whether the app makes this of the value: it did before, and the value has been written since."""
    if before is None or before.ours != ours or before.there != theirs:
        return False
    return earlier.written_since or not before.kept


def same(name: str, ours: Json, theirs: Json) -> bool:
    """Whether two values are one to the people who use them: no value is no value, and lists have no order."""
    if not has_value(ours) or not has_value(theirs):
        return has_value(ours) is has_value(theirs)
    if name == USERNAME and isinstance(ours, str) and isinstance(theirs, str):  # RFC 7643 §4.1.1: not caseExact
        return ours.casefold() == theirs.casefold()
    if isinstance(ours, list) and isinstance(theirs, list):
        return sorted(map(orjson.dumps, ours)) == sorted(map(orjson.dumps, theirs))
    return isinstance(ours, bool) is isinstance(theirs, bool) and ours == theirs


@dataclass(frozen=True, slots=True)
class Repair:
    """What our record of a person's account becomes, so that the plan sees what there is to do."""

    user_id: str
    active: bool
    username: str | None
    """The name that the account keeps; None: as on record."""
    pushed: bytes
    digest: bytes
    leaves: bool
    """The account is on although it should be off: the person has to leave it once more."""


def repair(record: Record, observed: Observed, found: Finding, *, keeps_name: bool) -> Repair | None:
    """How a finding is repaired; None when it is not. `keeps_name`: the app may call accounts what it likes.

    Values that the app does not keep stay as they were confirmed, so that they are not written for ever.
    """
    if found.kind not in REPAIRED or record.pushed is None:
        return None
    holds = dict(record.pushed)
    for each in found.differences:
        if not each.kept:
            continue
        if has_value(each.there):
            holds[each.name] = each.there
        else:
            holds.pop(each.name, None)
    canonical = orjson.dumps(holds, option=orjson.OPT_SORT_KEYS)
    on = found.kind is not Kind.SWITCHED_OFF_THERE
    name = observed.username if keeps_name and holds.get(USERNAME) != record.pushed.get(USERNAME) else None
    return Repair(record.user_id, on, name, canonical, digest(canonical), found.kind is Kind.SWITCHED_ON_THERE)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many accounts a run has seen, and what became of them."""

    seen: int = 0
    """Different ones."""
    again: int = 0
    """Accounts that came a second time."""
    kinds: Mapping[str, int] = field(default_factory=dict)
    repaired: int = 0
    fell: bool = False
    """The app said that there are fewer accounts than it had said before."""

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> Tally:
        return cls(**stored)

    def render(self) -> dict[str, Any]:
        return asdict(self)

    def of(self, kind: Kind) -> int:
        return self.kinds.get(kind, 0)

    @property
    def drifted(self) -> int:
        return sum(self.of(kind) for kind in DRIFTED)

    def plus(self, found: Sequence[Finding]) -> Tally:
        kinds = dict(self.kinds)
        for each in found:
            kinds[each.kind.value] = kinds.get(each.kind.value, 0) + 1
        return replace(self, kinds=kinds, repaired=self.repaired + sum(each.repaired for each in found))

    def page(self, listed: int, new: int, before: int | None, total: int | None) -> Tally:
        """A page with so many accounts, of which so many are new, has come; the app's totals, before and now."""
        fell = before is not None and total is not None and total < before
        return replace(self, seen=self.seen + new, again=self.again + listed - new, fell=self.fell or fell)


def doubt(tally: Tally, total: int | None) -> str:
    """Why the listing that has ended may lack somebody; empty when it surely lacks nobody.

    Nobody is missing because a listing without an order skipped them.
    """
    if tally.again:
        return f"The app listed {tally.again} accounts more than once: others may have been left out."
    if total is None:
        return "The app does not say how many accounts it has."
    if tally.fell:
        return "Accounts were deleted in the app while they were listed: others may have been skipped."
    if tally.seen != total:
        return f"The app says that it has {total} accounts, and listed {tally.seen}."
    return ""
