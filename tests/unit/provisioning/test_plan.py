"""The decision table of one person in one app."""

import pytest

from provisor.apps.app import Features
from provisor.apps.defaults import SCIM_MAPPINGS
from provisor.apps.projection import compile_mappings, digest
from provisor.provisioning.changes import changes, values
from provisor.provisioning.plan import Patience, Plan, Step, plan
from provisor.provisioning.subject import Link, Mark, Subject

MAPPINGS = compile_mappings(SCIM_MAPPINGS, "user.login")
ON = Features(create=True, update=True, deactivate=True)
PATIENCE = Patience(lookup=5, repeat=60)
PROFILE = {"login": "ann@example.com", "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com"}
CONFIRMED = digest(MAPPINGS.project(PROFILE).canonical())
NOBODY = Link()
ACTIVE = Link("a1", True, CONFIRMED)
CHANGED = Link("a1", True, b"something else")
OFF = Link("a1", False, CONFIRMED)
UNANSWERED_YOUNG = Link(intent_age=1.0)
UNANSWERED_OLD = Link(intent_age=6.0)
UNSURE_ON = Link("a1", True, CONFIRMED, intent_age=1.0)
UNSURE_OFF = Link("a1", False, CONFIRMED, intent_age=1.0)


def subject(status: str = "ACTIVE", *, assigned: bool = True, wanted: bool = True, link: Link = NOBODY) -> Subject:
    return Subject("0oa1", "00u1", status, PROFILE, assigned, wanted, link, Mark(1, 1, 0, "trn1"))


@pytest.mark.parametrize(
    ("given", "step"),
    [
        (subject(), Step.CREATE),
        (subject(link=ACTIVE), Step.NOTHING),
        (subject(link=CHANGED), Step.UPDATE),
        (subject(link=OFF), Step.REACTIVATE),
        (subject(link=UNANSWERED_YOUNG), Step.WAIT),
        (subject(link=UNANSWERED_OLD), Step.CREATE),
        (subject(link=UNSURE_ON), Step.UPDATE),
        (subject(link=UNSURE_OFF), Step.REACTIVATE),
        (subject(assigned=False, link=UNSURE_ON), Step.DEACTIVATE),
        (subject(assigned=False, link=UNSURE_OFF), Step.DEACTIVATE),
        (subject("SUSPENDED", link=UNSURE_ON), Step.NOTHING),
        (subject(assigned=False), Step.NOTHING),
        (subject(assigned=False, link=ACTIVE), Step.DEACTIVATE),
        (subject(assigned=False, link=OFF), Step.NOTHING),
        (subject(assigned=False, link=UNANSWERED_YOUNG), Step.WAIT),
        (subject(assigned=False, link=UNANSWERED_OLD), Step.CLEAN_UP),
        (subject(wanted=False), Step.NOTHING),
        (subject("STAGED"), Step.NOTHING),
        (subject("SUSPENDED"), Step.NOTHING),
        (subject("SUSPENDED", link=CHANGED), Step.NOTHING),
        (subject("SUSPENDED", assigned=False, link=ACTIVE), Step.DEACTIVATE),
        (subject("DEPROVISIONED", link=ACTIVE), Step.DEACTIVATE),
        (subject("DELETED", link=ACTIVE), Step.DEACTIVATE),
        (subject("DELETED", link=OFF), Step.NOTHING),
        (subject("PROVISIONED"), Step.CREATE),
        (subject("RECOVERY"), Step.CREATE),
        (subject("PASSWORD_EXPIRED"), Step.CREATE),
        (subject("LOCKED_OUT"), Step.CREATE),
    ],
)
def test_the_plan_follows_from_status_assignment_and_link(given: Subject, step: Step) -> None:
    """Each row of the table in the module's docstring."""
    assert plan(given, MAPPINGS, ON, PATIENCE).step is step


@pytest.mark.parametrize(
    ("features", "given", "step"),
    [
        (Features(create=True, deactivate=True), subject(link=CHANGED), Step.NOTHING),
        (Features(create=True, update=True), subject(assigned=False, link=ACTIVE), Step.NOTHING),
        (Features(update=True), subject(), Step.CREATE),
    ],
)
def test_switched_off_features_send_nothing(features: Features, given: Subject, step: Step) -> None:
    """Without “create” the look-up is still made: it may find an account to link."""
    assert plan(given, MAPPINGS, features, PATIENCE).step is step


def test_a_plan_says_what_changes_and_where_it_comes_from() -> None:
    """A changed title shows its old value, its new one and the profile attribute behind it."""
    person = Subject(
        "0oa1", "00u1", "ACTIVE", {**PROFILE, "title": "Lead"}, True, True, CHANGED, Mark(1, 1, 0, "trn1")
    )  # fmt: skip
    pushed = {"userName": "ann@example.com", **MAPPINGS.project({**PROFILE, "title": "Clerk"}).attributes}
    (change,) = changes(plan(person, MAPPINGS, ON, PATIENCE), pushed)
    assert (change.attribute, change.before, change.after) == ("title", "Clerk", "Lead")
    assert (change.source, change.mapping) == ("title", "user.title")


def test_a_cleared_value_is_shown_as_gone() -> None:
    """What was pushed and is not projected any more ends as None, with the source that lost it."""
    pushed = {"userName": "ann@example.com", **MAPPINGS.project({**PROFILE, "title": "Clerk"}).attributes}
    (change,) = changes(plan(subject(link=CHANGED), MAPPINGS, ON, PATIENCE), pushed)
    assert (change.attribute, change.before, change.after, change.source) == ("title", "Clerk", None, "title")


def test_a_deactivation_shows_the_switch() -> None:
    """The only change of a deactivation is the account's state."""
    (change,) = changes(plan(subject(assigned=False, link=ACTIVE), MAPPINGS, ON, PATIENCE), {})
    assert (change.attribute, change.before, change.after) == ("active", True, False)


def test_every_value_of_an_account_is_explained() -> None:
    """Constants have no source; mapped values name theirs."""
    shown = {each.attribute: each.source for each in values(plan(subject(), MAPPINGS, ON, PATIENCE), {})}
    assert shown["userName"] == "login"
    assert shown["givenName"] == "firstName"
    assert shown["emailType"] is None


def test_a_plan_that_writes_nothing_has_no_values() -> None:
    """Nothing is shown for a step without a projection."""
    assert values(Plan(Step.NOTHING, "as it should be"), {}) == []
