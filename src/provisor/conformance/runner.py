"""Carries suites out against one server: fills, sends, judges, remembers what to take away. The shell of this package.

Rules: (1) every request and answer is recorded, redacted; (2) a step whose variables are unknown is skipped and says
why; (3) nothing is written to what the run did not create; (4) what was created is taken away, also after a failure;
(5) a 429 is waited for, not judged; (6) a server that has stopped answering is not asked on and on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from provisor.conformance.answers import MISSING, Answer, View, find
from provisor.conformance.cleanup import Created, clear_away
from provisor.conformance.expect import hint
from provisor.conformance.judging import NOT_OFFERED, WORST, explain, judge, verdict
from provisor.conformance.report import Report, StepResult, SuiteResult
from provisor.conformance.suite import Step, Suite, Template, Verdict
from provisor.conformance.target import SILENCES, NoAnswer, Target, Unreachable
from provisor.conformance.variables import ITEM, fill, made_up, needed

__all__ = ["Listener", "Target", "Unreachable", "check"]

Listener = Callable[[StepResult], None]


async def check(
    target: Target,
    suites: Sequence[Suite],
    listen: Listener = lambda _: None,
    *,
    source: random.Random | None = None,
    given: dict[str, Any] | None = None,
) -> Report:
    """Run suites in turn and return what was found; `given` are variables that all of them know.

    Raises `Unreachable` when the server cannot be reached or refuses the credentials.
    """
    began, started = perf_counter(), datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    note = await _first_contact(target)
    results = []
    for suite in suites:
        run = _Run(target, suite, made_up(source or random.SystemRandom()) | (given or {}), listen)
        results.append(await run.carry_out())
    return Report(target.url, started, perf_counter() - began, tuple(results), note)


async def _first_contact(target: Target) -> str:
    """Ask for one user, to tell a wrong address or wrong credentials from a server that does not conform."""
    accept = {"Accept": "application/scim+json, application/json", "User-Agent": target.agent}
    request = fill(Template("GET", "/Users", (("startIndex", "1"), ("count", "1"))), {})
    outcome, _ = await target.send(request, accept)
    if isinstance(outcome, NoAnswer):
        raise Unreachable(outcome.words)
    if outcome.status in (401, 403):
        raise Unreachable(_refusal(target, outcome.status))
    if outcome.status in (301, 302, 303, 307, 308):
        place = target.redaction.text(outcome.headers.get("location", "an unnamed place"))
        return f"The address redirects to {place}. {hint(301)}"
    if outcome.parse() is MISSING:
        kind = target.redaction.text(outcome.headers.get("content-type", "no Content-Type"))
        return f"GET /Users answers {kind} instead of JSON. Is the base URL complete? It often ends in /scim/v2."
    return ""


def _refusal(target: Target, status: int) -> str:
    if not target.has_credentials:
        return f"The server answers {status}, and no credentials were given: --auth, --basic or PROVISOR_CHECK_AUTH."
    return f"The server answers {status} to the credentials given. {hint(status)}"


class _Run:
    """One suite, while it runs."""

    def __init__(self, target: Target, suite: Suite, variables: dict[str, Any], listen: Listener) -> None:
        self._target = target
        self._suite = suite
        self._variables = variables
        self._listen = listen
        self._created: list[Created] = []
        self._results: list[StepResult] = []
        self._blame: dict[str, str] = {}
        """Variable: why it is not known."""

    async def carry_out(self) -> SuiteResult:
        try:
            for number, step in enumerate(self._suite.steps, 1):
                for values, nth in self._rounds(step):
                    result = await self._carry_out(step, number, values)
                    self._tell(replace(result, id=f"{step.id}-{nth}") if nth else result)
        finally:
            # Also when the run is interrupted: what it created belongs to nobody.
            so_far = len(self._target.journal)
            removed, switched_off, left = await clear_away(self._target, self._suite, self._created)
        cleaning = tuple(self._target.journal[so_far:])
        return SuiteResult(self._suite, tuple(self._results), removed, switched_off, tuple(left), cleaning)

    def _tell(self, result: StepResult) -> None:
        self._results.append(result)
        self._listen(result)

    def _rounds(self, step: Step) -> Iterator[tuple[dict[str, Any], int]]:
        """The variables of each time a step is carried out: once, or once for each of several items."""
        items = self._variables.get(step.each) if step.each else None
        if not isinstance(items, list) or not items:
            yield self._variables, 0
            return
        for nth, item in enumerate(items, 1):
            yield {**self._variables, ITEM: item}, nth

    async def _carry_out(self, step: Step, number: int, variables: dict[str, Any]) -> StepResult:
        result = StepResult(
            self._suite.id, step.id, number, _named(step, variables), step.level, step.source, Verdict.SKIPPED,
            advice=step.advice, prepares=step.prepares,
        )  # fmt: skip
        reason = self._reason_to_skip(step, variables)
        if reason:
            self._remember_missing(step, reason)
            return replace(result, reason=reason)
        try:
            return await self._ask(step, result, variables)
        except Exception as bug:  # noqa: BLE001 - the runner's edge: our bug must not read as the server's
            self._remember_missing(step)
            words = explain(bug, self._target.redaction)
            return replace(result, verdict=Verdict.CHECKER_ERROR, reason=f"A bug of the checker: {words}")

    async def _ask(self, step: Step, result: StepResult, variables: dict[str, Any]) -> StepResult:
        request = fill(step.request, variables)
        outcome, exchanges = await self._target.send(request, self._suite.headers)
        result = replace(result, exchanges=exchanges)
        if step.request.method == "POST":
            created = Created.of(step.request, variables, outcome)
            self._created += [created] if created else []
        if isinstance(outcome, NoAnswer):
            self._remember_missing(step)
            return replace(result, verdict=WORST[step.level], reason=outcome.words)
        if step.offered and outcome.status in NOT_OFFERED:
            reason = f"the server does not offer {step.offered} ({outcome.status})"
            self._remember_missing(step, reason)
            return replace(result, reason=reason)
        self._capture(step, outcome)
        judgements = judge(step, View.of(outcome, variables), self._target.redaction)
        found = verdict(judgements)
        meaning = hint(outcome.status) if judgements and not judgements[0].holds else ""
        advice = " ".join(filter(None, (step.advice, meaning)))
        return replace(result, verdict=found, judgements=judgements, advice=advice)

    def _reason_to_skip(self, step: Step, variables: dict[str, Any]) -> str:
        if self._target.silences >= SILENCES:
            return "the server has stopped answering"
        if step.unless and step.unless in variables:
            return "not needed"
        if step.feature and variables.get(step.feature) is False:
            name = step.feature.removesuffix("_supported").replace("_", " ")
            return f"the server says in its ServiceProviderConfig that it does not support {name}"
        if step.each and not variables.get(step.each):
            return f"the server lists no {step.each.replace('_', ' ')}"
        for result in self._results:
            if result.id in step.after and not _done(result):
                return result.reason if result.verdict is Verdict.SKIPPED else _depends(result.name)
        for name in sorted(needed(step) - variables.keys()):
            return self._blame.get(name, f"no {name.replace('_', ' ')} is known")
        return ""

    def _capture(self, step: Step, answer: Answer) -> None:
        document = answer.parse() if answer.status < 300 else MISSING
        for name, path in step.captures.items():
            value = path(document) if callable(path) else find(document, path)
            if value in (MISSING, None, "", []):
                self._blame.setdefault(name, _depends(step.name))
            else:
                self._variables[name] = value

    def _remember_missing(self, step: Step, reason: str = "") -> None:
        for name in step.captures:
            self._blame.setdefault(name, reason or _depends(step.name))


def _depends(name: str) -> str:
    return f"depends on “{name}”, which did not succeed"


def _done(result: StepResult) -> bool:
    """Whether a step got as far as the status it was to have."""
    undone = result.verdict in (Verdict.FAILED, Verdict.SKIPPED, Verdict.CHECKER_ERROR)
    return not undone and (not result.judgements or result.judgements[0].holds)


def _named(step: Step, variables: dict[str, Any]) -> str:
    item = variables.get(ITEM, step.each.replace("_", " "))
    return step.name.replace("{item}", str(item))
