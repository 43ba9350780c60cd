"""The table of lifecycle transitions by itself."""

import pytest

from provisor.directory.lifecycle import (
    TRANSITIONS,
    NotInThisStatus,
    Operation,
    Refusal,
    Status,
    after,
    allowed,
    at_creation,
)


def test_every_operation_has_its_rule():
    """The table is complete."""
    assert set(TRANSITIONS) == set(Operation)


def test_every_status_can_be_left_and_ends_in_deletion():
    """From anywhere: deactivate, then delete."""
    for status in Status:
        if status is not Status.DEPROVISIONED:
            assert after(Operation.DEACTIVATE, status) is Status.DEPROVISIONED
            with pytest.raises(NotInThisStatus):
                after(Operation.DELETE, status)
    assert allowed(Status.DEPROVISIONED) == [Operation.ACTIVATE, Operation.DELETE]


def test_a_suspended_person_is_only_unsuspended_or_deactivated():
    """As Okta has it; the profile may still change."""
    quiet = {Operation.SET_PASSWORD, Operation.UPDATE_PROFILE}
    assert set(allowed(Status.SUSPENDED)) - quiet == {Operation.UNSUSPEND, Operation.DEACTIVATE}


def test_a_refusal_says_which_code():
    """From the rule of the operation."""
    with pytest.raises(NotInThisStatus) as refused:
        after(Operation.ACTIVATE, Status.ACTIVE)
    assert refused.value.refusal is Refusal.ALREADY_ACTIVE


def test_a_credential_decides_where_activation_leads():
    """Waiting for a password makes sense only for those who have none."""
    assert after(Operation.ACTIVATE, Status.STAGED) is Status.PROVISIONED
    assert after(Operation.ACTIVATE, Status.STAGED, credentialed=True) is Status.ACTIVE


@pytest.mark.parametrize(
    ("activate", "password", "federated", "expire", "status"),
    [
        (False, False, False, False, Status.STAGED),
        (False, True, True, True, Status.STAGED),
        (True, False, False, False, Status.PROVISIONED),
        (True, True, False, False, Status.ACTIVE),
        (True, True, False, True, Status.PASSWORD_EXPIRED),
        (True, False, True, False, Status.ACTIVE),
    ],
)
def test_a_person_begins_where_the_request_says(activate, password, federated, expire, status):
    """By activation, password and provider."""
    began = at_creation(activate=activate, password=password, federated=federated, expire_password=expire)
    assert began is status
