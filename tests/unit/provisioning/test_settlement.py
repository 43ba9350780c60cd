"""Who must act on which error, and when a repeat comes."""

import pytest

from provisor.connector import (
    ConfigError,
    PeerConflict,
    PeerError,
    PeerMissing,
    PeerNonconformant,
    PeerRefused,
    PeerThrottled,
    PeerUnavailable,
)
from provisor.provisioning.plan import Plan, Step
from provisor.provisioning.settlement import (
    Backoff,
    TaskKind,
    Verdict,
    settle_bug,
    settle_deadly,
    settle_error,
    settle_nothing,
)
from provisor.provisioning.subject import Link, Mark, Subject
from provisor.systemlog import Outcome

BACKOFF = Backoff(first=1, most=300, lookup=5, task_after=10)
CREATE = Plan(Step.CREATE, "because")
UPDATE = Plan(Step.UPDATE, "because")


def subject(attempts: int = 0, intent_age: float | None = None) -> Subject:
    return Subject(
        "0oa1", "00u1", "ACTIVE", {}, True, True, Link(intent_age=intent_age), Mark(7, 1, attempts, "trn1")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "verdict", "task"),
    [
        (PeerUnavailable("down"), Verdict.LATER, None),
        (PeerThrottled("slowly", retry_after=7), Verdict.RELEASED, None),
        (ConfigError("401"), Verdict.RELEASED, TaskKind.CREDENTIALS),
        (PeerRefused("no"), Verdict.PARKED, TaskKind.PROVISIONING),
        (PeerConflict("taken"), Verdict.PARKED, TaskKind.PROVISIONING),
        (PeerMissing("gone"), Verdict.PARKED, TaskKind.PROVISIONING),
        (PeerNonconformant("odd"), Verdict.PARKED, TaskKind.NONCONFORMANT),
    ],
)
def test_errors_are_sorted_by_who_must_act(error: PeerError, verdict: Verdict, task: TaskKind | None) -> None:
    """Each row of the table in the module's docstring."""
    settled = settle_error(subject(), UPDATE, error, BACKOFF, 0.0)
    assert settled.verdict is verdict
    assert (settled.task.kind if settled.task else None) is task


def test_an_app_that_says_how_long_is_left_alone_that_long() -> None:
    """The pause of the whole app is the app's own number; silence leaves it to the worker."""
    told = settle_error(subject(), UPDATE, PeerThrottled("slowly", retry_after=7), BACKOFF, 0.0)
    silent = settle_error(subject(), UPDATE, PeerThrottled("slowly"), BACKOFF, 0.0)
    assert told.pause is not None and told.pause.seconds == 7
    assert silent.pause is not None and silent.pause.seconds is None


def test_bad_credentials_are_one_task_for_the_whole_app() -> None:
    """The task names no person, and the app waits for somebody."""
    settled = settle_error(subject(), UPDATE, ConfigError("401"), BACKOFF, 0.0)
    assert settled.task is not None and settled.task.whole_app
    assert settled.pause is not None and settled.pause.needs_person


def test_a_lost_answer_of_a_create_is_looked_after_before_it_is_repeated() -> None:
    """The intent stays, and the first look comes no sooner than the setting says."""
    settled = settle_error(subject(), CREATE, PeerUnavailable("time-out", unknown=True), BACKOFF, 0.0)
    assert settled.keeps_intent and settled.delay >= BACKOFF.lookup


def test_any_write_without_an_answer_leaves_doubt() -> None:
    """Lost and unreadable answers keep the intent; a refusal ends it, except after the first of two writes."""
    for error in (PeerUnavailable("time-out", unknown=True), PeerNonconformant("odd")):
        assert settle_error(subject(), UPDATE, error, BACKOFF, 0.0).keeps_intent
    for error in (PeerRefused("no"), PeerUnavailable("refused"), PeerThrottled("slowly"), ConfigError("401")):
        assert not settle_error(subject(), UPDATE, error, BACKOFF, 0.0).keeps_intent
        assert settle_error(subject(), Plan(Step.REACTIVATE, "because"), error, BACKOFF, 0.0).keeps_intent


def test_a_create_that_was_surely_not_sent_is_repeated_at_once() -> None:
    """A refused connection leaves no doubt: the intent goes."""
    settled = settle_error(subject(), CREATE, PeerUnavailable("refused", unknown=False), BACKOFF, 0.0)
    assert not settled.keeps_intent and settled.delay == 1


def test_an_unreadable_answer_to_a_create_is_looked_after_once_and_then_a_task() -> None:
    """The first time the account may have been made; the second time the app has to be mended."""
    first = settle_error(subject(), CREATE, PeerNonconformant("empty"), BACKOFF, 0.0)
    again = settle_error(subject(attempts=1, intent_age=9), CREATE, PeerNonconformant("empty"), BACKOFF, 0.0)
    assert (first.verdict, first.keeps_intent) == (Verdict.LATER, True)
    assert (again.verdict, again.keeps_intent) == (Verdict.PARKED, True)


def test_an_unanswered_create_survives_other_errors() -> None:
    """Throttling or bad credentials say nothing about the earlier create."""
    for error in (PeerThrottled("slowly"), ConfigError("401"), PeerRefused("bad filter")):
        assert settle_error(subject(intent_age=9), CREATE, error, BACKOFF, 0.0).keeps_intent


def test_waiting_is_never_given_up_and_somebody_is_told_once() -> None:
    """The tenth attempt makes the task; the hundredth still waits."""
    tenth = settle_error(subject(attempts=9), UPDATE, PeerUnavailable("down"), BACKOFF, 0.0)
    hundredth = settle_error(subject(attempts=99), UPDATE, PeerUnavailable("down"), BACKOFF, 0.0)
    assert tenth.task is not None and tenth.verdict is Verdict.LATER
    assert hundredth.task is None and hundredth.verdict is Verdict.LATER
    assert hundredth.delay == BACKOFF.most


def test_only_the_first_failure_and_the_task_are_logged() -> None:
    """An app that is down for a day does not fill the log."""
    logged = [
        settle_error(subject(attempts=n), UPDATE, PeerUnavailable("down"), BACKOFF, 0.0).event is not None
        for n in range(12)
    ]
    assert [n for n, each in enumerate(logged) if each] == [0, 9]


def test_a_long_reason_is_cut_for_the_log() -> None:
    """The System Log keeps 255 characters."""
    event = settle_error(subject(), UPDATE, PeerRefused("x" * 400), BACKOFF, 0.0).event
    assert event is not None and event.reason is not None
    assert (event.outcome, len(event.reason)) == (Outcome.FAILURE, 255)


def test_our_own_bug_parks_the_person_with_a_reference() -> None:
    """The task says where to look and what to do."""
    settled = settle_bug(subject(), Step.UPDATE, "oae1")
    assert settled.verdict is Verdict.PARKED
    assert settled.task is not None and "oae1" in settled.task.summary


def test_somebody_over_whom_workers_die_waits_for_a_person() -> None:
    """Whether anything was written is not known, and stays on record."""
    settled = settle_deadly(subject(), Step.UPDATE, 2)
    assert (settled.verdict, settled.keeps_intent) == (Verdict.PARKED, True)
    assert settled.task is not None and "2 times" in settled.task.summary


def test_waiting_for_a_look_up_keeps_the_mark() -> None:
    """A plan that waits comes back when it said."""
    settled = settle_nothing(subject(), Plan(Step.WAIT, "waiting", wait=3.5))
    assert (settled.verdict, settled.delay, settled.counts) == (Verdict.LATER, 3.5, False)


@pytest.mark.parametrize(("attempts", "jitter", "delay"), [(0, 0, 1), (3, 0, 8), (20, 0, 300), (3, 1, 4)])
def test_repeats_double_up_to_the_most_with_jitter(attempts: int, jitter: float, delay: float) -> None:
    """Jitter takes off up to half."""
    assert BACKOFF.delay(attempts, jitter) == delay
