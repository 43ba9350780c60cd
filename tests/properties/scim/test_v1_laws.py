"""Laws of SCIM 1.1: what goes over its wire comes back, and its PATCH does what the operations of 2.0 do."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisor.scim import v1
from provisor.scim.diff import diff, same
from provisor.scim.errors import ScimError
from provisor.scim.patch import apply
from provisor.scim.policy import Policy
from provisor.scim.schemas import GROUP, USER

from .test_patch_laws import GROUPS, KINDS, LAW, PAIRS, USERS

LENIENT = Policy(ignore_unmatched_remove=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["meta", "attributes", "members", "operation", "value", "emails", "name", v1.CORE, "x"]),
            inner | st.just("delete"),
            max_size=4,
        )
    ),
    max_leaves=8,
)


@LAW
@given(USERS | GROUPS)
def test_a_resource_survives_the_wire(resource: dict[str, Any]) -> None:
    """parse(render(r)) = r."""
    kind = USER if "userName" in resource else GROUP
    assert v1.parse_resource(v1.render_resource(resource, kind), kind) == resource


@LAW
@given(PAIRS)
def test_a_difference_survives_the_wire(pair: tuple[dict[str, Any], dict[str, Any], str]) -> None:
    """The smallest PATCH, said as a partial resource, gives the same resource."""
    old, new, name = pair
    kind = KINDS[name]
    body = v1.render_patch(diff(old, new, kind, parts=False), kind)
    assert same(apply(old, v1.parse_patch(body, kind), kind, LENIENT), new, kind)


@LAW
@given(JSON)
def test_any_json_is_read_or_refused(document: Any) -> None:
    """Whatever is sent as a partial resource ends in operations or in a ScimError."""
    for kind in (USER, GROUP):
        for parse in (v1.parse_resource, v1.parse_patch):
            try:
                parse(document, kind)
            except ScimError:
                continue
        v1.parse_error(document)
