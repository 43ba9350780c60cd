"""Preconditions: what If-Match and If-None-Match demand of a version (RFC 7644 §3.14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisor.scim.errors import VersionMismatch
from provisor.scim.versions import (
    check_if_match,
    check_if_none_match,
    is_not_modified,
    matches,
    parse_etags,
    render_etag,
)

NOW = render_etag(7)


@pytest.mark.parametrize("header", ['W/"7"', '"7"', "*", 'W/"6", W/"7"', '"a,b" , "7"', "7", "W/7", ' W/"7" '])
def test_a_version_is_found_however_it_is_written(header: str) -> None:
    """Weak and strong, one of several, any, and without the quotes that some clients leave out."""
    assert matches(NOW, header)
    check_if_match(NOW, header)
    assert is_not_modified(NOW, header)
    with pytest.raises(VersionMismatch):
        check_if_none_match(NOW, header)


@pytest.mark.parametrize("header", ['W/"8"', '"77"', "", ",", 'W/"6", W/"8"', '"7,8"', "**"])
def test_another_version_is_not(header: str) -> None:
    """A write on another version is a 412 that says which one there is; a read gets the resource."""
    with pytest.raises(VersionMismatch, match='W/"7"') as caught:
        check_if_match(NOW, header)
    assert caught.value.status == 412
    assert not is_not_modified(NOW, header)
    check_if_none_match(NOW, header)


def test_without_a_resource_nothing_matches() -> None:
    """`If-Match: *` needs a resource to exist, `If-None-Match: *` needs none to."""
    with pytest.raises(VersionMismatch):
        check_if_match(None, "*")
    check_if_none_match(None, "*")


def test_no_header_demands_nothing() -> None:
    """Clients that know no versions write and read as ever."""
    check_if_match(NOW, None)
    check_if_none_match(NOW, None)
    assert not is_not_modified(NOW, None)


@given(st.text(max_size=40))
def test_any_header_can_be_read(header: str) -> None:
    """Whatever a client sends is read as tags, or as none."""
    assert parse_etags(header) is None or all(isinstance(tag, str) for tag in parse_etags(header) or ())
