"""Says why somebody has an account in an app or has none: the first unmet condition, in words, and what to do. Pure.

The order is that in which an administrator would have to remove what is in the way: the person, the assignment, the
app's settings, its rests, safeguards, the person's own mapping and task, and at last the queue. Who waits for whom is
told here and nowhere else: lists, pages, the API and the command line show parts of the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from provisor.apps.app import Features
from provisor.provisioning.plan import GONE


class Cause(StrEnum):
    """The first unmet condition, or that there is none."""

    GONE = "GONE"
    STAGED = "STAGED"
    SUSPENDED = "SUSPENDED"
    NOT_ASSIGNED = "NOT_ASSIGNED"
    NOT_WANTED = "NOT_WANTED"
    """Assigned while provisioning was off."""
    APP_INACTIVE = "APP_INACTIVE"
    NOT_CONNECTED = "NOT_CONNECTED"
    CONNECTION_OFF = "CONNECTION_OFF"
    CREATE_OFF = "CREATE_OFF"
    DEACTIVATE_OFF = "DEACTIVATE_OFF"
    PAUSED = "PAUSED"
    """By an administrator."""
    REFUSED = "REFUSED"
    """The app does not take our requests: its settings have to be mended."""
    QUARANTINED = "QUARANTINED"
    RESTING = "RESTING"
    HELD = "HELD"
    NO_RESULT = "NO_RESULT"
    """A mapping has no result, or the app's set-up cannot be used."""
    CONFLICT = "CONFLICT"
    """Another person of ours has the account."""
    TASK = "TASK"
    PARKED = "PARKED"
    UNANSWERED = "UNANSWERED"
    WAITING = "WAITING"
    NOTHING_DUE = "NOTHING_DUE"
    """There is no account, and nothing is under way."""
    LEFT = "LEFT"
    """There was an account; it is deactivated."""
    HAS_ACCOUNT = "HAS_ACCOUNT"


class Account(StrEnum):
    """What is known of the account in the app."""

    NONE = "NONE"
    UNKNOWN = "UNKNOWN"
    """A create has not been answered."""
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


@dataclass(frozen=True, slots=True)
class AppFacts:
    """What bears on everybody in an app."""

    id: str
    label: str
    active: bool
    connected: bool
    """There is an API integration, enabled or not."""
    enabled: bool
    features: Features
    paused_since: datetime | None = None
    paused_for: str = ""
    stopped: bool = False
    """Rests until a person mends the settings."""
    resting_until: datetime | None = None
    rest_reason: str = ""
    failing_since: datetime | None = None
    failing_tries: int = 0
    held_since: datetime | None = None
    """A safeguard has tripped."""


@dataclass(frozen=True, slots=True)
class MarkFacts:
    """That somebody is to be looked at, and when."""

    since: datetime
    lane: int
    attempts: int
    parked: bool
    """Until a person acts or something changes."""
    behind_hold: bool
    """Of those whom a safeguard holds."""
    position: int | None = None
    """How many are served before; None: not counted."""
    overwriting: str | None = None
    """The attribute for which a safeguard of overwrites holds it."""


@dataclass(frozen=True, slots=True)
class TaskFacts:
    id: str
    kind: str
    summary: str
    detail: str
    created: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person and one app."""

    app: AppFacts
    status: str
    """The person's; `DELETED` for a tombstone."""
    assigned: bool = False
    wanted: bool = False
    external_id: str | None = None
    active: bool | None = None
    """As last confirmed."""
    username: str | None = None
    since: datetime | None = None
    """When the account, or the assignment, came to be as it is."""
    intent_since: datetime | None = None
    """A write was begun then and has not been answered."""
    last_push: datetime | None = None
    mark: MarkFacts | None = None
    task: TaskFacts | None = None
    ways: Sequence[str] = ()
    """Names of the first groups of the app, any of which would assign the person."""
    problem: str | None = None
    """Why the account cannot be worked out: a mapping without a result."""
    holder: str | None = None
    """Who else of ours has the account of that name."""

    @property
    def account(self) -> Account:
        if self.external_id is None:
            return Account.NONE if self.intent_since is None else Account.UNKNOWN
        return Account.INACTIVE if self.active is False else Account.ACTIVE


@dataclass(frozen=True, slots=True)
class Reason:
    cause: Cause
    account: Account
    words: str
    """Whole sentences."""
    advice: str = ""
    """What somebody can do about it; empty where nothing is to be done."""
    since: datetime | None = None
    until: datetime | None = None
    """When it ends by itself."""
    app_wide: bool = False
    """It concerns everybody in the app alike."""


LANES = {0: "people who leave", 1: "single changes", 2: "bulk work"}
RESTS_END = "It goes on by itself; nothing is lost."


def why(facts: Facts) -> Reason:
    """The first unmet condition between the person and what the directory wants of the app."""
    if facts.assigned and facts.status not in GONE:
        return _why_in(facts)
    return _why_out(facts)


def _why_in(facts: Facts) -> Reason:
    """Somebody who is to have an account, kept as the directory says."""
    account = facts.account
    if account is Account.NONE and facts.status == "STAGED":
        return _of(
            facts, Cause.STAGED, "The person is not activated yet.", "The account is made when the person is activated."
        )
    if facts.status == "SUSPENDED":
        return _of(facts, Cause.SUSPENDED, "The person is suspended: nothing is sent.", "Lift the suspension to go on.")
    if not facts.wanted:
        return _of(facts, Cause.NOT_WANTED, "Assigned while provisioning was off.", _how_to_want(facts.app))
    settled = facts.mark is None and account is Account.ACTIVE
    if settled:
        return _has_account(facts)
    return _app_wide(facts) or _own(facts)


def _why_out(facts: Facts) -> Reason:
    """Somebody who is to have no account, or none any more."""
    account = facts.account
    gone = facts.status in GONE
    over = account in (Account.NONE, Account.INACTIVE)
    if over and (facts.mark is None or not facts.wanted):
        if account is Account.INACTIVE:
            words = "The account was deactivated, " + _left(facts, gone)
            return _of(facts, Cause.LEFT, words, _how_to_assign(facts, gone), since=facts.since)
        if gone:
            return _of(facts, Cause.GONE, _gone(facts), _how_to_assign(facts, gone))
        return _of(facts, Cause.NOT_ASSIGNED, "The person is not assigned to the app.", _how_to_assign(facts, gone))
    if not facts.wanted:
        words = "No longer assigned; the account is left as it is, because it was never Provisor's to keep in line."
        return _of(facts, Cause.NOT_WANTED, words, "End the account in the app by hand.")
    if account is Account.ACTIVE and not facts.app.features.deactivate and facts.mark is None:
        words = "The account stays, " + _left(facts, gone) + " Deactivate Users is off for this app."
        advice = "End the account in the app by hand, or switch Deactivate Users on and use Force Sync."
        return _of(facts, Cause.DEACTIVATE_OFF, words, advice)
    if over and facts.task is None:
        # A mark that has nothing left to do but to be looked at.
        cause = Cause.LEFT if account is Account.INACTIVE else Cause.GONE if gone else Cause.NOT_ASSIGNED
        words = _gone(facts) if gone else "The person is not assigned to the app."
        return _of(facts, cause, words, _how_to_assign(facts, gone), since=facts.since)
    return _app_wide(facts) or _own(facts)


def _app_wide(facts: Facts) -> Reason | None:
    """What keeps everybody in the app from being served."""
    app = facts.app
    if not app.active:
        return _of(facts, Cause.APP_INACTIVE, "The app is deactivated.", "Activate the app.", app_wide=True)
    if not app.connected:
        words, advice = "The app has no API integration yet.", "Connect it under Provisioning, API Integration."
        return _of(facts, Cause.NOT_CONNECTED, words, advice, app_wide=True)
    if not app.enabled:
        words, advice = "The app's API integration is switched off.", "Switch it on under Provisioning."
        return _of(facts, Cause.CONNECTION_OFF, words, advice, app_wide=True)
    if facts.account is Account.NONE and facts.assigned and not app.features.create and facts.task is None:
        words = "Create Users is off for this app: only an account that is there already is linked."
        return _of(facts, Cause.CREATE_OFF, words, "Create the account in the app, or switch Create Users on.")
    return _rest(facts, app)


def _rest(facts: Facts, app: AppFacts) -> Reason | None:
    if app.paused_since is not None:
        said = f": {app.paused_for.rstrip('.')}" if app.paused_for else ""
        words = f"An administrator has paused the app{said}."
        return _of(facts, Cause.PAUSED, words, "Resume the app.", since=app.paused_since, app_wide=True)
    if app.stopped:
        words = f"The app does not take our requests: {app.rest_reason or 'the app gave no reason'}"
        advice = "Mend the address or the credentials under API Integration, or retry the app's task."
        return _of(facts, Cause.REFUSED, words, advice, app_wide=True)
    if app.failing_since is not None:
        tried = f" It was tried {_times(app.failing_tries)} in vain." if app.failing_tries else ""
        words = f"The app fails: {app.rest_reason or 'it does not answer.'}{tried}"
        return _of(
            facts, Cause.QUARANTINED, words, RESTS_END, since=app.failing_since, until=app.resting_until, app_wide=True
        )
    if app.resting_until is not None:
        words = f"The app asked us to slow down: {app.rest_reason or 'it gave no reason.'}"
        return _of(facts, Cause.RESTING, words, RESTS_END, until=app.resting_until, app_wide=True)
    return None


def _own(facts: Facts) -> Reason:
    """What keeps this person from being served."""
    mark, task = facts.mark, facts.task
    if mark is not None and mark.behind_hold and facts.app.held_since is not None:
        words = "A safeguard holds it: too many would lose access at once."
        return _of(facts, Cause.HELD, words, "Review the people concerned, then release them.", since=mark.since)
    if mark is not None and mark.overwriting is not None:
        words = f"A safeguard holds it: “{mark.overwriting}” would be overwritten in too many accounts."
        return _of(facts, Cause.HELD, words, "Review the people concerned, then release or discard.", since=mark.since)
    if facts.problem is not None:
        return _of(facts, Cause.NO_RESULT, facts.problem, "Correct the person's profile or the mapping.")
    if facts.holder is not None and task is not None:
        words = f"The account of that name belongs to {facts.holder}."
        return _of(facts, Cause.CONFLICT, words, task.detail, since=task.created)
    if task is not None:
        return _of(facts, Cause.TASK, task.summary, task.detail, since=task.created)
    if mark is not None and mark.parked:
        words = "It waits for a person, or for a change."
        return _of(facts, Cause.PARKED, words, "The app's tasks say why; retry them.", since=mark.since)
    if facts.account is Account.UNKNOWN:
        words = "A create was sent and has not been answered: the app is looked at before anything is sent again."
        return _of(facts, Cause.UNANSWERED, words, "", since=facts.intent_since)
    if mark is not None:
        return _of(facts, Cause.WAITING, _waiting(mark), "", since=mark.since)
    if facts.account is Account.ACTIVE:
        return _has_account(facts)
    words = "There is no account, and nothing is under way."
    return _of(facts, Cause.NOTHING_DUE, words, "Use Force Sync to have everybody in the app looked at again.")


def _has_account(facts: Facts) -> Reason:
    return _of(facts, Cause.HAS_ACCOUNT, "The account is there, as last confirmed.", since=facts.since)


def _of(
    facts: Facts,
    cause: Cause,
    words: str,
    advice: str = "",
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    app_wide: bool = False,
) -> Reason:
    return Reason(cause, facts.account, words, advice, since, until, app_wide)


def _gone(facts: Facts) -> str:
    return "The person has been deleted." if facts.status == "DELETED" else "The person is deactivated."


def _left(facts: Facts, gone: bool) -> str:
    if not gone:
        return "because the person is no longer assigned."
    return "because the person was deleted." if facts.status == "DELETED" else "because the person was deactivated."


def _how_to_want(app: AppFacts) -> str:
    if not app.active:
        return "Activate the app, then use Provision User."
    if not app.enabled:
        return "Connect the app and switch Create Users on, then use Provision User."
    if not app.features.create:
        return "Switch Create Users on, then use Provision User."
    return "Use Provision User."


def _how_to_assign(facts: Facts, gone: bool) -> str:
    if facts.status == "DELETED":
        return ""
    if gone:
        return "Activate the person first; group assignments then come back by themselves."
    if not facts.ways:
        return "Assign the person."
    names = " or ".join(f"“{name}”" for name in facts.ways)
    return f"Assign the person, or add them to {names}."


def _waiting(mark: MarkFacts) -> str:
    words = f"It waits to be sent, in the lane of {LANES.get(mark.lane, 'changes')}"
    if mark.position is not None:
        words += ", next in turn" if mark.position == 0 else f", after {mark.position:,} others"
    return words + "." + (f" {tried(mark.attempts)}" if mark.attempts else "")


def tried(attempts: int) -> str:
    """How often an app did not answer so far; the log has its reasons."""
    return f"Tried {_times(attempts)} so far; it is tried again. The System Log says why." if attempts else ""


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
