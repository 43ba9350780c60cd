"""How an answer becomes a verdict: each assertion by itself, the step by the worst, our bugs as ours."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.crooked import crooked

from provisor.conformance import SUITES, Assertion, Level, Source, Step, Suite, Template, Verdict
from provisor.conformance import expect as e
from provisor.conformance.answers import MISSING, Answer, View, find
from provisor.conformance.judging import judge, verdict
from provisor.conformance.redaction import Redaction
from provisor.conformance.report import Judgement
from provisor.conformance.suites.material import OURS
from provisor.conformance.target import Target
from provisor.scimserver.testing import Peer

PERSON = {"id": "7", "name": {"familyName": "Ives"}, "emails": [{"value": "a@x"}, {"value": "b@x"}], "active": False}


def view(body: Any, status: int = 200, **headers: str) -> View:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return View.of(Answer(status, named, raw, 12.0), {"user_name": "Ann", "number": 3})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", "7"),
        ("name.familyName", "Ives"),
        ("NAME.FAMILYNAME", "Ives"),
        ("emails[1].value", "b@x"),
        ("emails[*].value", ["a@x", "b@x"]),
        ("emails[2].value", MISSING),
        ("emails.value", MISSING),
        ("id.value", MISSING),
        (("urn:x:2.0:User", "a"), MISSING),
        ((), PERSON),
    ],
    ids=str,
)
def test_places_in_a_document(path: Any, value: Any) -> None:
    """A place is names and indexes; names ignore case; what is not there is missing, not an error."""
    assert find(PERSON, path) == value


HOLDS = [
    (e.status(200, 204), True),
    (e.status(201), False),
    (e.is_json(), True),
    (e.no_body(), False),
    (e.not_empty("id"), True),
    (e.not_empty("active"), True),
    (e.not_empty("nickName"), False),
    (e.absent("nickName"), True),
    (e.absent("id"), False),
    (e.is_number("id"), False),
    (e.is_text("id"), True),
    (e.is_boolean("active"), True),
    (e.is_boolean("id"), False),
    (e.is_array("emails"), True),
    (e.is_array("name"), False),
    (e.has_length("emails", 1), True),
    (e.has_length("emails", 3), False),
    (e.has_length("nickName", 0, 0), True),
    (e.has_length("id", 0, 9), False),
    (e.equals("id", 7), True),
    (e.is_exactly("id", 7), False),
    (e.equals("active", "false"), True),
    (e.is_exactly("active", False), True),
    (e.is_exactly("emails[*].value", ["a@x", "b@x"]), True),
    (e.is_exactly("emails[*].value", ["a@x"]), False),
    (e.equals_ignoring_case("name.familyName", "iVES"), True),
    (e.differs("id", "8"), True),
    (e.contains("emails[*].value", "b@x"), True),
    (e.lacks("emails[*].value", "b@x"), False),
    (e.every("emails[*].value", "a@x"), False),
    (e.scim_type("uniqueness"), False),
    (e.media_type("application/scim+json"), True),
    (e.media_type("application/json"), False),
    (e.header("Location", "is there", bool), False),
    (e.answers_within(20), True),
    (e.answers_within(10), False),
]


@pytest.mark.parametrize(("assertion", "expected"), HOLDS, ids=lambda each: getattr(each, "text", each))
def test_what_assertions_mean(assertion: Assertion, expected: bool) -> None:
    """Each holds or tells what was there instead."""
    answer = view(PERSON, Content_Type="application/scim+json; charset=utf-8")
    assert (assertion.judge(answer) is None) == expected


def test_variables_are_compared_and_shown() -> None:
    """The value of the run stands in the report, not the name of the variable."""
    step = _step(e.equals("userName", "{user_name}"))
    (judgement,) = judge(step, view({"userName": "ann"}), Redaction())
    assert (judgement.text, judgement.found) == ("userName is Ann", 'it is "ann"')


@pytest.mark.parametrize(
    ("levels", "worst"),
    [
        ([], Verdict.PASSED),
        ([Level.MAY], Verdict.ACCEPTABLE),
        ([Level.MAY, Level.SHOULD], Verdict.DEVIATION),
        ([Level.SHOULD, Level.MUST, Level.MAY], Verdict.FAILED),
    ],
    ids=str,
)
def test_the_worst_assertion_decides(levels: list[Level], worst: Verdict) -> None:
    """MUST fails, SHOULD deviates, MAY is acceptable."""
    judgements = [Judgement("it holds", Level.MUST, True), *(Judgement("no", each, False) for each in levels)]
    assert verdict(judgements) is worst


def test_a_bug_of_ours_never_reads_as_a_fault_of_the_server() -> None:
    """It is the checker's error, with the place of the bug; a MUST that is broken besides still counts."""

    def bug(_: View) -> str | None:
        raise ZeroDivisionError("in the checker")

    broken = e.holds("one is two", bug)
    (judgement,) = judge(_step(broken), view({}), Redaction())
    assert "ZeroDivisionError at test_judging.py" in judgement.checker_error
    assert verdict([judgement]) is Verdict.CHECKER_ERROR
    assert verdict(judge(_step(broken, e.status(201)), view({}), Redaction())) is Verdict.FAILED


async def test_a_bug_in_a_step_is_told_and_the_run_goes_on(checking: Any, peer: Peer) -> None:
    """A step that cannot even be filled is a checker error; the next one is judged."""
    from tests.conformance.conftest import LOOPBACK

    from provisor.conformance import check
    from provisor.connectors.http import AiohttpTransport

    source = Source("Test", "Says something.")
    unfillable = Step("bug", "A bug", Template("GET", "/Users", body={"x": object()}), (), source)
    after = Step("after", "Afterwards", Template("GET", "/Users"), (e.status(200),), source)
    transport = AiohttpTransport(LOOPBACK)
    with crooked(peer.url) as url:
        target = Target(transport, url, f"Bearer {peer.token}")
        report = await check(target, [Suite("test", "Test", "A test.", OURS, (unfillable, after))])
    await transport.close()
    assert [each.verdict for each in report.steps()] == [Verdict.CHECKER_ERROR, Verdict.PASSED]
    assert report.checker_failed
    assert report.conformant


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "Resources",
        "schemas",
        "totalResults",
        "itemsPerPage",
        "id",
        "name",
        "emails",
        "active",
        "meta",
        "detail",
        "status",
    ]
)
LIKELY = st.dictionaries(NAMES, JSON, max_size=6) | st.fixed_dictionaries({"Resources": st.lists(JSON, max_size=3)})


@settings(max_examples=40, deadline=None)
@given(body=JSON | LIKELY, status=st.sampled_from([200, 201, 204, 400, 404, 500]))
def test_no_assertion_of_any_suite_ever_raises(body: Any, status: int) -> None:
    """Whatever JSON a server answers, every assertion of every suite has an opinion and no bug."""
    variables = _Everything()
    answer = View(Answer(status, {}, orjson.dumps(body)), body, variables)
    for suite in SUITES:
        for step in suite.steps:
            for judgement in judge(step, answer, Redaction()):
                assert not judgement.checker_error, (suite.id, step.id, judgement)
            for extract in filter(callable, step.captures.values()):
                extract(body)


class _Everything(dict[str, Any]):
    """Variables of every name."""

    def __missing__(self, name: str) -> str:
        return f"value of {name}"


def _step(*expected: Assertion) -> Step:
    return Step("s", "S", Template("GET", "/Users"), expected, Source("Test", "Says something."))
