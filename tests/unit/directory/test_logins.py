"""When two logins are the same."""

import pytest

from provisor.directory.logins import fold


@pytest.mark.parametrize(
    "same",
    [
        ("ann@example.com", "ANN@Example.COM"),
        ("josé@example.com", "jose\u0301@example.com", "JOSE@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
        ("ﬁona@example.com", "fiona@example.com"),
        ("İpek@example.com", "ipek@example.com"),
    ],
)
def test_case_and_diacritics_do_not_tell_logins_apart(same):
    """Composed, decomposed, capital and compatibility forms are one login."""
    assert len({fold(login) for login in same}) == 1


def test_other_letters_do():
    """Alphabets are not mixed up."""
    assert fold("anna@example.com") != fold("аnna@example.com")
    assert fold("o@example.com") != fold("ø@example.com")
