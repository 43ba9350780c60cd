"""Sorts an app's refusals into the port's errors: one table, read by status first. Neither waits nor repeats."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import orjson

from provisor.connector import (
    ConfigError,
    Json,
    PeerConflict,
    PeerError,
    PeerMissing,
    PeerRefused,
    PeerThrottled,
    PeerUnavailable,
    Response,
)
from provisor.connectors.scim.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no success, as far as the table needs to know it."""

    status: int
    headers: Mapping[str, str]
    method: str
    said: str
    """The peer's own words in Okta's style, redacted."""
    scim_type: str | None

    @property
    def write(self) -> bool:
        return self.method != "GET"


def error_from(answer: Response, method: str, redaction: Redaction, *secrets: str) -> PeerError:
    """Return the error that this answer means; `secrets` were in the request and stay out of the message."""
    detail, scim_type = _detail(answer.body)
    said = _phrase(answer.status)
    words = redaction.clean(detail, *secrets)
    if words:
        said += f". Errors reported by remote server: {words}"
    refusal = Refusal(answer.status, answer.headers, method, said.rstrip(".") + ".", scim_type)
    by_class = _BY_CLASS.get(answer.status // 100, _unavailable)
    return _BY_STATUS.get(answer.status, by_class)(refusal)


def _redirect(refusal: Refusal) -> PeerError:
    target = urlsplit(refusal.headers.get("location", ""))
    final = f", it points to {target.scheme}://{target.hostname}{target.path[:200]}" if target.hostname else ""
    return ConfigError(
        f"{_phrase(refusal.status)}: redirects are not followed{final}. Use the final URL as the base URL.",
        status=refusal.status,
    )


def _credentials(refusal: Refusal) -> PeerError:
    return ConfigError(f"{refusal.said} Check the credentials and what they permit.", status=refusal.status)


def _missing(refusal: Refusal) -> PeerError:
    return PeerMissing(refusal.said, status=refusal.status)


def _conflict(refusal: Refusal) -> PeerError:
    return PeerConflict(refusal.said, status=refusal.status)


def _throttled(refusal: Refusal) -> PeerError:
    return PeerThrottled(refusal.said, status=refusal.status, retry_after=patience(refusal.headers))


def _busy(refusal: Refusal) -> PeerError:
    """503: throttling when it comes with a Retry-After that can be read (RFC 9110 §15.6.4), else an outage."""
    return _unavailable(refusal) if retry_after(refusal.headers) is None else _throttled(refusal)


def _unavailable(refusal: Refusal) -> PeerError:
    return PeerUnavailable(refusal.said, status=refusal.status, unknown=refusal.write)


def _refused(refusal: Refusal) -> PeerError:
    return PeerRefused(refusal.said, status=refusal.status, scim_type=refusal.scim_type)


def _not_implemented(refusal: Refusal) -> PeerError:
    """501: no waiting helps. Okta does not fall back to PUT either; the dialect is a setting."""
    advice = " The app needs the kind of connection that only sends PUT." if refusal.method == "PATCH" else ""
    return PeerRefused(refusal.said + advice, status=refusal.status, scim_type=refusal.scim_type)


_BY_STATUS: dict[int, Callable[[Refusal], PeerError]] = {
    401: _credentials,
    403: _credentials,
    404: _missing,
    407: _credentials,
    408: _unavailable,
    409: _conflict,
    410: _missing,
    429: _throttled,
    501: _not_implemented,
    503: _busy,
}
_BY_CLASS: dict[int, Callable[[Refusal], PeerError]] = {3: _redirect, 4: _refused, 5: _unavailable}


def patience(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a refusal for want of patience asks for: `Retry-After`, or when the limit begins anew.

    The latter as `RateLimit-Reset`, the `t` or `reset` of `RateLimit`, `X-RateLimit-Reset` or `X-Rate-Limit-Reset`: no
    standard, but widely sent; in seconds from now or since 1970.
    """
    if (asked := retry_after(headers)) is not None:
        return asked
    listed = _LISTED.search(headers.get("ratelimit", ""))
    told = (*(headers.get(name, "").strip() for name in _RESETS), listed[1] if listed else "")
    return next((_reset(each, headers) for each in told if _NUMBER.fullmatch(each)), None)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks for; both forms of RFC 9110 §10.2.3 are read."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (_aware(parsedate_to_datetime(text)) - _now(headers)).total_seconds())
    except (ValueError, OverflowError):
        return None


_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]*)?", re.ASCII)
_RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_LISTED = re.compile(r"\b(?:t|reset)=([0-9]{1,18})", re.ASCII)
_EPOCH = 1_000_000_000
"""Numbers from here on are moments: no app asks for thirty years."""


def _reset(text: str, headers: Mapping[str, str]) -> float:
    number = float(text)
    if number >= _EPOCH * 1000:
        number /= 1000  # milliseconds
    return number if number < _EPOCH else max(0.0, number - _now(headers).timestamp())


def _now(headers: Mapping[str, str]) -> datetime:
    """The peer's own clock, when it tells it: its dates are only meaningful against that one."""
    try:
        return _aware(parsedate_to_datetime(headers["date"]))
    except (KeyError, ValueError, OverflowError):
        return datetime.now(UTC)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def _detail(body: bytes) -> tuple[str, str | None]:
    """Return the error's text and `scimType`: RFC 7644 §3.12, and the `Errors` array of SCIM 1.1 (§3.9 there)."""
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return "", None
    try:
        error = orjson.loads(body)
    except orjson.JSONDecodeError:
        return f"Invalid JSON: {text}", None
    if not isinstance(error, dict):
        return text, None
    scim_type = error.get("scimType")
    words = _words(error.get("detail")) or "; ".join(filter(None, map(_first_words, _array(error.get("Errors")))))
    return words or text, scim_type if isinstance(scim_type, str) else None


def _array(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _first_words(error: Json) -> str:
    if not isinstance(error, dict):
        return _words(error)
    return _words(error.get("description")) or _words(error.get("detail"))


def _words(value: Json) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value).decode()
