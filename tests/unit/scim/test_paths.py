"""PATCH paths as text and as values."""

import pytest

from provisor.scim.errors import BadRequest
from provisor.scim.paths import parse_path

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    "text",
    [
        "userName",
        "name.givenName",
        'emails[type eq "work"]',
        'emails[type eq "work" and primary eq true].value',
        f"{ENTERPRISE}:employeeNumber",
        f"{ENTERPRISE}:manager.displayName",
        'urn:ietf:params:scim:schemas:core:2.0:User:emails[value eq "a]b.c"].type',
        "members.$ref",
        ENTERPRISE,
    ],
)
def test_a_path_survives_reading_and_writing(text: str) -> None:
    """Rendering is the inverse of parsing."""
    assert str(parse_path(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/userName",
        "a b",
        "emails[",
        'emails[type eq "x"',
        'emails[type eq "x"]x',
        'emails[type eq "x"].a.b',
        "a.",
        "[a pr]",
        ":a",
    ],
)
def test_an_unreadable_path_is_refused(text: str) -> None:
    """A path that means nothing is invalidPath; a bad filter in it is invalidFilter."""
    with pytest.raises(BadRequest) as caught:
        parse_path(text)
    assert caught.value.scim_type in ("invalidPath", "invalidFilter")
