"""The words and marks that every rendering uses for a verdict, and bodies made fit to be read."""

from __future__ import annotations

from collections import Counter
from typing import Final

import orjson

from provisor.conformance.report import Judgement, Report, StepResult
from provisor.conformance.suite import Verdict

MARKS: Final = {
    Verdict.PASSED: "✓",
    Verdict.ACCEPTABLE: "✓",
    Verdict.DEVIATION: "!",
    Verdict.FAILED: "✗",
    Verdict.SKIPPED: "-",
    Verdict.CHECKER_ERROR: "?",
}

NOUNS: Final = {
    Verdict.PASSED: "passed",
    Verdict.ACCEPTABLE: "acceptable",
    Verdict.DEVIATION: "deviations",
    Verdict.FAILED: "failed",
    Verdict.SKIPPED: "skipped",
    Verdict.CHECKER_ERROR: "checker errors",
}


def tally(counts: Counter[Verdict]) -> str:
    """`135 passed, 2 deviations, 1 failed`: what there is none of is left out, except what passed."""
    parts = [named(each, counts[each]) for each in Verdict if counts[each] or each is Verdict.PASSED]
    return ", ".join(parts)


def named(verdict: Verdict, number: int) -> str:
    """`1 deviation`, `2 deviations`, `3 failed`."""
    noun = NOUNS[verdict]
    return f"{number} {noun.removesuffix('s') if number == 1 and noun.endswith('s') else noun}"


def conclusion(report: Report) -> str:
    """The whole report in a sentence."""
    if not report.conformant:
        number = report.counts()[Verdict.FAILED]
        return f"Not conformant: {number} {'step' if number == 1 else 'steps'} failed."
    if report.checker_failed:
        return "Not judged to the end, because of a bug in the checker. Please report it with the lines above."
    if not report.counts()[Verdict.PASSED]:
        return "Nothing was judged: every step was skipped."
    if report.counts()[Verdict.DEVIATION]:
        return "Conformant, with deviations from what a server should do."
    return "Conformant."


def pretty(body: str) -> str:
    """JSON indented; anything else as it is."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def outcome(result: StepResult) -> str:
    """Why a step is as it is, in a line: the reason, or the first assertion that does not hold."""
    if result.reason:
        return result.reason
    for each in result.broken:
        return f"{each.text}: {each.found or each.checker_error}"
    return ""


def advice(result: StepResult) -> list[str]:
    """What to do about a step, without repetition; nothing when all is well."""
    if result.verdict in (Verdict.PASSED, Verdict.SKIPPED):
        return []
    return [each for each in dict.fromkeys([result.advice, *(each.advice for each in telling(result))]) if each]


def telling(result: StepResult) -> tuple[Judgement, ...]:
    """The broken assertions worth reading: when the status is wrong, the rest of the answer was not to be expected."""
    broken = result.broken
    wrong_status = bool(broken) and not broken[0].checker_error and broken[0] is result.judgements[0]
    return broken[:1] if wrong_status and broken[0].text.startswith("the status is") else broken
