"""Every tolerance on fixtures of what was seen: refused strictly, accepted by its one field and by TOLERANT.

Adding a JSON file to `deviations` adds a test; a field of the policy without a file fails one.
"""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest

from provisor.scim import urns
from provisor.scim.errors import BadRequest
from provisor.scim.filters import compile_filter, parse_filter
from provisor.scim.messages import parse_patch
from provisor.scim.patch import apply
from provisor.scim.policy import STRICT, TOLERANT, Policy
from provisor.scim.resources import validated
from provisor.scim.schemas import USER, parse_resource_types

DEVIATIONS = sorted((Path(__file__).parent / "deviations").glob("*.json"))
GOVERNANCE = orjson.loads(files("provisor.scim.schemas").joinpath("governance.json").read_bytes())
KINDS = {kind.name: kind for kind in parse_resource_types(GOVERNANCE)}
NOT_TOLERANCES = {"restrict_canonical_values"}


def outcome(fixture: dict[str, Any], policy: Policy) -> Any:
    """Carry out what the fixture holds under a policy."""
    kind = KINDS[fixture["resource_type"]]
    if "filter" in fixture:
        return compile_filter(parse_filter(fixture["filter"], policy), kind, policy=policy)(fixture["stored"])
    if "patch" in fixture:
        return apply(fixture["stored"], parse_patch(fixture["patch"], policy), kind, policy)
    return validated(fixture["payload"], kind, policy)


@pytest.mark.parametrize("file", DEVIATIONS, ids=lambda file: file.stem)
def test_a_deviation_needs_the_field_that_names_it(file: Path) -> None:
    """The field alone suffices, TOLERANT does the same, and STRICT refuses or reads another thing."""
    fixture = orjson.loads(file.read_bytes())
    expected = fixture.get("becomes", fixture.get("matches"))
    assert outcome(fixture, replace(STRICT, **{fixture["field"]: True})) == expected
    assert outcome(fixture, TOLERANT) == expected
    if fixture["refused_with"] is None:
        assert outcome(fixture, STRICT) != expected
    else:
        with pytest.raises(BadRequest) as caught:
            outcome(fixture, STRICT)
        assert caught.value.scim_type == fixture["refused_with"]


def test_every_field_has_a_fixture() -> None:
    """Nothing is tolerated that nobody was seen to send, and every field is off in STRICT and on in TOLERANT."""
    shown = {orjson.loads(file.read_bytes())["field"] for file in DEVIATIONS}
    assert shown == set(Policy.names()) - NOT_TOLERANCES
    assert not any(getattr(STRICT, name) for name in Policy.names())
    assert {name for name in Policy.names() if not getattr(TOLERANT, name)} == NOT_TOLERANCES


def test_canonical_values_can_be_made_the_only_ones() -> None:
    """The one field that asks for more than the RFCs: only the listed types of an e-mail address are accepted."""
    body = {"schemas": [urns.USER], "userName": "babs", "emails": [{"value": "b@x.io", "type": "private"}]}
    assert validated(body, USER)["emails"][0]["type"] == "private"
    with pytest.raises(BadRequest, match=r"emails\[0\]\.type must be one of work, home, other"):
        validated(body, USER, replace(STRICT, restrict_canonical_values=True))


def test_policies_are_values() -> None:
    """Equal policies are equal and hash alike, so that plans compiled for one serve the other."""
    assert Policy(fold_op_case=True) == replace(STRICT, fold_op_case=True)
    assert hash(Policy(fold_op_case=True)) == hash(replace(STRICT, fold_op_case=True))
    assert STRICT != TOLERANT
