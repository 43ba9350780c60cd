"""A report as JUnit XML, as build servers read it: a suite is a testsuite, a step a testcase.

A deviation from a SHOULD is a passed testcase that says so; a bug of the checker is an error, never a failure.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from provisor.conformance.rendering.text import describe_step
from provisor.conformance.rendering.words import outcome
from provisor.conformance.report import Report, StepResult, SuiteResult
from provisor.conformance.suite import Verdict

# What XML 1.0 cannot hold at all (§2.2), however it is escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMES = {Verdict.FAILED: "failure", Verdict.CHECKER_ERROR: "error", Verdict.SKIPPED: "skipped"}


def render_junit(report: Report) -> bytes:
    """Return the XML document."""
    root = Element("testsuites", name=f"provisor check {_text(report.url)}", time=f"{report.seconds:.3f}")
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for result in report.suites:
        numbers = _add_suite(root, result, report.started)
        totals = {name: totals[name] + numbers[name] for name in totals}
    for name, number in totals.items():
        root.set(name, str(number))
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add_suite(root: Element, result: SuiteResult, started: str) -> dict[str, int]:
    counts = result.counts()
    steps = [each for each in result.steps if not each.prepares or each.verdict in _NAMES.keys() - {Verdict.SKIPPED}]
    numbers = {
        "tests": len(steps),
        "failures": counts[Verdict.FAILED],
        "errors": counts[Verdict.CHECKER_ERROR],
        "skipped": counts[Verdict.SKIPPED],
    }
    seconds = sum(_seconds(each) for each in steps)
    suite = SubElement(
        root,
        "testsuite",
        {name: str(number) for name, number in numbers.items()},
        name=result.suite.id,
        timestamp=started.removesuffix("Z"),
        hostname="-",
        time=f"{seconds:.3f}",
    )
    for each in steps:
        _add_step(suite, each)
    return numbers


def _add_step(suite: Element, result: StepResult) -> None:
    case = SubElement(
        suite,
        "testcase",
        classname=f"scim.{result.suite}",
        name=_text(f"{result.number:02} {result.id}: {result.name}"),
        time=f"{_seconds(result):.3f}",
    )
    if result.verdict is Verdict.SKIPPED:
        SubElement(case, "skipped", message=_text(result.reason))
    elif result.verdict in _NAMES:
        below = SubElement(case, _NAMES[result.verdict], message=_text(outcome(result)), type=result.level.value)
        below.text = _text("\n".join(describe_step(result)))
    elif result.verdict is not Verdict.PASSED:
        SubElement(case, "system-out").text = _text("\n".join(describe_step(result)))


def _seconds(result: StepResult) -> float:
    return sum(each.milliseconds for each in result.exchanges) / 1000


def _text(words: str) -> str:
    return _FORBIDDEN.sub("\ufffd", words)
