"""Turns a page's view into HTML: the Jinja environment, and the few filters that pages share.

Everything is escaped unless a template's own macro made it. A name that a view lacks is an error, not an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from provisor.console.assets import Assets

HERE = __file__.rpartition("/")[0]

TONES: Mapping[str, str] = {
    "ACTIVE": "green",
    "ENABLED": "green",
    "PROVISIONED": "blue",
    "STAGED": "blue",
    "SYNCHRONIZED": "green",
    "SUCCESS": "green",
    "SYNCING": "azure",
    "PENDING": "azure",
    "DEFERRED": "yellow",
    "SUSPENDED": "yellow",
    "LOCKED_OUT": "orange",
    "RECOVERY": "orange",
    "PASSWORD_EXPIRED": "orange",
    "WARN": "yellow",
    "ERROR": "red",
    "FAILURE": "red",
    "DENY": "red",
}
"""The colour of a state; one that is not here is grey. The word beside it says the same."""


STATES: Mapping[str, str] = {
    "DEPROVISIONED": "Deactivated",
    "PROVISIONED": "Active, no password",
    "RECOVERY": "Password was reset",
}
"""Wire values whose own word says something else than the buttons that lead there. Others are their own words."""


class Renderer:
    """Templates beside their pages (`pages/…/x.html`) and the shared ones (`templates/`)."""

    def __init__(self, assets: Assets) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([f"{HERE}/templates", HERE]),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(
            asset=assets.url, sprite=assets.url("vendor/icons.svg"), complete=assets.complete
        )
        self._environment.filters.update(
            when=when, tone=tone, words=words, number=number, plural=plural, duration=duration
        )

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        return self._environment.get_template(template).render(values)


def when(at: datetime | None, missing: str = "never") -> Markup | str:
    """A time: UTC for who reads the page as it is; a script turns it into the reader's zone."""
    if at is None:
        return missing
    utc = at.astimezone(UTC)
    shown = utc.strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}" data-local>{}</time>').format(utc.isoformat(timespec="milliseconds"), shown)


def tone(state: object) -> str:
    return TONES.get(str(state), "secondary")


def words(state: object) -> str:
    """A state as people read it. PASSWORD_EXPIRED: Password expired; DEPROVISIONED: Deactivated."""
    return STATES.get(str(state)) or str(state).replace("_", " ").capitalize()


def number(value: int) -> str:
    """A count with thin spaces between thousands, which read the same everywhere."""
    return f"{value:,}".replace(",", "\u202f")


def duration(length: timedelta) -> str:
    """A length of time in its largest unit, or two: `40 s`, `3 min`, `2 h 5 min`, `4 days`."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 person`, `2 people`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"
