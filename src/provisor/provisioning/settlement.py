"""Decides what becomes of a mark after its step: the one table that sorts errors by who must act.

PeerUnavailable    LATER     wait and repeat, never given up; a task appears after some repeats
PeerThrottled      RELEASED  the whole app pauses
ConfigError        RELEASED  the whole app pauses until somebody acts: one task for the app
PeerRefused        PARKED    a task for this person, with the app's own words
PeerConflict       PARKED    likewise (the look-up that follows a 409 has been made by then)
PeerMissing        PARKED    likewise
PeerNonconformant  PARKED    one task for the app; after a create LATER, because it may have come through
anything else      PARKED    our bug
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from provisor.connector import (
    ConfigError,
    PeerError,
    PeerNonconformant,
    PeerThrottled,
    PeerUnavailable,
)
from provisor.provisioning.plan import Plan, Step
from provisor.provisioning.subject import Subject
from provisor.systemlog import Event, EventType, Outcome


class Verdict(StrEnum):
    CLEAR = "CLEAR"
    """Served: the mark goes, unless a newer one has come."""
    LATER = "LATER"
    """Look again after a delay."""
    PARKED = "PARKED"
    """Wait for a person or a new change."""
    RELEASED = "RELEASED"
    """Given back as it was; the app pauses."""


class TaskKind(StrEnum):
    CREDENTIALS = "CREDENTIALS"
    CREDENTIALS_EXPIRE = "CREDENTIALS_EXPIRE"
    MAPPING = "MAPPING"
    NONCONFORMANT = "NONCONFORMANT"
    PROVISIONING = "PROVISIONING"
    DEPROVISIONING = "DEPROVISIONING"
    BUG = "BUG"
    TRIAL = "TRIAL"
    MISSING_ACCOUNTS = "MISSING_ACCOUNTS"


@dataclass(frozen=True, slots=True)
class TaskNeed:
    """Something for an administrator."""

    kind: TaskKind
    summary: str
    detail: str
    """What to do."""
    whole_app: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the app has confirmed about the account."""

    external_id: str
    active: bool
    username: str | None
    canonical: bytes
    """What was written; empty when no profile was."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The whole app rests."""

    seconds: float | None
    """None = the app did not say (throttled), or until somebody acts (settings)."""
    reason: str
    needs_person: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    subject: Subject
    verdict: Verdict
    confirmed: Confirmed | None = None
    transfer_from: str | None = None
    """The person who held this account before and has left; their pending deactivation is void."""
    delay: float = 0.0
    lane: int | None = None
    """Another lane for the mark; None keeps it."""
    keeps_intent: bool = False
    counts: bool = False
    """Whether this was an attempt."""
    event: Event | None = None
    task: TaskNeed | None = None
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """How repeats are spaced, in seconds, and when somebody is told."""

    first: float
    most: float
    lookup: float
    task_after: int

    def delay(self, attempts: int, jitter: float) -> float:
        """Doubling from `first` to `most`; `jitter` in 0..1 takes off up to half."""
        return min(self.most, self.first * 2.0 ** min(attempts, 30)) * (1.0 - jitter / 2)


EVENTS = {
    Step.CREATE: EventType.PUSH_NEW,
    Step.UPDATE: EventType.PUSH_PROFILE,
    Step.REACTIVATE: EventType.PUSH_REACTIVATE,
    Step.DEACTIVATE: EventType.PUSH_DEACTIVATE,
    Step.CLEAN_UP: EventType.PUSH_DEACTIVATE,
}

FORGOTTEN = "If the person is to have a new account, take the assignment back and make it again."


def settle_nothing(subject: Subject, plan: Plan) -> Settlement:
    """Settle a plan that sends nothing."""
    if plan.step is Step.WAIT:
        return Settlement(subject, Verdict.LATER, delay=plan.wait, keeps_intent=True)
    if plan.step is Step.BLOCKED:
        advice = "Correct the mapping, or the person's profile: saving the profile tries again."
        return replace(settle_task(subject, Step.UPDATE, plan.reason, advice), keeps_intent=True)
    return Settlement(subject, Verdict.CLEAR, keeps_intent=True)


def settle_done(
    subject: Subject, kind: EventType, confirmed: Confirmed | None, *, transfer_from: str | None = None
) -> Settlement:
    """Settle a step that the app has confirmed."""
    event = Event(kind, app_id=subject.app_id, user_id=subject.user_id)
    return Settlement(subject, Verdict.CLEAR, confirmed, transfer_from, event=event)


def settle_task(subject: Subject, step: Step, problem: str, advice: str) -> Settlement:
    """Settle a step that only a person can take further."""
    leaving = step in (Step.DEACTIVATE, Step.CLEAN_UP)
    kind = TaskKind.DEPROVISIONING if leaving else TaskKind.PROVISIONING
    return Settlement(
        subject,
        Verdict.PARKED,
        keeps_intent=_open(subject),
        counts=True,
        event=failure(subject, step, problem),
        task=TaskNeed(kind, problem, advice),
    )


def settle_error(subject: Subject, plan: Plan, error: PeerError, backoff: Backoff, jitter: float) -> Settlement:
    """Settle a step that the app did not carry out."""
    creating = plan.step is Step.CREATE
    unsure = _unsure(subject, plan, error)
    if isinstance(error, PeerThrottled):
        pause = Pause(error.retry_after, error.message, False)
        return Settlement(subject, Verdict.RELEASED, keeps_intent=unsure, pause=pause)
    if isinstance(error, ConfigError):
        need = TaskNeed(
            TaskKind.CREDENTIALS,
            error.message,
            "Check the connection's address and credentials and save them again; what waits is sent then.",
            whole_app=True,
        )
        pause = Pause(None, error.message, True)
        return Settlement(subject, Verdict.RELEASED, keeps_intent=unsure, task=need, pause=pause)
    if isinstance(error, PeerUnavailable):
        return _wait(subject, plan, error.message, backoff, jitter, unsure=unsure)
    if isinstance(error, PeerNonconformant):
        if creating and subject.mark.attempts == 0:
            return _wait(subject, plan, error.message, backoff, jitter, unsure=True)
        advice = "The app's answers break the SCIM rules. Adjust the app, or its peer policy, then retry this task."
        task = TaskNeed(TaskKind.NONCONFORMANT, error.message, advice, whole_app=True)
        event = failure(subject, plan.step, error.message)
        return Settlement(subject, Verdict.PARKED, keeps_intent=unsure, counts=True, event=event, task=task)
    advice = "Correct the person's data or the app, then retry this task."
    return replace(settle_task(subject, plan.step, error.message, advice), keeps_intent=unsure)


def settle_bug(subject: Subject, step: Step, reference: str) -> Settlement:
    """Settle a step that our own program failed at; `reference` finds it in the process's log."""
    summary = f"Provisor itself failed (reference {reference})."
    need = TaskNeed(TaskKind.BUG, summary, "Please report it with the server's log, then retry this task.")
    event = failure(subject, step, summary)
    return Settlement(subject, Verdict.PARKED, keeps_intent=True, counts=True, event=event, task=need)


def settle_deadly(subject: Subject, step: Step, deaths: int) -> Settlement:
    """Settle somebody over whom workers died while nobody else was in hand."""
    summary = f"Provisor's worker ended {deaths} times while it served this person and nobody else in the app."
    need = TaskNeed(
        TaskKind.BUG, summary, "Please report it with what the system says of the process's end, then retry."
    )
    event = failure(subject, step, summary)
    return Settlement(subject, Verdict.PARKED, keeps_intent=True, counts=True, event=event, task=need)


def _wait(subject: Subject, plan: Plan, problem: str, backoff: Backoff, jitter: float, *, unsure: bool) -> Settlement:
    attempts = subject.mark.attempts
    delay = backoff.delay(attempts, jitter)
    told = attempts + 1 == backoff.task_after
    need = TaskNeed(
        TaskKind.DEPROVISIONING if plan.step is Step.DEACTIVATE else TaskKind.PROVISIONING,
        problem,
        f"Tried {attempts + 1} times and still trying. Check that the app is up.",
    )
    return Settlement(
        subject,
        Verdict.LATER,
        delay=max(delay, backoff.lookup) if unsure and plan.step is Step.CREATE else delay,
        keeps_intent=unsure,
        counts=True,
        event=failure(subject, plan.step, problem) if attempts == 0 or told else None,
        task=need if told else None,
    )


def _open(subject: Subject) -> bool:
    """Whether an earlier write is still unanswered; only an answer or a long enough silence ends that."""
    return subject.link.intent_age is not None


def _unsure(subject: Subject, plan: Plan, error: PeerError) -> bool:
    """Whether a write, now or earlier, may have been carried out without our hearing of it."""
    if _open(subject) or plan.step is Step.REACTIVATE:  # which writes twice: the first may have been done
        return True
    return isinstance(error, PeerNonconformant) or (isinstance(error, PeerUnavailable) and error.unknown)


def failure(subject: Subject, step: Step, problem: str) -> Event:
    kind = EVENTS.get(step, EventType.PUSH_PROFILE)
    return Event(kind, app_id=subject.app_id, user_id=subject.user_id, outcome=Outcome.FAILURE, reason=problem[:255])
