"""Reading and compiling filters: grammar at its edges, leniencies, limits, documents without a schema."""

from typing import Any

import pytest

from provisor.scim.errors import BadRequest
from provisor.scim.filters import And, AttrPath, Compare, Op, ValuePath, compile, parse_filter, render
from provisor.scim.limits import DEFAULT
from provisor.scim.policy import STRICT, TOLERANT
from provisor.scim.schemas import GROUP, USER

BABS: dict[str, Any] = {
    "userName": "bJensen",
    "externalId": "A1",
    "active": True,
    "emails": [{"value": "b@work.io", "type": "work", "primary": True}, {"value": "b@home.io", "type": "home"}],
    "name": {"givenName": "Bär"},
}

EVENT: dict[str, Any] = {
    "eventType": "user.session.start",
    "published": "2026-01-02T03:04:05.678Z",
    "severity": "INFO",
    "actor": {"id": "00u1", "alternateId": "babs@example.com"},
    "client": {"geographicalContext": {"city": "Oslo"}},
    "outcome": {"result": "SUCCESS", "reason": None},
    "target": [{"id": "00u1", "type": "User"}, {"id": "0oa1", "type": "AppInstance"}],
}


def holds(text: str, document: dict[str, Any], scope: Any = USER) -> bool:
    """Whether a document matches a filter."""
    return compile(parse_filter(text), scope)(document)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "BJENSEN"', True),
        ('externalId eq "a1"', False),
        ('externalId eq "A1"', True),
        ('name.givenName eq "BÄR"', True),
        ('title ne "x"', True),
        ("title eq null", True),
        ("userName ne null", True),
        ('emails ne "b@work.io"', False),
        ('emails.type ne "other"', True),
        ('emails eq "B@WORK.IO"', True),
        ('emails[type eq "home"].value eq "b@home.io"', True),
        ('emails[type eq "home"].value eq "b@work.io"', False),
        ('emails[type eq "home"].primary pr', False),
        ('emails[not (type eq "work")]', True),
        ("active eq true", True),
        ("ACTIVE EQ TRUE", True),
        ("emails pr", True),
        ("phoneNumbers pr", False),
        ('nope eq "x"', False),
        ('nope ne "x"', True),
        ('name eq "x"', False),
        ('urn:nobody:knows:1.0:User:a eq "x"', False),
        ('userName sw ""', True),
    ],
)
def test_a_filter_with_a_schema(text: str, expected: bool) -> None:
    """Case, plurality, unknown names and null follow the readings the module documents."""
    assert holds(text, BABS) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('target.id eq "0oa1"', True),
        ('target.id eq "0oa2"', False),
        ('eventType eq "USER.session.start"', True),
        ('client.geographicalContext.city eq "oslo"', True),
        ('actor.id eq "00u1" and outcome.result eq "SUCCESS"', True),
        ('published gt "2026-01-02T03:04:05.677Z"', True),
        ('published gt "2026-01-02T04:04:05.678+01:00"', False),
        ('published ge "2026-01-02"', True),
        ('severity gt "DEBUG"', True),
        ("outcome.reason pr", False),
        ("actor pr", True),
        ('TARGET.ID sw "00u"', True),
        ('target[type eq "User" and id eq "00u1"]', True),
        ('target[type eq "User" and id eq "0oa1"]', False),
    ],
)
def test_a_filter_on_a_document_without_a_schema(text: str, expected: bool) -> None:
    """Dotted paths go through objects and open lists; instants compare as instants."""
    assert holds(text, EVENT, None) is expected


def test_strings_without_a_schema_can_be_compared_exactly() -> None:
    """`case_exact` rules what no schema rules."""
    matches = compile(parse_filter('eventType eq "USER.session.start"'), case_exact=True)
    assert not matches(EVENT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PLAINTEXT",
        "userName eq",
        'userName eq "open',
        'userName "x"',
        "userName eq 'x'",
        'userName eq "x" and',
        'userName eq "x" or or title pr',
        '(userName eq "x"',
        'userName eq "x")',
        'not userName eq "x"',
        "emails[type pr",
        'emails[type eq "x"] eq "y"',
        'userName like "x"',
        'userName eq "\\ud800"',
        "userName eq 01",
        "eq eq eq",
        'user name eq "x"',
        ".a pr",
        "a. pr",
        "a..b pr",
        "userName pr \x00",
    ],
)
def test_an_unreadable_filter_is_refused_with_its_reason(text: str) -> None:
    """Every syntax error is a 400 with invalidFilter, never a crash and never a match of everything."""
    with pytest.raises(BadRequest) as caught:
        parse_filter(text)
    assert caught.value.scim_type == "invalidFilter"


def test_limits_hold_against_hostile_filters() -> None:
    """Depth and length are bounded, so a filter cannot exhaust the stack or the clock."""
    with pytest.raises(BadRequest, match="nested deeper"):
        parse_filter("(" * 60 + "a pr" + ")" * 60)
    with pytest.raises(BadRequest, match="nested deeper"):
        parse_filter("not (" * 60 + "a pr" + ")" * 60)
    with pytest.raises(BadRequest, match="characters"):
        parse_filter("a pr or " * DEFAULT.filter_length + "a pr")


@pytest.mark.parametrize(
    "text",
    ["userName eq 1", "userName eq true", 'active eq "maybe"', 'meta.created gt "yesterday"', "userName gt null"],
)
def test_an_operand_of_the_wrong_type_is_refused(text: str) -> None:
    """With a schema, an operand that can never match is an error, not an empty list."""
    with pytest.raises(BadRequest) as caught:
        compile(parse_filter(text), USER)
    assert caught.value.scim_type == "invalidFilter"


def test_quoted_booleans_need_the_policy() -> None:
    """`active eq "True"` is Entra ID's spelling; strict servers refuse it."""
    node = parse_filter('active eq "True"')
    assert compile(node, USER, policy=TOLERANT)(BABS)
    with pytest.raises(BadRequest):
        compile(node, USER, policy=STRICT)


def test_the_value_path_shape_of_entra_means_one_element() -> None:
    """`emails[…].value eq …` is read as one condition on one element and rendered in the RFC's form."""
    node = parse_filter('emails[type eq "work"].value eq "x"')
    inner = And((Compare(AttrPath(("type",)), Op.EQ, "work"), Compare(AttrPath(("value",)), Op.EQ, "x")))
    assert node == ValuePath(AttrPath(("emails",)), inner)
    assert render(node) == 'emails[type eq "work" and value eq "x"]'


def test_escapes_and_unicode_in_values() -> None:
    """Values are JSON strings: escapes count, and so do brackets, keywords and non-ASCII text inside them."""
    for value in ('a"b', "a\\b", "ä ö", "x] and (y", "\t", "😀", "not (a pr)"):
        document = {"userName": value}
        assert holds(render(Compare(AttrPath(("userName",)), Op.EQ, value)), document), value


def test_members_of_a_group_are_found_by_id() -> None:
    """`members eq` and `members.value eq` both look at the member's id, case-sensitively."""
    group = {"displayName": "g", "members": [{"value": "u1"}]}
    assert holds('members eq "u1"', group, GROUP)
    assert holds('members.value eq "u1"', group, GROUP)
    assert not holds('members eq "U1"', group, GROUP)


def test_the_fast_path_and_the_grammar_agree() -> None:
    """The look-up that skips the grammar gives the tree the grammar gives."""
    assert parse_filter('userName eq "a b"') == parse_filter(' userName  eq "a b" ')
