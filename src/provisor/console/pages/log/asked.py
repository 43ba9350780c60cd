"""What is asked of the System Log, as the address of the page says it; and the same as a query of the API.

Times that were typed are in the reader's zone; `since` and `until` are those of the API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlencode

from provisor.services.log import Key, LogQuery
from provisor.store.conditions import parse_instant
from provisor.systemlog import EventType, Outcome
from provisor.systemlog.queries import BadKeywords, wanted
from provisor.systemlog.rendering import KNOWN, instant

SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
DEFAULT_RANGE = "week"
CUSTOM = "custom"
EARLIEST_YEAR = 1970
KEY = re.compile(r"(\d{1,16})-(\d{1,16})")
IDS = {"user": "00u", "actor": "", "app": "0oa", "group": "00g", "transaction": ""}
"""Parameters that name a thing, and how its id begins."""
ID = re.compile(r"[0-9A-Za-z_.\-]{1,64}")
PARAMETERS = ("range", "from", "to", "since", "until", "type", "outcome", "q", "person", *IDS)
"""All but where the page begins and whether it follows."""


@dataclass(frozen=True, slots=True)
class Asked:
    given: Mapping[str, str]
    """The parameters of the address that say something."""
    since: datetime | None = None
    until: datetime | None = None
    types: tuple[EventType, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    """By the field that cannot be understood; then nothing is looked up."""
    after: Key | None = None

    def __getitem__(self, name: str) -> str:
        return self.given.get(name, "")

    @property
    def range(self) -> str:
        if self["range"] in (*SPANS, CUSTOM):
            return self["range"]
        return CUSTOM if any(self[name] for name in ("since", "until", "from", "to")) else DEFAULT_RANGE

    @property
    def can_follow(self) -> bool:
        """The newest page, with no end: what happens next belongs to it."""
        return self.after is None and self.until is None and not self.problems

    def filter(self) -> str | None:
        """The filter of the API that says the same."""
        terms = [f'target.id eq "{self[name]}"' for name in ("user", "app", "group") if self[name]]
        terms += [f'{path} eq "{self[name]}"' for name, path in DIRECT.items() if self[name]]
        if self.types:
            types = " or ".join(f'eventType eq "{each}"' for each in self.types)
            terms.append(f"({types})" if len(self.types) > 1 and terms else types)
        return " and ".join(terms) or None

    def query(self) -> LogQuery:
        return LogQuery(wanted(self.filter(), self["q"] or None), self.since, self.until, descending=True)

    def api(self, since: datetime) -> str:
        """The address of the API that gives the same events."""
        parts = {"since": instant(since), "until": instant(self.until) if self.until else None}
        more = {"filter": self.filter(), "q": self["q"] or None, "sortOrder": "DESCENDING"}
        return "/api/v1/logs?" + urlencode({name: text for name, text in {**parts, **more}.items() if text})

    def address(self, path: str = "/admin/log", **changes: str | None) -> str:
        """A page with these parameters, some of them changed or (None) taken away."""
        kept = {**self.given, **changes}
        parts = urlencode({name: text for name, text in kept.items() if text})
        return f"{path}?{parts}" if parts else path


DIRECT = {"actor": "actor.id", "transaction": "transaction.id", "outcome": "outcome.result"}


def understand(parameters: Mapping[str, str], zone: tzinfo, now: datetime) -> Asked:
    """Read an address; what cannot be understood is a problem of its field."""
    given = {name: text.strip() for name in PARAMETERS if (text := parameters.get(name, "")).strip()}
    problems: dict[str, str] = {}
    asked = Asked(given)
    for name, prefix in IDS.items():
        if name in given and not (given[name].startswith(prefix) and ID.fullmatch(given[name])):
            problems[name] = "This is not the id of such a thing."
    if "outcome" in given and given["outcome"] not in list(Outcome):
        problems["outcome"] = "There is no such outcome."
    types = tuple(matching(given["type"])) if "type" in given else ()
    if "type" in given and not types:
        problems["type"] = "No event is called like that. Try “push”, “group” or “password”."
    since, until = times(asked, zone, now, problems)
    try:
        wanted(None, given.get("q"))
    except BadKeywords as problem:
        problems["q"] = f"{str(problem).removeprefix('q: ')}."
    after = parse_key(parameters.get("after", ""))
    return replace(asked, since=since, until=until, types=types, problems=problems, after=after)


def times(
    asked: Asked, zone: tzinfo, now: datetime, problems: dict[str, str]
) -> tuple[datetime | None, datetime | None]:
    """From when to when."""
    if asked.range != CUSTOM:
        return now - SPANS[asked.range], None
    found: dict[str, datetime | None] = {"from": None, "to": None}
    for name, absolute in (("from", "since"), ("to", "until")):
        if asked[name]:
            found[name] = local(asked[name], zone)
        elif asked[absolute]:
            # In a query a plus sign means a blank, and many forget to encode the one of an offset.
            found[name] = parse_instant(asked[absolute].replace(" ", "+"))
        else:
            continue
        moment = found[name]
        if moment is None or moment.year < EARLIEST_YEAR:
            found[name] = None
            problems[name] = "This is not a time. Write it like 2026-11-21T10:00."
    if found["from"] and found["to"] and found["from"] >= found["to"]:
        problems["to"] = "The end must be later than the beginning."
    since = found["from"] or (found["to"] or now) - SPANS[DEFAULT_RANGE]
    return since, found["to"]


def local(text: str, zone: tzinfo) -> datetime | None:
    """A time as a browser's field sends it, in the reader's zone."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def matching(text: str) -> list[EventType]:
    """Event types by their name, or by words of their name or message."""
    if text in KNOWN:
        return [KNOWN[text]]
    words = text.lower().split()
    return [each for each in EventType if all(word in f"{each.value} {each.message.lower()}" for word in words)]


def parse_key(text: str) -> Key | None:
    found = KEY.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def render_key(key: Key) -> str:
    return f"{key[0]}-{key[1]}"
