"""Misbehaviour on request: answers, delays and dropped connections that tests ask for, by rule, repeatably.

Rules are tried in order; the first that fits a request and is not used up decides. `POST /_faults` adds rules,
`DELETE /_faults` removes all, `GET /_requests` shows the journal, `DELETE /_requests` empties it.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

import orjson

from .alterations import CASES, PAGES, falsified, older_version, quoted_numbers, retry_date
from .asgi import Answer
from .journal import Journal
from .wire import Response

TRANSPORT = "provisor.transport"
"""The ASGI extension through which `serving` lets a connection be dropped."""


_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(("method", "path", "body", "drop", "page", "user_names"), str),
    **dict.fromkeys(("probability", "delay_before", "delay_after", "retry_date"), (int, float)),
    **dict.fromkeys(("count", "skip", "status", "total"), int),
    **dict.fromkeys(("execute", "empty_body", "quoted_start_index", "stale_etag"), bool),
    "headers": dict,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests, how often, and what happens to them."""

    method: str | None = None
    """None = any."""
    path: str = ""
    """Regular expression, searched in the raw path and query."""
    probability: float = 1.0
    count: int | None = None
    """How many requests it may hit; None = without end."""
    skip: int = 0
    """How many fitting requests pass before the first hit."""

    status: int | None = None
    """Answer this instead of the real answer; the request is not executed unless `execute` says so."""
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    execute: bool = False
    """Execute the request although its answer is replaced: the write whose answer is lost."""
    delay_before: float = 0.0
    """Seconds before executing."""
    delay_after: float = 0.0
    """Seconds between executing and answering."""
    drop: str | None = None
    """"before" or "after" executing: close the connection without an answer."""
    empty_body: bool = False
    """Execute, answer the real status, send no body."""
    quoted_start_index: bool = False
    """Send `startIndex` and the other list numbers as text."""
    retry_date: float | None = None
    """Send a Retry-After that names the time in so many seconds, instead of their number."""
    stale_etag: bool = False
    """Name the version before the current one."""
    page: str | None = None
    """"truncated" or "duplicated": a page that lacks its second half, or shows its first resource twice."""
    total: int = 0
    """Added to `totalResults`."""
    user_names: str | None = None
    """"lower", "upper" or "swapped": userNames come back in another case."""

    def __post_init__(self) -> None:
        for name, wanted in _TYPES.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, wanted):
                raise ValueError(f"{name} cannot be {value!r}")
        re.compile(self.path)
        if self.drop not in (None, "before", "after"):
            raise ValueError('drop must be "before" or "after"')
        if self.page not in (None, *PAGES):
            raise ValueError(f"page must be one of {', '.join(PAGES)}")
        if self.user_names not in (None, *CASES):
            raise ValueError(f"user_names must be one of {', '.join(CASES)}")


@dataclass(slots=True)
class _Armed:
    rule: Rule
    pattern: re.Pattern[str]
    seen: int = 0
    hits: int = 0


class Faults:
    """The rules in force and the journal of what happened."""

    def __init__(self, seed: int = 0, journal: int = 1000) -> None:
        self._seed = seed
        self._random = random.Random(seed)
        self._armed: list[_Armed] = []
        self.journal = Journal(journal)

    def add(self, *rules: Rule) -> None:
        """Put rules in force, after those that are."""
        self._armed = [*self._armed, *(_Armed(rule, re.compile(rule.path)) for rule in rules)]

    def clear(self) -> None:
        """Behave again."""
        self._armed = []
        self._random = random.Random(self._seed)

    def hits(self) -> list[int]:
        """Return how often each rule in force has hit."""
        return [armed.hits for armed in self._armed]

    def choose(self, method: str, target: str) -> Rule | None:
        """Return the rule that decides about this request, and count the hit."""
        for armed in self._armed:
            rule = armed.rule
            if (rule.method and rule.method.upper() != method) or not armed.pattern.search(target):
                continue
            if rule.count is not None and armed.hits >= rule.count:
                continue
            armed.seen += 1
            if armed.seen <= rule.skip or (rule.probability < 1 and self._random.random() >= rule.probability):
                continue
            armed.hits += 1
            return rule
        return None

    async def around(
        self, scope: MutableMapping[str, Any], headers: dict[bytes, bytes], body: bytes, answer: Answer
    ) -> Response | None:
        """Answer a request under the rules; None = the connection is gone."""
        if scope["path"] in ("/_faults", "/_requests"):
            return await answer(scope, headers, body)
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        rule = self.choose(scope["method"], target.decode("latin-1"))
        if rule is None:
            response: Response | None = await answer(scope, headers, body)
            executed = True
        else:
            executed = rule.drop != "before" and (rule.status is None or rule.execute)
            response = await self._misbehave(rule, executed, scope, lambda: answer(scope, headers, body))
        status = response.status if response else None
        self.journal.record(scope["method"], target, scope["headers"], body, status, executed)
        return response

    async def _misbehave(
        self, rule: Rule, execute: bool, scope: MutableMapping[str, Any], answer: Callable[[], Awaitable[Response]]
    ) -> Response | None:
        if rule.delay_before:
            await asyncio.sleep(rule.delay_before)
        response = await answer() if execute else Response(200)
        if rule.delay_after:
            await asyncio.sleep(rule.delay_after)
        if rule.drop:
            scope["extensions"][TRANSPORT]["transport"].abort()
            return None
        return _altered(rule, response)

    def administer(self, method: str, path: str, body: bytes) -> Response:
        """Answer `/_faults` and `/_requests`."""
        if path == "/_requests":
            if method == "DELETE":
                self.journal.clear()
            return _json(200, [exchange.as_json() for exchange in self.journal.entries()])
        if method == "DELETE":
            self.clear()
        elif method == "POST":
            try:
                self.add(*parse_rules(orjson.loads(body)))
            except (ValueError, TypeError, re.error) as problem:
                return _json(400, {"detail": f"cannot read the rules: {problem}"})
        return _json(200, [{**asdict(armed.rule), "hits": armed.hits} for armed in self._armed])


def parse_rules(document: Any) -> list[Rule]:
    """Read one rule or a list of rules; raises ValueError for a key that no rule has."""
    known = {f.name for f in fields(Rule)}
    rules: list[Rule] = []
    for item in document if isinstance(document, list) else [document]:
        if not isinstance(item, dict) or not item.keys() <= known:
            raise ValueError(f"a rule is an object with keys among {', '.join(sorted(known))}")
        rules.append(Rule(**item))
    return rules


def _altered(rule: Rule, response: Response) -> Response:
    extra = tuple((name.lower().encode(), value.encode()) for name, value in rule.headers.items())
    if rule.retry_date is not None:
        extra += ((b"retry-after", retry_date(rule.retry_date)),)
    if rule.status is not None:
        return Response(rule.status, (rule.body or "").encode(), extra)
    if rule.page or rule.total or rule.user_names:
        response = falsified(response, page=rule.page, total=rule.total, case=rule.user_names)
    if rule.stale_etag:
        response = older_version(response)
    body = response.body
    if rule.quoted_start_index:
        body = quoted_numbers(body)
    if rule.empty_body:
        body = b""
    elif rule.body is not None:
        body = rule.body.encode()
    replaced = {name for name, _ in extra}
    return Response(response.status, body, (*(h for h in response.headers if h[0] not in replaced), *extra))


def _json(status: int, document: Any) -> Response:
    return Response(status, orjson.dumps(document), ((b"content-type", b"application/json"),))
