"""What is read back out of an app's resource is what was written into it, whatever the attributes hold."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from provisor.connector import AccountAttribute, Desired
from provisor.connectors.scim import CORE, DEFAULT_USER_ATTRIBUTES, ENTERPRISE, Dialect, load_policy
from provisor.connectors.scim.reading import parse_account
from provisor.connectors.scim.render import compile_create
from provisor.connectors.scim.shape import shape_of
from provisor.connectors.scim.values import compile_observed
from provisor.connectors.scim.wire import WIRES

from .test_patch_laws import LAW

OWN = "urn:example:params:scim:schemas:extension:own:2.0:User"
ATTRIBUTES = (
    *(each for each in DEFAULT_USER_ATTRIBUTES if each.external_name != "userName"),
    AccountAttribute("faxNumber", "phoneNumbers.^[type=='fax'].value", CORE),
    AccountAttribute("secondEmail", "emails.^[type=='other'].value", CORE),
    AccountAttribute("badge", "badge.colour.name", OWN),
    AccountAttribute("floor", "floor", OWN),
    AccountAttribute("remote", "remote", OWN),
    AccountAttribute("skills", "skills", OWN),
)
COMPANIONS = {"emailType", "primaryPhoneType", "addressType"}
"""Kinds of a value that is an attribute of its own: alone they say nothing and are not sent."""
VALUES = st.fixed_dictionaries(
    {},
    optional={
        **{each.name: st.text(max_size=8) for each in ATTRIBUTES if each.name not in COMPANIONS},
        "floor": st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False),
        "remote": st.booleans(),
        "skills": st.lists(st.text(max_size=5), max_size=3),
    },
)
RENDER = compile_create(shape_of(ATTRIBUTES))
OBSERVED = compile_observed(ATTRIBUTES)


@LAW
@given(VALUES, st.sampled_from([Dialect.MINIMAL, Dialect.SCIM11]))
def test_what_is_observed_is_what_was_rendered(values: dict[str, Any], dialect: Dialect) -> None:
    """observed(render(x)) = x, less what is no value, over the wire of both versions."""
    policy = load_policy(dialect)
    body = orjson.loads(WIRES[policy.version].render_user(RENDER(Desired("00u1", "ada", values), "secret")))
    account = parse_account({**body, "id": "1"}, policy)
    assert OBSERVED(account.resource) == {name: value for name, value in values.items() if value not in ("", [])}
    assert "secret" not in orjson.dumps(dict(account.resource)).decode() or "secret" in values.values()


def test_a_place_that_holds_something_else_is_no_value() -> None:
    """Servers answer with texts where objects belong, and with other elements than ours."""
    assert OBSERVED({"name": "Ada", "emails": {"value": "a"}, ENTERPRISE: [], OWN: None}) == {}
    assert OBSERVED({"emails": [{"type": "home", "value": "h"}, {"type": "other", "value": "o"}]}) == {
        "secondEmail": "o"
    }
