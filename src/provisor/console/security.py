"""What every answer of the console tells the browser, and whether a request comes from one of our own pages.

Scripts, styles and requests come from this server or not at all, and nobody may frame a page.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.requests import Request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

SAFE = frozenset({"GET", "HEAD"})

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""Browsers drop some of these from an address, so that a slash, a tab and a slash begin the name of another server."""


def origin_of(request: Request) -> str:
    """The address under which the browser reaches this server; a proxy in front says whether that is https."""
    # Several proxies write a list, the outermost first.
    outermost = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    scheme = "https" if "https" in (request.url.scheme, outermost) else "http"
    return f"{scheme}://{request.headers.get('host', 'localhost')}"


def is_same_origin(request: Request) -> bool:
    """Whether a form was sent by a page of this server.

    Browsers send Origin with every POST; one without it is not a browser's, or hides where it comes from. `null` and a
    foreign origin are refused. The scheme is not compared: a proxy in front may have ended TLS.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") == "same-origin"
    host = request.headers.get("host", "")
    try:
        return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def is_own_path(text: str) -> bool:
    """Whether it is safe to send a visitor there: a path of this server, not another server in disguise."""
    return text.startswith("/") and not text.startswith(("//", "/\\")) and CONTROL.search(text) is None
