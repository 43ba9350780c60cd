"""RFC 7644 §3.4.2.2: the filter examples of figure 2, each with the answer it must give for Babs Jensen."""

from typing import Any

import pytest

from provisor.scim.filters import compile_filter, parse_filter, render
from provisor.scim.schemas import USER

EXAMPLES = [
    ('userName eq "bjensen"', False),
    ('userName Eq "BJENSEN@example.com"', True),
    ('name.familyName co "O\'Malley"', False),
    ('userName sw "J"', False),
    ('userName sw "B"', True),
    ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"', False),
    ("title pr", True),
    ('meta.lastModified gt "2011-05-13T04:42:34Z"', False),
    ('meta.lastModified ge "2011-05-13T04:42:34Z"', True),
    ('meta.lastModified lt "2011-05-13T04:42:34Z"', False),
    ('meta.lastModified le "2011-05-13T06:42:34+02:00"', True),
    ('title pr and userType eq "Employee"', True),
    ('title pr or userType eq "Intern"', True),
    ('schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"', True),
    ('userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")', True),
    ('userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")', False),
    ('userType eq "Employee" and (emails.type eq "work")', True),
    ('userType eq "Employee" and emails[type eq "work" and value co "@example.com"]', True),
    ('emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]', True),
    ('emails[type eq "home" and value co "@example.com"]', False),
    ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tour operations"', True),
    ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName ew "Smith"', True),
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_an_example_filter_decides_about_the_sample_user(text: str, expected: bool, full_user: dict[str, Any]) -> None:
    """Each example parses, matches as the RFC explains, and survives rendering."""
    node = parse_filter(text)
    assert compile_filter(node, USER)(full_user) is expected
    assert parse_filter(render(node)) == node


def test_and_binds_tighter_than_or_and_not_binds_tightest(full_user: dict[str, Any]) -> None:
    """Precedence is grouping, not, and, or (§3.4.2.2)."""
    text = 'title pr or title eq "x" and userType eq "x"'
    assert compile_filter(parse_filter(text), USER)(full_user)
    assert not compile_filter(parse_filter('(title pr or title eq "x") and userType eq "x"'), USER)(full_user)
    assert compile_filter(parse_filter('not (title eq "x") and title pr'), USER)(full_user)


@pytest.mark.parametrize("text", ["active gt true", 'x509Certificates.value lt "QQ=="', "active co true"])
def test_ordering_booleans_and_binaries_is_refused(text: str) -> None:
    """§3.4.2.2: boolean and binary attributes fail with invalidFilter under an ordering operator."""
    with pytest.raises(Exception, match="does not apply") as caught:
        compile_filter(parse_filter(text), USER)
    assert caught.value.scim_type == "invalidFilter"  # type: ignore[attr-defined]
