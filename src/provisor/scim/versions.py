"""Entity tags and preconditions: If-Match and If-None-Match as pure functions (RFC 7644 §3.14, RFC 9110 §13).

They say what a header demands of a version; who stores versions, and how a response looks, is the server's business.
SCIM's tags are weak, so they compare weakly everywhere, also in If-Match.

>>> check_if_match('W/"7"', 'W/"6", W/"7"')
>>> is_not_modified('W/"7"', 'W/"7"')
True
"""

import re
from typing import Final

from .errors import VersionMismatch

MAX_LENGTH: Final = 8192
"""Characters of a header that are read."""
# Some clients leave the quotes out; a comma inside quotes is a part of the tag.
_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"|(?:W/)?([^\s,"]+)')


def render_etag(version: object) -> str:
    """Return the weak entity tag of a version."""
    return f'W/"{version}"'


def parse_etags(header: str) -> frozenset[str] | None:
    """Return the opaque tags that a header lists; None = `*`, any version."""
    text = header.strip()
    if text == "*":
        return None
    return frozenset(quoted or bare for quoted, bare in _TAG.findall(text[:MAX_LENGTH]))


def matches(etag: str | None, header: str) -> bool:
    """Whether the header names this entity tag, weakly compared; None = there is no resource."""
    tags = parse_etags(header)
    if etag is None:
        return False
    return tags is None or etag.removeprefix("W/").strip('"') in tags


def check_if_match(etag: str | None, header: str | None) -> None:
    """Refuse a write on a version that is not the client's: 412 (RFC 7644 §3.14)."""
    if header is not None and not matches(etag, header):
        raise VersionMismatch(
            f"the resource is at version {etag}, not at {header[:200]}; read it again and repeat the change"
            if etag is not None
            else "there is no version of this resource to match"
        )


def check_if_none_match(etag: str | None, header: str | None) -> None:
    """Refuse a write that must not find this version, such as `If-None-Match: *`: 412 (RFC 9110 §13.1.2)."""
    if header is not None and matches(etag, header):
        raise VersionMismatch(f"the resource is at version {etag}, which If-None-Match excludes")


def is_not_modified(etag: str, header: str | None) -> bool:
    """Whether a GET is answered with 304: the client holds this version already."""
    return header is not None and matches(etag, header)
