"""A report as one HTML page that needs nothing else: no script, no font, no request; light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from provisor.conformance.expect import named_status
from provisor.conformance.rendering.style import STYLE
from provisor.conformance.rendering.words import MARKS, advice, conclusion, named, outcome, pretty
from provisor.conformance.report import Exchange, Judgement, Report, StepResult, SuiteResult
from provisor.conformance.suite import Verdict

# Answers are foreign: even if something slipped through the escaping, nothing on the page may run or load.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render_html(report: Report) -> str:
    """Return the page."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    verdict = "good" if report.conformant and not report.checker_failed else "bad"
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>SCIM check of {escape(report.url)}</title><style>{STYLE}</style></head><body>"
    yield f"<header><h1>SCIM check</h1><p class=url>{escape(report.url)}</p>"
    yield f"<p class='conclusion {verdict}'>{escape(conclusion(report))}</p>"
    yield f"<ul class=counts>{''.join(_counts(report))}</ul>"
    yield f"<p class=when>{escape(report.started)}, {report.seconds:.1f} s</p>"
    if report.note:
        yield f"<p class=note>{escape(report.note)}</p>"
    yield "</header><main>"
    if len(report.suites) > 1:
        yield "<nav aria-label=Suites><ul>"
        for each in report.suites:
            bad = each.counts()[Verdict.FAILED]
            shown = f"<b class=failed>{bad} failed</b>" if bad else f"{each.counts()[Verdict.PASSED]} passed"
            yield f"<li><a href='#{escape(each.suite.id)}'>{escape(each.suite.title)}</a> {shown}</li>"
        yield "</ul></nav>"
    for each in report.suites:
        yield from _suite(each)
    yield "</main></body></html>"


def _counts(report: Report) -> Iterator[str]:
    counts = report.counts()
    for each in Verdict:
        if counts[each]:
            yield f"<li class={each.value}>{named(each, counts[each])}</li>"


def _suite(result: SuiteResult) -> Iterator[str]:
    yield f"<section id='{escape(result.suite.id)}'><h2>{escape(result.suite.title)}</h2>"
    yield f"<p class=about>{escape(result.suite.about)}</p>"
    for each in result.steps:
        yield from _step(each)
    if result.removed or result.switched_off or result.left_behind:
        yield f"<p class=cleanup>{escape(_cleanup(result))}</p>"
    if result.left_behind:
        yield "<ul class=left>"
        for left in result.left_behind:
            yield f"<li>{escape(left.what)} at <code>{escape(left.where)}</code>: {escape(left.why)}</li>"
        yield "</ul>"
    yield "</section>"


def _cleanup(result: SuiteResult) -> str:
    parts = [
        (result.removed, "deleted"),
        (result.switched_off, "switched off"),
        (len(result.left_behind), "left behind"),
    ]
    return "Of what this suite created: " + ", ".join(f"{number} {word}" for number, word in parts if number) + "."


def _step(result: StepResult) -> Iterator[str]:
    opened = " open" if result.verdict in (Verdict.FAILED, Verdict.CHECKER_ERROR) else ""
    kind = f"{result.verdict.value}{' prepares' if result.prepares else ''}"
    why = "" if result.verdict is Verdict.PASSED else outcome(result)
    yield f"<details class='{kind}'{opened}><summary>"
    yield f"<span class=mark title={result.verdict.value}>{MARKS[result.verdict]}</span>"
    level = "" if result.prepares else f" <small class=level>{result.level.value}</small>"
    yield f"<span class=name>{result.number}. {escape(result.name)}{level}"
    yield f"<span class=why>{escape(why)}</span></span></summary>" if why else "</span></summary>"
    yield f"<p class=source><b>{escape(result.source.reference)}</b> {escape(result.source.says)}</p>"
    if result.judgements:
        yield "<ul class=assertions>"
        for judgement in result.judgements:
            yield _judgement(judgement)
        yield "</ul>"
    for each in advice(result):
        yield f"<p class=advice><b>To do:</b> {escape(each)}</p>"
    for exchange in result.exchanges:
        yield from _exchange(exchange)
    yield "</details>"


def _judgement(judgement: Judgement) -> str:
    if judgement.holds:
        return f"<li class=passed>{escape(judgement.text)}</li>"
    kind = "checker-error" if judgement.checker_error else f"failed {judgement.level.value.lower()}"
    found = judgement.found or f"a bug of the checker: {judgement.checker_error}"
    return (
        f"<li class='{kind}'>{escape(judgement.text)} <small class=level>{judgement.level.value}</small>"
        f"<br><b>{escape(found)}</b></li>"
    )


def _exchange(exchange: Exchange) -> Iterator[str]:
    request = [f"{exchange.method} {exchange.url}", *(f"{name}: {value}" for name, value in exchange.headers.items())]
    if exchange.body is not None:
        request += ["", pretty(exchange.body)]
    yield f"<pre class=request tabindex=0>{escape(chr(10).join(request))}</pre>"
    if exchange.status is None:
        yield f"<p class=trouble>No answer: {escape(exchange.trouble)}</p>"
        return
    answer = [f"{named_status(exchange.status)}  ({exchange.milliseconds:.0f} ms)"]
    answer += [f"{name}: {value}" for name, value in exchange.answer_headers.items()]
    answer += ["", pretty(exchange.answer_body)]
    if exchange.answer_bytes > len(exchange.answer_body.encode()) + 1000:
        answer.append(f"… {exchange.answer_bytes:,} bytes in all")
    yield f"<pre class=answer tabindex=0>{escape(chr(10).join(answer))}</pre>"
