"""What a change to a person would do in which app, as sentences: what a dialog says before it is confirmed.

The same load and decide as a real push, stopped before anything is sent. Nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from provisor.provisioning import plan as plans
from provisor.provisioning.plan import Plan, Step
from provisor.provisioning.subject import Subject
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.plans import PATIENCE, WhatIf
from provisor.services.work import Database
from provisor.store import previews


class Effect(StrEnum):
    """What becomes of an account."""

    APPEARS = "APPEARS"
    CHANGES = "CHANGES"
    ENDS = "ENDS"
    STAYS = "STAYS"


EFFECTS = {
    Step.CREATE: Effect.APPEARS,
    Step.REACTIVATE: Effect.APPEARS,
    Step.UPDATE: Effect.CHANGES,
    Step.DEACTIVATE: Effect.ENDS,
    Step.CLEAN_UP: Effect.ENDS,
    Step.NOTHING: Effect.STAYS,
    Step.WAIT: Effect.STAYS,
    Step.BLOCKED: Effect.STAYS,
}


@dataclass(frozen=True, slots=True)
class Consequence:
    app_id: str
    label: str
    effect: Effect
    sentence: str
    """Follows the app's name: “Slack: the account is deactivated.”"""


WORDS = {
    Step.CREATE: "an account is made, or one with the same user name is taken over.",
    Step.REACTIVATE: "the account is active again.",
    Step.UPDATE: "the account is updated.",
    Step.DEACTIVATE: "the account is deactivated.",
    Step.CLEAN_UP: "whether an account was made is not known; it is looked up and deactivated.",
    Step.WAIT: "an account is just being made; it is looked at again after that.",
    Step.BLOCKED: "the account stays as it is, because a mapping has no result; a task says which.",
}
REASONS = {
    plans.NOT_OURS.reason: "nothing is sent, because the assignment was made while provisioning was off.",
    plans.KEPT.reason: "keeps the account, because Deactivate Users is off for this app. End it there by hand.",
    plans.STAGED.reason: "no account until the person is activated.",
    plans.SUSPENDED.reason: "the account stays as it is; nothing is sent to it while the person is suspended.",
    plans.SAME.reason: "the account stays as it is.",
    plans.NO_UPDATES.reason: "the account stays as it is, because Update User Attributes is switched off for this app.",
}
OFF = " Provisioning is off for this app, so this happens when it is on again."
PAUSED = " The app is paused until somebody acts; it happens then."
HELD = " A safeguard holds this app’s deactivations, so it waits until they are released."


async def foresee(database: Database, actor: Actor, user_id: str, change: WhatIf) -> list[Consequence]:
    """What each app concerned would do; empty when none is. Apps that the person is not in any more are left out."""
    actor.require(Permission.READ)
    found: list[Consequence] = []
    async with database.read() as connection:
        for each in await previews.apps_of_user(connection, user_id, change.join, change.leave):
            setup = await load_setup(connection, each.app_id)
            if setup is not None and (seen := consequence(each.subject, setup, change)) is not None:
                found.append(seen)
    return found


def consequence(subject: Subject, setup: AppSetup, change: WhatIf) -> Consequence | None:
    """What one app would do; None where there is no account and none is to come."""
    profile = {**subject.profile, **change.profile}
    then = replace(subject, profile=profile, status=change.status or subject.status)
    decided = plans.plan(then, setup.mappings_for(then.type_id, then.user_id), setup.features, PATIENCE)
    if decided.reason == plans.LEFT.reason or (decided.step is Step.NOTHING and not concerned(subject)):
        return None
    return Consequence(setup.row.id, setup.row.label, EFFECTS[decided.step], said(decided, setup))


def concerned(subject: Subject) -> bool:
    return subject.assigned or bool(subject.link.active)


def said(decided: Plan, setup: AppSetup) -> str:
    if decided.step is Step.NOTHING:
        return REASONS.get(decided.reason, decided.reason + ".")
    sentence = WORDS[decided.step]
    if not setup.row.enabled:
        return sentence + OFF
    if setup.row.stopped:
        return sentence + PAUSED
    return sentence + HELD if setup.row.held and decided.step is Step.DEACTIVATE else sentence
