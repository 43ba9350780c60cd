"""Our filters against an implementation we did not write: scim2-models gives the same answers.

Where the two differ, `DIFFERENCES` says how each answers and what of the RFCs settles it; the test holds us to it.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scim2_models import EnterpriseUser, SCIMException, ScimFilter, User

from provisor.scim import urns
from provisor.scim.errors import BadRequest
from provisor.scim.filters import compile_filter, parse_filter
from provisor.scim.policy import STRICT
from provisor.scim.schemas import USER

Model = User[EnterpriseUser]
DEPARTMENT = f"{urns.ENTERPRISE_USER}:department"

WORDS = ["a", "A", "ab", "b", "z-1", ""]
USERS = st.fixed_dictionaries(
    {"schemas": st.just([urns.USER]), "userName": st.sampled_from(["a", "AB", "b"])},
    optional={
        "title": st.sampled_from(["a", "A", "ab", "b"]),
        "externalId": st.sampled_from(["a", "A"]),
        "active": st.booleans(),
        "name": st.fixed_dictionaries({}, optional={"givenName": st.sampled_from(["a", "B"])}),
        "phoneNumbers": st.lists(
            st.fixed_dictionaries(
                {"value": st.sampled_from(["a", "ab", "B"])}, optional={"type": st.sampled_from(["work", "home"])}
            ),
            max_size=3,
            unique_by=lambda number: (number["value"], number.get("type")),
        ),
        urns.ENTERPRISE_USER: st.fixed_dictionaries({"department": st.sampled_from(["a", "B"])}),
    },
)
STRINGS = ["userName", "title", "externalId", "name.givenName", "phoneNumbers", "phoneNumbers.value", DEPARTMENT]
COMPARISONS = st.builds(
    lambda name, op, value: f'{name} {op} "{value}"',
    st.sampled_from(STRINGS),
    st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"]),
    st.sampled_from(WORDS),
)
OTHERS = st.sampled_from(
    [
        "active eq true",
        "active ne false",
        "title pr",
        "phoneNumbers pr",
        "phoneNumbers.type pr",
        "name pr",
        "title eq null",
        "title ne null",
        'meta.created gt "2020-01-01T00:00:00Z"',
        'phoneNumbers[type eq "work"].value eq "ab"',
    ]
)
INNER = st.sampled_from(['type eq "work"', 'value sw "a"', 'not (type eq "home")', "type pr", 'value ne "a"'])
VALUE_PATHS = st.builds(
    lambda one, word, two: f"phoneNumbers[{one} {word} {two}]", INNER, st.sampled_from(["and", "or"]), INNER
)
FILTERS = st.recursive(
    COMPARISONS | OTHERS | VALUE_PATHS,
    lambda inner: (
        st.builds(lambda a, word, b: f"{a} {word} {b}", inner, st.sampled_from(["and", "or"]), inner)
        | st.builds(lambda a: f"not ({a})", inner)
        | st.builds(lambda a: f"({a})", inner)
    ),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILTERS, USERS)
def test_both_implementations_match_the_same_users(text: str, user: dict[str, Any]) -> None:
    """Same filter, same user, same answer."""
    theirs = ScimFilter[Model](text).match(Model.model_validate(user))
    assert compile_filter(parse_filter(text), USER)(user) is theirs


@pytest.mark.parametrize(
    "text",
    [
        "userName",
        'userName eq "a',
        'userName eq "a" and',
        'not userName eq "a"',
        "userName eq 1",
        "active gt true",
        'active co "t"',
        'phoneNumbers[type eq "work"',
        'userName like "a"',
        'meta.created gt "yesterday"',
        '(userName eq "a"',
        "",
    ],
)
def test_both_implementations_refuse_the_same_filters(text: str) -> None:
    """What one calls an invalid filter, the other does not silently answer."""
    with pytest.raises(Exception) as theirs:
        ScimFilter[Model](text).match(Model.model_validate({"userName": "a"}))
    assert theirs.type is not AssertionError
    with pytest.raises(BadRequest):
        compile_filter(parse_filter(text), USER)({"userName": "a"})


BABS: dict[str, Any] = {
    "schemas": [urns.USER, urns.ENTERPRISE_USER],
    "userName": "babs",
    "title": "",
    "active": True,
    "name": {"givenName": "Bär", "familyName": "Straße"},
    "x509Certificates": [{"value": "QUJD"}],
    "meta": {"resourceType": "User", "created": "2011-05-13T04:42:34Z"},
    urns.ENTERPRISE_USER: {"manager": {"value": "m"}},
}
DIFFERENCES = [
    # An unknown attribute has no value (RFC 7644 §3.4.2.1), so nothing in it equals, and null is what it is.
    ('nope ne "x"', True, False),
    ("nope eq null", True, False),
    # `caseExact: false` is Unicode's case folding, under which "ß" is "ss"; they only lower the case.
    ('name.familyName eq "STRASSE"', True, False),
    # The RFCs give no rule for parts of dates; as text they can be compared like any text.
    ('meta.created sw "2011-05"', True, False),
    ('meta.created co "2011"', True, False),
    # A date without time stands for its midnight in UTC; RFC 7643 §2.3.5 asks for more in values, not in operands.
    ('meta.created gt "2011-05-13"', True, False),
    # Ordering against null has no meaning; silence would hide the mistake (RFC 7644 §3.4.2.2, invalidFilter).
    ("meta.created gt null", None, False),
    # RFC 7644 §3.4.2.2 refuses ordering of binaries only; co, sw and ew compare their text.
    ('x509Certificates.value co "QU"', True, None),
    # `value` stands for the complex attribute also where there is a single one, as clients of manager expect.
    (f'{urns.ENTERPRISE_USER}:manager eq "m"', True, False),
    # A filter in brackets on a single complex value: the grammar's valuePath does not exclude it.
    ('name[givenName eq "bär"]', True, None),
    # Text for a boolean is a tolerance of ours (coerce_booleans), not the default.
    ('active eq "true"', None, True),
    # So is a sub-attribute behind a filter (sub_attribute_after_filter); the grammar of §3.4.2.2 has it in paths only.
    ('x509Certificates[value pr].value eq "QUJD"', None, True),
    # A path deeper than sub-attributes names nothing; unknown attributes have no value.
    ("name.givenName.x pr", False, None),
]


@pytest.mark.parametrize(("text", "ours", "theirs"), DIFFERENCES)
def test_a_difference_is_settled(text: str, ours: bool | None, theirs: bool | None) -> None:
    """Each known difference is as written down; None = refused with invalidFilter."""
    assert _answer(lambda: compile_filter(parse_filter(text, STRICT), USER)(BABS)) is ours
    assert _answer(lambda: ScimFilter[Model](text).match(Model.model_validate(BABS))) is theirs


def _answer(ask: Callable[[], bool]) -> bool | None:
    try:
        return ask()
    except (BadRequest, SCIMException):
        return None


def test_empty_text_is_a_value_but_not_present() -> None:
    """`pr` asks for something non-empty, null for something unassigned (RFC 7643 §2.5): both implementations agree."""
    for text, expected in (("title pr", False), ("title eq null", False), ("title ne null", True)):
        assert compile_filter(parse_filter(text), USER)(BABS) is expected
