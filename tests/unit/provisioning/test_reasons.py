"""Why somebody has an account in an app or has none: the first condition that is not met."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from provisor.apps.app import Features
from provisor.provisioning.reasons import Account, AppFacts, Cause, Facts, MarkFacts, TaskFacts, why

THEN = datetime(2026, 11, 1, tzinfo=UTC)
LATER = datetime(2026, 11, 2, tzinfo=UTC)
ON = Features(create=True, update=True, deactivate=True)
APP = AppFacts("0oa1", "Wiki", active=True, connected=True, enabled=True, features=ON)
MARK = MarkFacts(THEN, lane=1, attempts=0, parked=False, behind_hold=False, position=0)
TASK = TaskFacts("tsk1", "PROVISIONING", "The app refuses the name.", "Choose another, then retry.", THEN, THEN)
NEW = Facts(APP, "ACTIVE", assigned=True, wanted=True, since=THEN, mark=MARK)
"""Somebody who was assigned just now."""
THERE = replace(NEW, external_id="7", active=True, mark=None)
"""Somebody whose account is as it should be."""
LEAVING = replace(THERE, assigned=False, mark=replace(MARK, lane=0))
STRANGER = Facts(APP, "ACTIVE")


def at(facts: Facts, **app: Any) -> Facts:
    """The same in an app that differs so."""
    return replace(facts, app=replace(facts.app, **app))


RESTING = {"resting_until": LATER, "rest_reason": "429 without Retry-After"}
FAILING = {"failing_since": THEN, "failing_tries": 3, "rest_reason": "Connection refused."}
CASES = [
    # Somebody who is to have an account
    (replace(NEW, status="STAGED", wanted=False), Cause.STAGED, "The person is not activated yet."),
    (replace(NEW, status="SUSPENDED", wanted=False), Cause.SUSPENDED, "The person is suspended: nothing is sent."),
    (replace(THERE, status="SUSPENDED"), Cause.SUSPENDED, "The person is suspended: nothing is sent."),
    (at(replace(NEW, wanted=False, mark=None), active=False), Cause.NOT_WANTED, "Assigned while provisioning was off."),
    (at(NEW, active=False, connected=False, enabled=False), Cause.APP_INACTIVE, "The app is deactivated."),
    (at(NEW, connected=False, enabled=False), Cause.NOT_CONNECTED, "The app has no API integration yet."),
    (at(NEW, enabled=False, paused_since=THEN), Cause.CONNECTION_OFF, "The app's API integration is switched off."),
    (at(NEW, features=Features(), paused_since=THEN), Cause.CREATE_OFF, None),
    (
        at(NEW, paused_since=THEN, paused_for="moving house.", stopped=True),
        Cause.PAUSED,
        "An administrator has paused the app: moving house.",
    ),
    (at(NEW, paused_since=THEN), Cause.PAUSED, "An administrator has paused the app."),
    (at(NEW, stopped=True, rest_reason="401", failing_since=THEN), Cause.REFUSED, None),
    (
        at(NEW, **FAILING, resting_until=LATER),
        Cause.QUARANTINED,
        "The app fails: Connection refused. It was tried 3 times in vain.",
    ),
    (at(replace(NEW, task=TASK), **RESTING), Cause.RESTING, "The app asked us to slow down: 429 without Retry-After"),
    (replace(NEW, problem="“level” has no result.", task=TASK), Cause.NO_RESULT, "“level” has no result."),
    (
        replace(NEW, holder="bob@example.com", task=TASK),
        Cause.CONFLICT,
        "The account of that name belongs to bob@example.com.",
    ),
    (replace(NEW, task=TASK, mark=replace(MARK, parked=True)), Cause.TASK, "The app refuses the name."),
    (replace(NEW, mark=replace(MARK, parked=True)), Cause.PARKED, "It waits for a person, or for a change."),
    (replace(NEW, intent_since=THEN), Cause.UNANSWERED, None),
    (NEW, Cause.WAITING, "It waits to be sent, in the lane of single changes, next in turn."),
    (
        replace(NEW, mark=replace(MARK, lane=2, position=1200, attempts=2)),
        Cause.WAITING,
        "It waits to be sent, in the lane of bulk work, after 1,200 others. "
        "Tried 2 times so far; it is tried again. The System Log says why.",
    ),
    (replace(NEW, mark=None), Cause.NOTHING_DUE, "There is no account, and nothing is under way."),
    (replace(THERE, mark=MARK), Cause.WAITING, None),
    (THERE, Cause.HAS_ACCOUNT, "The account is there, as last confirmed."),
    (at(THERE, active=False, enabled=False), Cause.HAS_ACCOUNT, "The account is there, as last confirmed."),
    (replace(THERE, active=False, mark=MARK), Cause.WAITING, None),
    # Somebody who is to have none
    (STRANGER, Cause.NOT_ASSIGNED, "The person is not assigned to the app."),
    (replace(STRANGER, status="DEPROVISIONED"), Cause.GONE, "The person is deactivated."),
    (replace(STRANGER, status="DELETED"), Cause.GONE, "The person has been deleted."),
    (
        replace(THERE, assigned=False, active=False),
        Cause.LEFT,
        "The account was deactivated, because the person is no longer assigned.",
    ),
    (
        replace(THERE, status="DELETED", active=False),
        Cause.LEFT,
        "The account was deactivated, because the person was deleted.",
    ),
    (replace(LEAVING, wanted=False), Cause.NOT_WANTED, None),
    (at(replace(LEAVING, mark=None), features=Features(create=True)), Cause.DEACTIVATE_OFF, None),
    (at(LEAVING, enabled=False), Cause.CONNECTION_OFF, None),
    (at(replace(LEAVING, mark=replace(MARK, lane=0, behind_hold=True)), held_since=THEN), Cause.HELD, None),
    (replace(LEAVING, task=TASK), Cause.TASK, "The app refuses the name."),
    (replace(LEAVING, external_id=None, intent_since=THEN), Cause.UNANSWERED, None),
    (LEAVING, Cause.WAITING, "It waits to be sent, in the lane of people who leave, next in turn."),
    (replace(LEAVING, external_id=None), Cause.NOT_ASSIGNED, "The person is not assigned to the app."),
]


@pytest.mark.parametrize(("facts", "cause", "words"), CASES)
def test_the_first_unmet_condition_is_told(facts: Facts, cause: Cause, words: str | None) -> None:
    """Whatever else is in the way comes after it."""
    reason = why(facts)
    assert reason.cause is cause
    assert words is None or reason.words == words


def test_every_cause_is_told_somewhere() -> None:
    """The table leaves none out."""
    assert {cause for _, cause, _ in CASES} == set(Cause)


@pytest.mark.parametrize(("facts", "cause", "_"), CASES)
def test_whatever_is_in_the_way_comes_with_a_way_out(facts: Facts, cause: Cause, _: str | None) -> None:
    """Advice, or the time after which it ends by itself, or nothing that anybody should do."""
    ends_by_itself = {Cause.WAITING, Cause.UNANSWERED, Cause.HAS_ACCOUNT}
    reason = why(facts)
    assert bool(reason.advice) is (cause not in ends_by_itself and facts.status != "DELETED")
    assert reason.words.endswith((".", "401", "Retry-After"))


@pytest.mark.parametrize(
    ("facts", "account"),
    [
        (STRANGER, Account.NONE),
        (replace(NEW, intent_since=THEN), Account.UNKNOWN),
        (replace(THERE, intent_since=THEN), Account.ACTIVE),
        (replace(THERE, active=False), Account.INACTIVE),
    ],
)
def test_the_account_is_what_was_last_confirmed(facts: Facts, account: Account) -> None:
    """An unanswered create is neither an account nor none."""
    assert why(facts).account is account


@pytest.mark.parametrize(
    ("app", "advice"),
    [
        ({"active": False}, "Activate the app, then use Provision User."),
        ({"enabled": False}, "Connect the app and switch Create Users on, then use Provision User."),
        ({"features": Features()}, "Switch Create Users on, then use Provision User."),
        ({}, "Use Provision User."),
    ],
)
def test_who_was_assigned_while_provisioning_was_off_learns_what_it_takes(app: dict[str, Any], advice: str) -> None:
    """Provision User does nothing for an app that cannot be reached."""
    assert why(at(replace(NEW, wanted=False, mark=None), **app)).advice == advice


def test_the_groups_that_would_assign_are_named() -> None:
    """Who is deactivated has to be activated first."""
    assert (
        why(replace(STRANGER, ways=("Staff", "Crew"))).advice == "Assign the person, or add them to “Staff” or “Crew”."
    )
    gone = why(replace(STRANGER, status="DEPROVISIONED", ways=("Staff",)))
    assert gone.advice == "Activate the person first; group assignments then come back by themselves."
