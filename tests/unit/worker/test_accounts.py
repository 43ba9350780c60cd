"""Which account is being written for whom."""

from provisor.provisioning.settlement import Settlement, Verdict
from provisor.provisioning.subject import Link, Mark, Subject
from provisor.worker.accounts import Accounts


def settled(user_id: str, transfer_from: str | None = None) -> Settlement:
    subject = Subject("0oa1", user_id, "ACTIVE", {}, True, True, Link(), Mark(1, 1, 0, "trn1"))
    return Settlement(subject, Verdict.CLEAR, transfer_from=transfer_from)


def test_an_account_is_kept_for_one_person_until_they_are_settled() -> None:
    """The second person gets it only after the first; the first may ask again."""
    accounts = Accounts()
    assert accounts.hold("a1", "00u1")
    assert accounts.hold("a1", "00u1")
    assert not accounts.hold("a1", "00u2")
    accounts.release([settled("00u2")])
    assert not accounts.hold("a1", "00u2")
    accounts.release([settled("00u1")])
    assert accounts.hold("a1", "00u2")


def test_whoever_lost_their_account_is_read_again_once() -> None:
    """What was known of them before the transfer is not acted on."""
    accounts = Accounts()
    assert not accounts.outdated("00u1")
    accounts.release([settled("00u2", transfer_from="00u1")])
    assert accounts.outdated("00u1")
    assert not accounts.outdated("00u1")
