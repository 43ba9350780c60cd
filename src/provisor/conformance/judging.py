"""Judges an answer: each assertion by itself, then the step by its worst assertion. Pure, but for catching our bugs.

A bug in an assertion is a `CHECKER_ERROR` with our own words, never a fault of the server.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import Final

from provisor.conformance.answers import View
from provisor.conformance.redaction import Redaction
from provisor.conformance.report import Judgement
from provisor.conformance.suite import Assertion, Level, Step, Verdict
from provisor.conformance.variables import fill_known

NOT_OFFERED = frozenset({404, 405, 501})
_LONGEST_FOUND = 300


def judge(step: Step, view: View, redaction: Redaction) -> tuple[Judgement, ...]:
    """Return what became of each assertion of a step."""
    return tuple(_judge_one(each, step, view, redaction) for each in step.expect)


def _judge_one(assertion: Assertion, step: Step, view: View, redaction: Redaction) -> Judgement:
    level = assertion.level or step.level
    try:
        found = assertion.judge(view)
    except Exception as bug:  # noqa: BLE001 - the runner's edge: our bug must not read as the server's
        return Judgement(assertion.text, level, False, checker_error=explain(bug, redaction))
    text = redaction.text(fill_known(assertion.text, view.variables))
    if found is None:
        return Judgement(text, level, True)
    shown = redaction.text(found)
    shown = shown if len(shown) <= _LONGEST_FOUND else shown[: _LONGEST_FOUND - 1] + "…"
    return Judgement(text, level, False, shown, assertion.advice or step.advice)


def explain(bug: Exception, redaction: Redaction) -> str:
    """Return a bug of ours in a line, for whoever reports it."""
    frames = traceback.extract_tb(bug.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return redaction.text(f"{type(bug).__name__}{where}: {bug}")[:_LONGEST_FOUND]


WORST: Final = {Level.MUST: Verdict.FAILED, Level.SHOULD: Verdict.DEVIATION, Level.MAY: Verdict.ACCEPTABLE}
"""What a step is when something of this level does not hold."""


def verdict(judgements: Sequence[Judgement]) -> Verdict:
    """Return the worst of a step's assertions."""
    broken = [each for each in judgements if not each.holds]
    levels = {each.level for each in broken if not each.checker_error}
    if Level.MUST not in levels and any(each.checker_error for each in broken):
        return Verdict.CHECKER_ERROR
    return next((found for level, found in WORST.items() if level in levels), Verdict.PASSED)
