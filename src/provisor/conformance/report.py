"""What a run found, as frozen values without secrets: everything a rendering shows. Renders nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from provisor.conformance.suite import Level, Source, Suite, Verdict


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back, redacted."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    status: int | None
    """None = no answer came."""
    answer_headers: Mapping[str, str]
    answer_body: str
    answer_bytes: int
    """How long the answer's body was; `answer_body` may be its beginning."""
    milliseconds: float
    trouble: str = ""
    """Why no answer came."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one assertion."""

    text: str
    level: Level
    holds: bool
    found: str = ""
    """What was there instead."""
    advice: str = ""
    checker_error: str = ""
    """A bug of ours; then `holds` says nothing."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of one step."""

    suite: str
    id: str
    number: int
    name: str
    level: Level
    source: Source
    verdict: Verdict
    reason: str = ""
    """Why it was skipped, or why there is nothing to judge."""
    judgements: tuple[Judgement, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    advice: str = ""
    prepares: bool = False

    @property
    def broken(self) -> tuple[Judgement, ...]:
        """The assertions that do not hold."""
        return tuple(each for each in self.judgements if not each.holds)


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something the run created and could not take away again."""

    what: str
    where: str
    why: str


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What became of one suite."""

    suite: Suite
    steps: tuple[StepResult, ...]
    removed: int = 0
    """How many resources were deleted again."""
    switched_off: int = 0
    """How many users could only be made inactive."""
    left_behind: tuple[Leftover, ...] = ()
    cleaning: tuple[Exchange, ...] = ()
    """The requests that took things away."""

    def counts(self) -> Counter[Verdict]:
        """How many steps have which verdict; a preparation counts only when it stops the rest from being judged."""
        telling = (Verdict.FAILED, Verdict.CHECKER_ERROR)
        return Counter(each.verdict for each in self.steps if not each.prepares or each.verdict in telling)


@dataclass(frozen=True, slots=True)
class Report:
    """What one run found."""

    url: str
    started: str
    """RFC 3339, UTC."""
    seconds: float
    suites: tuple[SuiteResult, ...]
    note: str = ""
    """What is odd about the address as a whole."""

    def steps(self) -> Iterator[StepResult]:
        """Every step of every suite."""
        for suite in self.suites:
            yield from suite.steps

    def counts(self) -> Counter[Verdict]:
        """How many steps have which verdict."""
        return sum((suite.counts() for suite in self.suites), Counter())

    @property
    def conformant(self) -> bool:
        """Whether no MUST is broken, as far as could be seen."""
        return not self.counts()[Verdict.FAILED]

    @property
    def checker_failed(self) -> bool:
        """Whether a bug of ours leaves something unjudged."""
        return any(each.verdict is Verdict.CHECKER_ERROR for each in self.steps())
