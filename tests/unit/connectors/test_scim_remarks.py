"""What is remarked of an app from its answers."""

from typing import Any

from provisor.connector import Account, Desired
from provisor.connectors.scim import DEFAULT_USER_ATTRIBUTES, Dialect, load_policy
from provisor.connectors.scim.remarks import LOOKS, Remarks

SENT = {
    "title": "Engineer",
    "email": "ada@example.com",
    "nickName": "",
    "managerDisplayName": "Bob",
    "primaryPhone": "+49 30 1",
}
KEPT: dict[str, Any] = {
    "title": "Engineer",
    "emails": [{"value": "ADA@EXAMPLE.COM", "primary": True}],
}


def look(remarks: Remarks, resource: dict[str, Any]) -> dict[str, str]:
    remarks.look(Desired("00u1", "ada", SENT), Account("7", "ada", True, "00u1", resource))
    return {each.field: each.value for each in remarks.findings}


def fresh() -> Remarks:
    return Remarks(DEFAULT_USER_ATTRIBUTES, load_policy(Dialect.MINIMAL))


def test_what_is_forgotten_and_what_is_altered_is_named_without_its_value() -> None:
    """Not what was not sent, nor what only the server writes."""
    remarks = fresh()
    assert look(remarks, KEPT) == {"lost at work": "primaryPhone", "changed at work": "email"}
    assert "EXAMPLE" not in str(remarks.findings)
    assert all(each.change is None and each.reason.endswith(".") for each in remarks.findings)


def test_an_answer_without_a_user_shows_nothing() -> None:
    """A 204 is no sign of loss."""
    assert look(fresh(), {}) == {}


def test_only_the_first_answers_are_looked_at() -> None:
    """Work does not cost more for it."""
    remarks = fresh()
    whole = {**KEPT, "emails": [{"value": "ada@example.com", "primary": True}]}
    whole["phoneNumbers"] = [{"value": "+49 30 1", "primary": True}]
    for _ in range(LOOKS):
        assert look(remarks, whole) == {}
    assert look(remarks, {"id": "7"}) == {}
