"""Our filters against an implementation we did not write: scim2-models gives the same answers."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scim2_models import EnterpriseUser, ScimFilter, User

from provisor.scim import urns
from provisor.scim.errors import BadRequest
from provisor.scim.filters import compile_filter, parse_filter
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
