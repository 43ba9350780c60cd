"""Laws of PATCH and diff over random users and groups."""

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisor.scim import urns
from provisor.scim.diff import diff, same
from provisor.scim.errors import ScimError
from provisor.scim.messages import parse_patch, render_patch
from provisor.scim.patch import apply
from provisor.scim.policy import STRICT, TOLERANT
from provisor.scim.resources import normalise
from provisor.scim.schemas import GROUP, USER

LAW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KINDS = {"User": USER, "Group": GROUP}
WORD = st.sampled_from(["a", "b", "A", "ä", 'x"y', "x]y", "", "c", "d", "e", "a rather long value"])
TYPE = st.sampled_from(["work", "home", "Work"])


def _plural(value: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    element = st.fixed_dictionaries(
        {"value": value}, optional={"type": TYPE, "display": WORD, "primary": st.just(False)}
    )
    return st.builds(
        lambda elements, chosen: [
            {**each, "primary": True} if at == chosen else each for at, each in enumerate(elements)
        ],
        st.lists(element, max_size=7),
        st.integers(0, 12),
    )


USERS = st.fixed_dictionaries(
    {"schemas": st.just([urns.USER]), "userName": st.sampled_from(["babs", "max"])},
    optional={
        "title": WORD,
        "active": st.booleans(),
        "externalId": WORD,
        "name": st.dictionaries(st.sampled_from(["givenName", "familyName", "formatted"]), WORD),
        "emails": _plural(WORD),
        "phoneNumbers": _plural(WORD),
        urns.ENTERPRISE_USER: st.fixed_dictionaries(
            {},
            optional={
                "department": WORD,
                "manager": st.fixed_dictionaries(
                    {}, optional={"value": WORD, "$ref": st.sampled_from(["../Users/1", "a"]), "displayName": WORD}
                ),
            },
        ),
    },
).map(lambda payload: normalise(payload, USER, STRICT))
GROUPS = st.fixed_dictionaries(
    {"schemas": st.just([urns.GROUP]), "displayName": st.sampled_from(["g", "h"])},
    optional={
        "members": st.lists(
            st.fixed_dictionaries({"value": st.sampled_from("abcdefgh")}), max_size=6, unique_by=lambda m: m["value"]
        )
    },
).map(lambda payload: normalise(payload, GROUP, STRICT))
PAIRS = st.one_of(st.tuples(USERS, USERS, st.just("User")), st.tuples(GROUPS, GROUPS, st.just("Group")))

KEYS = ["value", "type", "primary", "givenName", "title", "members", "name.givenName"]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | WORD | st.integers(0, 2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=5,
)
TARGETS = st.sampled_from(
    [
        None,
        "userName",
        "title",
        "active",
        "name",
        "name.givenName",
        "emails",
        'emails[type eq "work"]',
        'emails[type eq "work"].value',
        "emails.type",
        "groups",
        "id",
        "nope",
        "members",
        'members[value eq "a"]',
        f"{urns.ENTERPRISE_USER}:manager",
        f"{urns.ENTERPRISE_USER}:department",
        urns.ENTERPRISE_USER,
        "urn:acme:1.0:User:badge",
    ]
)
OPERATIONS = st.lists(
    st.fixed_dictionaries({"op": st.sampled_from(["add", "replace", "remove", "Add"]), "value": JSON_VALUES}).flatmap(
        lambda operation: TARGETS.map(lambda path: operation | ({"path": path} if path else {}))
    ),
    min_size=1,
    max_size=4,
)


@LAW
@given(PAIRS)
def test_applying_a_diff_gives_the_other_resource(pair: tuple[dict[str, Any], dict[str, Any], str]) -> None:
    """apply(a, diff(a, b)) is b, through the wire, and a further diff is empty."""
    old, new, name = pair
    kind = KINDS[name]
    operations = diff(old, new, kind)
    if operations:
        operations = list(parse_patch(render_patch(operations), STRICT))
    result = apply(old, operations, kind, STRICT)
    assert same(result, new, kind)
    assert set(result["schemas"]) == set(new["schemas"])


@LAW
@given(PAIRS)
def test_no_difference_is_no_operation(pair: tuple[dict[str, Any], dict[str, Any], str]) -> None:
    """A resource needs no PATCH to become itself, in any order of its values."""
    old, _, name = pair
    kind = KINDS[name]
    shuffled = {key: value[::-1] if isinstance(value, list) else value for key, value in old.items()}
    assert diff(old, shuffled, kind) == []


@LAW
@given(USERS | GROUPS, OPERATIONS)
def test_a_patch_is_all_or_nothing(resource: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    """Whatever the operations are, the given resource stays as it was, and the result is canonical."""
    kind = USER if "userName" in resource else GROUP
    for policy in (STRICT, TOLERANT):
        resource = normalise(resource, kind, policy)
        before = copy.deepcopy(resource)
        try:
            body = {"schemas": [urns.PATCH_OP], "Operations": operations}
            result = apply(resource, parse_patch(body, policy), kind, policy)
        except ScimError as refusal:
            assert refusal.status == 400
        else:
            assert normalise(result, kind, policy) == result
        assert resource == before


@LAW
@given(USERS, OPERATIONS)
def test_a_patch_applied_twice_is_applied_once(resource: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    """One operation alone is idempotent: clients repeat what they are unsure of."""
    body = {"schemas": [urns.PATCH_OP], "Operations": operations[:1]}
    try:
        parsed = parse_patch(body, TOLERANT)
        once = apply(resource, parsed, USER, TOLERANT)
    except ScimError:
        return
    assert same(apply(once, parsed, USER, TOLERANT), once, USER)
