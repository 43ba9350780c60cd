"""The page at `/`: users, groups and the last requests, for whoever looks on while an identity provider talks.

Read-only, without a script, under a policy that lets nothing in but its own style. Passwords and credentials are
redacted before they get here.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

import orjson

from .records import Record
from .redaction import shown_body, shown_headers
from .watching import Seen
from .wire import Response

SHOWN: Final = 100
"""Rows of a table; there may be a million users."""


@cache
def _style() -> str:
    return files(__package__).joinpath("page.css").read_text().strip()


@cache
def _headers() -> tuple[tuple[bytes, bytes], ...]:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return (
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", policy.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    )


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one resource type of one tenant holds."""

    url: str
    kind: str
    total: int
    records: Sequence[Record]


def page(holdings: Sequence[Holdings], seen: Sequence[Seen]) -> Response:
    """Render the page."""
    tables = "".join(_table(each, f"held{n}") for n, each in enumerate(holdings, 1))
    requests = "".join(_exchange(each) for each in seen) or "<p>None yet.</p>"
    links = "".join(f' · <a href="#held{n}">{escape(each.kind)}</a> {each.total}' for n, each in enumerate(holdings, 1))
    urls = "".join(f"<p><code>{escape(url)}</code></p>" for url in dict.fromkeys(each.url for each in holdings))
    body = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>SCIM server</title><style>{_style()}</style></head><body><main>
<h1>SCIM server</h1>{urls}<nav><a href="/">Reload</a>{links}</nav>
<h2 id="requests">Last requests</h2>{requests}
{tables}</main></body></html>
"""
    return Response(200, body.encode(errors="replace"), _headers())


def _table(holdings: Holdings, anchor: str) -> str:
    rows = "".join(_row(record) for record in holdings.records)
    more = f", the first {SHOWN} shown" if holdings.total > len(holdings.records) else ""
    head = f"<h2 id={anchor}>{escape(holdings.kind)} <span class=dim>{holdings.total}{more}</span></h2>"
    if not rows:
        return f"{head}<p>None.</p>"
    titles = "<th>Name<th>Id<th>State<th>Version<th>Changed"
    return f"{head}<div class=wide><table><thead><tr>{titles}</thead><tbody>{rows}</tbody></table></div>"


def _row(record: Record) -> str:
    resource = record.resource
    name = str(resource.get("userName") or record.label)
    active = resource.get("active")
    state = "" if active is None else "<span class=ok>active</span>" if active else "<span class=bad>inactive</span>"
    display = resource.get("displayName")
    dim = f" <span class=dim>{escape(str(display))}</span>" if display and display != name else ""
    return (
        f"<tr><td>{escape(name)}{dim}<td><code>{escape(record.id)}</code><td>{state}<td>{record.version}"
        f"<td>{escape(record.modified)}"
    )


def _exchange(seen: Seen) -> str:
    if seen.response is None:
        status = "<span class=bad>dropped</span>"
    else:
        status = f"<span class={'ok' if seen.response.status < 400 else 'bad'}>{seen.response.status}</span>"
    headers = "\n".join(f"{name}: {value}" for name, value in shown_headers(seen.headers))
    answer = _pretty(seen.response.body) if seen.response else ""
    return (
        f"<details><summary><code>{escape(seen.method)} {escape(seen.target)}</code> {status} "
        f"<span class=dim>{seen.time:%H:%M:%S} · {seen.seconds * 1000:.1f} ms</span></summary>"
        f"{_block('Headers', headers)}{_block('Request', _pretty(seen.body))}{_block('Answer', answer)}</details>"
    )


def _block(title: str, text: str) -> str:
    return f"<p>{title}</p><pre>{escape(text)}</pre>" if text else ""


def _pretty(body: bytes) -> str:
    shown = shown_body(body)
    if shown is None or isinstance(shown, str):
        return (shown or "")[:20_000]
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode()[:20_000]
