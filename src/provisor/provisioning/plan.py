"""Decides what one person's account in one app needs. Pure: the same input gives the same plan.

person        account                    plan
assigned      none known                 CREATE (look up first: link or create)
assigned      deactivated                REACTIVATE
assigned      differs                    UPDATE
assigned      as it should be            NOTHING
assigned      a write is unanswered      UPDATE, whatever was last confirmed
left          active                     DEACTIVATE
left          a write is unanswered      DEACTIVATE, whatever was last confirmed
left          a create is unanswered     CLEAN_UP (look up; deactivate if it is ours)
left          none known, deactivated    NOTHING
staged        none known                 NOTHING (comes when the person is activated)
suspended     any                        NOTHING while assigned; leaving still deactivates
assigned      a mapping has no result    BLOCKED (a task; the account stays as it is)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisor.apps.app import Features
from provisor.apps.projection import MappingSet, Projection, digest
from provisor.provisioning.subject import Subject


class Step(StrEnum):
    CREATE = "CREATE_OR_LINK"
    UPDATE = "UPDATE"
    REACTIVATE = "REACTIVATE"
    DEACTIVATE = "DEACTIVATE"
    CLEAN_UP = "CLEAN_UP"
    NOTHING = "NOTHING"
    WAIT = "WAIT"
    BLOCKED = "BLOCKED"


WORKING = frozenset({"PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT"})
"""States in which people have accounts made and kept in line."""
GONE = frozenset({"DEPROVISIONED", "DELETED"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to leave an unanswered create alone, in seconds."""

    lookup: float
    """Before looking whether it came through."""
    repeat: float
    """Before it may be sent again: the request's time-out."""


@dataclass(frozen=True, slots=True)
class Plan:
    step: Step
    reason: str
    """For people; a constant text."""
    projection: Projection | None = None
    canonical: bytes = b""
    """The projection's canonical form; empty when nothing is to be written."""
    wait: float = 0.0
    """Seconds until it is worth looking again (step WAIT)."""


NOT_OURS = Plan(Step.NOTHING, "provisioning was off when the assignment was made: use Provision User")
LEFT = Plan(Step.NOTHING, "not assigned, and no active account is known")
KEPT = Plan(Step.NOTHING, "not assigned; deactivating users is switched off for this app")
LEAVES = Plan(Step.DEACTIVATE, "no longer assigned")
UNANSWERED = Plan(Step.CLEAN_UP, "no longer assigned; whether the account was created is not known")
STAGED = Plan(Step.NOTHING, "the person is not activated yet")
SUSPENDED = Plan(Step.NOTHING, "the person is suspended: nothing is sent")
SAME = Plan(Step.NOTHING, "the account is as it should be")
UNSURE = "an earlier write has not been answered: what the account holds is not known"
NO_UPDATES = Plan(Step.NOTHING, "updating users is switched off for this app")


def plan(subject: Subject, mappings: MappingSet, features: Features, patience: Patience) -> Plan:
    """Decide what the account needs now."""
    if not subject.wanted:
        return NOT_OURS
    link = subject.link
    if subject.status in GONE or not subject.assigned:
        return _leave(subject, features, patience)
    if subject.status == "SUSPENDED":
        return SUSPENDED
    if subject.status not in WORKING:
        return STAGED
    if link.external_id is None and link.intent_age is not None and link.intent_age < patience.lookup:
        return _wait(patience.lookup - link.intent_age)
    projection = project(subject, mappings, features)
    if projection.problem is not None:
        return Plan(Step.BLOCKED, projection.problem)
    canonical = projection.canonical()
    if link.external_id is None:
        return Plan(Step.CREATE, "assigned, and no account is known", projection, canonical)
    if link.active is False:
        return Plan(Step.REACTIVATE, "assigned again", projection, canonical)
    if link.unsure:
        # The unanswered write may have been a deactivation.
        return Plan(Step.UPDATE if features.update else Step.REACTIVATE, UNSURE, projection, canonical)
    if link.digest == digest(canonical):
        return SAME
    if not features.update:
        return NO_UPDATES
    return Plan(Step.UPDATE, "the profile differs from what was last confirmed", projection, canonical)


def project(subject: Subject, mappings: MappingSet, features: Features) -> Projection:
    """What the person's account has to look like."""
    link = subject.link
    keeps = link.external_id is not None and (features.exclude_username or mappings.keeps_name)
    return mappings.project(subject.profile, subject.beside, name=link.username if keeps else None)


def _leave(subject: Subject, features: Features, patience: Patience) -> Plan:
    link = subject.link
    if link.external_id is None and link.intent_age is not None:
        return _wait(patience.lookup - link.intent_age) if link.intent_age < patience.lookup else UNANSWERED
    if link.external_id is None or (link.active is False and not link.unsure):
        return LEFT
    return LEAVES if features.deactivate else KEPT


def _wait(seconds: float) -> Plan:
    return Plan(
        Step.WAIT, "a create has not been answered: waiting before looking whether it came through", wait=seconds
    )
