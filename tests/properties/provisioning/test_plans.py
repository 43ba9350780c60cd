"""Laws of provisioning: a plan that was carried out leaves nothing to do, and equal means equal."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from provisor.apps.app import Features
from provisor.apps.defaults import DIRECT, SCIM_MAPPINGS
from provisor.apps.projection import compile_mappings, digest
from provisor.provisioning.changes import changes
from provisor.provisioning.plan import Patience, Step, plan
from provisor.provisioning.subject import Link, Mark, Subject

MAPPINGS = compile_mappings(SCIM_MAPPINGS, "user.login")
ON = Features(create=True, update=True, deactivate=True)
PATIENCE = Patience(5, 60)
PROFILES = st.dictionaries(st.sampled_from(sorted(DIRECT.values())), st.text(max_size=5) | st.none()).map(
    lambda profile: {"login": "ann@example.com", **profile}
)
LINKS = st.builds(
    Link,
    external_id=st.none() | st.just("a1"),
    active=st.none() | st.booleans(),
    digest=st.none() | st.binary(min_size=16, max_size=16),
    intent_age=st.none() | st.floats(0, 100),
)
SUBJECTS = st.builds(
    Subject,
    app_id=st.just("0oa1"),
    user_id=st.just("00u1"),
    status=st.sampled_from(["STAGED", "PROVISIONED", "ACTIVE", "SUSPENDED", "DEPROVISIONED", "DELETED"]),
    profile=PROFILES,
    assigned=st.booleans(),
    wanted=st.booleans(),
    link=LINKS,
    mark=st.just(Mark(1, 1, 0, "trn1")),
)


@given(SUBJECTS)
def test_a_plan_carried_out_leaves_an_empty_plan(subject: Subject) -> None:
    """Confirming what was planned, and planning again, yields nothing to do."""
    decided = plan(subject, MAPPINGS, ON, PATIENCE)
    if decided.step in (Step.NOTHING, Step.WAIT):
        return
    if decided.step in (Step.DEACTIVATE, Step.CLEAN_UP):
        after = Link("a1", False, subject.link.digest)
    else:
        after = Link("a1", True, digest(decided.canonical))
    assert plan(replace(subject, link=after), MAPPINGS, ON, PATIENCE).step is Step.NOTHING


@given(PROFILES, PROFILES)
def test_changes_turn_what_was_pushed_into_what_is_projected(before: dict, after: dict) -> None:
    """Applying the shown changes to the old values gives exactly the new ones."""
    pushed = {"userName": before["login"], **MAPPINGS.project(before).attributes}
    subject = Subject("0oa1", "00u1", "ACTIVE", after, True, True, Link("a1", True, b""), Mark(1, 1, 0, "trn1"))
    shown = changes(plan(subject, MAPPINGS, ON, PATIENCE), pushed)
    result = {**pushed, **{each.attribute: each.after for each in shown}}
    wanted = {"userName": after["login"], **MAPPINGS.project(after).attributes}
    assert {name: value for name, value in result.items() if value is not None} == wanted


@given(PROFILES, PROFILES)
def test_equal_digests_mean_equal_projections(one: dict, other: dict) -> None:
    """What is not sent again does not differ."""
    first, second = MAPPINGS.project(one), MAPPINGS.project(other)
    same = (first.username, first.attributes) == (second.username, second.attributes)
    assert (digest(first.canonical()) == digest(second.canonical())) is same


@given(SUBJECTS)
def test_nobody_gets_anything_who_is_not_ours_to_keep(subject: Subject) -> None:
    """Without provisioning wanted, no step ever follows."""
    assert plan(replace(subject, wanted=False), MAPPINGS, ON, PATIENCE).step is Step.NOTHING
