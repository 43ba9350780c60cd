"""A report in a terminal: a line per step while it runs, and in the end what failed, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from provisor.conformance.expect import named_status
from provisor.conformance.rendering.words import MARKS, advice, conclusion, outcome, pretty, tally, telling
from provisor.conformance.report import Exchange, Report, StepResult, SuiteResult
from provisor.conformance.suite import Verdict

LINES = 20
"""Of a body."""
SHOWN = (Verdict.FAILED, Verdict.CHECKER_ERROR)


def step_line(result: StepResult) -> str:
    """One step in one line."""
    mark = "·" if result.prepares and result.verdict in (Verdict.PASSED, Verdict.SKIPPED) else MARKS[result.verdict]
    line = f"  {mark} {result.number:>2} {printable(result.name)}"
    why = "" if result.verdict is Verdict.PASSED else outcome(result)
    return f"{line}: {printable(why)}" if why else line


def describe_step(result: StepResult) -> Iterator[str]:
    """A step that did not pass: request, answer, the assertions, where they come from, and what to do."""
    yield f"{MARKS[result.verdict]} {result.suite} {result.number}  {printable(result.name)}  [{result.level}]"
    for exchange in result.exchanges[-1:]:
        yield from _describe_exchange(exchange)
    if result.reason:
        yield f"    {printable(result.reason)}"
    told = telling(result)
    for each in result.judgements:
        if not each.holds and each not in told:
            continue
        if each.checker_error:
            yield f"    ? {each.text}: a bug of the checker: {printable(each.checker_error)}"
        elif each.holds:
            yield f"    ✓ {each.text}"
        else:
            level = "" if each.level is result.level else f" [{each.level}]"
            yield f"    ✗ {each.text}: {printable(each.found)}{level}"
    if len(told) < len(result.broken):
        yield f"    ✗ and therefore {len(result.broken) - len(told)} more"
    yield f"    Why    {result.source.reference}: {result.source.says}"
    for words in advice(result):
        yield f"    To do  {words}"


def describe_summary(report: Report) -> Iterator[str]:
    """Everything after the steps: failures in full, counts, what was left behind, the conclusion."""
    for result in report.steps():
        if result.verdict in SHOWN:
            yield ""
            yield from describe_step(result)
    yield ""
    width = max((len(each.suite.id) for each in report.suites), default=0)
    for each in report.suites:
        yield f"{each.suite.id:<{width}}  {tally(each.counts())}"
    for each in report.suites:
        yield from _describe_leftovers(each)
    yield ""
    if report.note:
        yield f"Note: {printable(report.note)}"
    yield f"{conclusion(report)} {tally(report.counts())} in {report.seconds:.1f} s."


def _describe_exchange(exchange: Exchange) -> Iterator[str]:
    yield f"    {exchange.method} {exchange.url}"
    if exchange.body is not None:
        yield from _indented(exchange.body)
    if exchange.status is None:
        yield f"    no answer: {printable(exchange.trouble)}"
        return
    kind = exchange.answer_headers.get("content-type", "no Content-Type")
    yield f"    {named_status(exchange.status)}, {printable(kind)}, {exchange.milliseconds:.0f} ms"
    for name in ("location", "retry-after"):
        if name in exchange.answer_headers:
            yield f"    {name.title()}: {printable(exchange.answer_headers[name])}"
    yield from _indented(exchange.answer_body)
    if exchange.answer_bytes > len(exchange.answer_body.encode()) + 1000:
        yield f"      … {exchange.answer_bytes:,} bytes in all"


def _indented(body: str) -> Iterator[str]:
    lines = pretty(body).splitlines()
    for line in lines[:LINES]:
        text = printable(line)
        yield f"      {text if len(text) <= 160 else text[:159] + '…'}"
    if len(lines) > LINES:
        yield f"      … {len(lines) - LINES} more lines"


def _describe_leftovers(result: SuiteResult) -> Iterator[str]:
    if result.switched_off:
        users = "1 made-up user" if result.switched_off == 1 else f"{result.switched_off} made-up users"
        yield f"{result.suite.id}: {users} could not be deleted, and made inactive instead."
    for each in result.left_behind:
        words = f"{each.what} at {each.where} ({each.why})."
        yield f"{result.suite.id}: left behind: {printable(words)}"


def printable(text: str) -> str:
    """Safe for a terminal: control characters from the world outside are made visible."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
