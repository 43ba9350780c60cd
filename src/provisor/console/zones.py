"""The reader's time zone: the browser says it in a cookie; without one, times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime, time, tzinfo
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from starlette.requests import Request

COOKIE = "provisor_zone"


def zone_of(request: Request) -> tzinfo:
    """The zone that the browser named, if this machine knows it."""
    name = unquote(request.cookies.get(COOKIE, ""))
    try:
        return ZoneInfo(name) if name and name != "UTC" else UTC
    except (ValueError, OSError, KeyError):
        # ZoneInfoNotFoundError is a KeyError; what is no name at all is one of the others.
        return UTC


def name_of(zone: tzinfo) -> str:
    return "UTC" if zone is UTC else str(zone)


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """When the reader's day began."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)
