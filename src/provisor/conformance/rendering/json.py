"""A report as JSON for programs. Its shape is a promise: `format` changes when it does."""

from __future__ import annotations

from typing import Any, Final

from provisor.conformance.report import Exchange, Judgement, Report, StepResult, SuiteResult
from provisor.conformance.suite import Verdict

FORMAT: Final = "provisor-check/1"


def render_json(report: Report) -> dict[str, Any]:
    """Return the report as a JSON object."""
    return {
        "format": FORMAT,
        "url": report.url,
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "conformant": report.conformant and not report.checker_failed,
        "counts": {each.value: report.counts()[each] for each in Verdict},
        "note": report.note,
        "suites": [_suite(each) for each in report.suites],
    }


def _suite(result: SuiteResult) -> dict[str, Any]:
    return {
        "id": result.suite.id,
        "title": result.suite.title,
        "protocol": result.suite.protocol,
        "counts": {each.value: result.counts()[each] for each in Verdict},
        "steps": [_step(each) for each in result.steps],
        "cleanup": {
            "removed": result.removed,
            "switchedOff": result.switched_off,
            "leftBehind": [{"what": each.what, "where": each.where, "why": each.why} for each in result.left_behind],
            "exchanges": [_exchange(each) for each in result.cleaning],
        },
    }


def _step(result: StepResult) -> dict[str, Any]:
    return {
        "id": result.id,
        "number": result.number,
        "name": result.name,
        "level": result.level.value,
        "preparation": result.prepares,
        "source": {"reference": result.source.reference, "says": result.source.says},
        "verdict": result.verdict.value,
        "reason": result.reason,
        "advice": result.advice,
        "assertions": [_judgement(each) for each in result.judgements],
        "exchanges": [_exchange(each) for each in result.exchanges],
    }


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "text": judgement.text,
        "level": judgement.level.value,
        "holds": judgement.holds,
        "found": judgement.found,
        "advice": judgement.advice,
        "checkerError": judgement.checker_error,
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    answer = None
    if exchange.status is not None:
        answer = {
            "status": exchange.status,
            "headers": dict(exchange.answer_headers),
            "body": exchange.answer_body,
            "bytes": exchange.answer_bytes,
        }
    return {
        "request": {
            "method": exchange.method,
            "url": exchange.url,
            "headers": dict(exchange.headers),
            "body": exchange.body,
        },
        "answer": answer,
        "milliseconds": exchange.milliseconds,
        "trouble": exchange.trouble,
    }
