"""What is shown of a run: JSON whose shape stays, JUnit that build servers read, a page, words; and never a secret."""

import base64
import html.parser
import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.conformance.crooked import Passing, crooked

from provisor.conformance import Report, Target, Verdict, check, chosen
from provisor.conformance.redaction import Redaction
from provisor.conformance.rendering import describe_summary, render_html, render_json, render_junit, step_line
from provisor.connectors.http import AiohttpTransport
from provisor.scimserver.auth import basic, raw_header
from provisor.scimserver.testing import Peer, running

EXCHANGE = {
    "request": {"method": str, "url": str, "headers": dict, "body": (str, type(None))},
    "answer": {"status": int, "headers": dict, "body": str, "bytes": int},
    "milliseconds": float,
    "trouble": str,
}
COUNTS = {each.value: int for each in Verdict}
SHAPE = {
    "format": str,
    "url": str,
    "started": str,
    "seconds": float,
    "conformant": bool,
    "counts": COUNTS,
    "note": str,
    "suites": [
        {
            "id": str,
            "title": str,
            "protocol": str,
            "counts": COUNTS,
            "steps": [
                {
                    "id": str,
                    "number": int,
                    "name": str,
                    "level": str,
                    "preparation": bool,
                    "source": {"reference": str, "says": str},
                    "verdict": str,
                    "reason": str,
                    "advice": str,
                    "assertions": [
                        {
                            "text": str,
                            "level": str,
                            "holds": bool,
                            "found": str,
                            "advice": str,
                            "checkerError": str,
                        }
                    ],
                    "exchanges": [EXCHANGE],
                }
            ],
            "cleanup": {
                "removed": int,
                "switchedOff": int,
                "leftBehind": [{"what": str, "where": str, "why": str}],
                "exchanges": [EXCHANGE],
            },
        }
    ],
}
"""The promise of `provisor-check/1`: whoever changes it changes the format's name."""


def mismatches(value: Any, shape: Any, at: str = "") -> list[str]:
    """Where a value is not of a shape."""
    if isinstance(shape, dict):
        if value is None and "status" in shape:
            return []
        if not isinstance(value, dict) or value.keys() != shape.keys():
            return [f"{at}: {value if not isinstance(value, dict) else sorted(value.keys() ^ shape.keys())}"]
        return [each for name in shape for each in mismatches(value[name], shape[name], f"{at}.{name}")]
    if isinstance(shape, list):
        return [each for item in value for each in mismatches(item, shape[0], f"{at}[]")]
    return [] if isinstance(value, shape) else [f"{at}: {value!r}"]


def everything_wrong(passing: Passing) -> None:
    """Some answers that make every kind of verdict, and one with hostile text."""
    if passing.path == "/Groups":
        passing.answer = b"<script>alert(1)</script>\x00\x1b[31m\x08 ]]> &amp; \xed\xa0\x80"
        passing.answer_headers = {"Content-Type": "text/html"}
    if passing.method == "POST" and passing.status == 409:
        passing.status = 400


def no_deletes(passing: Passing) -> None:
    """Refuse every DELETE."""
    if passing.method == "DELETE":
        passing.status, passing.answer = 405, {}


@pytest.fixture
async def report(checking: Any, peer: Peer) -> Report:
    """A report in which every kind of verdict occurs but the checker's own."""
    with crooked(peer.url, everything_wrong, no_deletes) as url:
        found: Report = await checking.run(url, peer.token)
    verdicts = found.counts()
    assert all(verdicts[each] for each in (Verdict.PASSED, Verdict.DEVIATION, Verdict.FAILED, Verdict.SKIPPED))
    return found


def test_the_json_has_the_promised_shape(report: Report) -> None:
    """Names and types are those of the format, everywhere."""
    document = json.loads(json.dumps(render_json(report)))
    assert document["format"] == "provisor-check/1"
    assert mismatches(document, SHAPE) == []
    assert document["conformant"] is False
    assert document["counts"]["failed"] == report.counts()[Verdict.FAILED]
    assert [each["id"] for each in document["suites"]] == [each.id for each in chosen([])]


def test_junit_is_well_formed_and_counts_right(report: Report) -> None:
    """Attributes and children are those that build servers know, and sums are the sums of what is below."""
    root = ElementTree.fromstring(render_junit(report))
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"} <= set(suite.keys())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        assert {case.tag for case in suite} <= {"testcase"}
        assert int(suite.get("tests", "")) == len(suite)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute, "")) == len(suite.findall(f"testcase/{tag}"))
        for case in suite:
            assert {"name", "classname", "time"} <= set(case.keys())
            assert len(case) <= 1
            assert {each.tag for each in case} <= {"failure", "error", "skipped", "system-out"}
    for attribute in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(attribute, "")) == sum(int(suite.get(attribute, "")) for suite in root)
    assert int(root.get("failures", "")) == report.counts()[Verdict.FAILED] > 0


class _Page(html.parser.HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action") or name[:2] == "on"]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_and_runs_nothing(report: Report) -> None:
    """No script, no image, no link elsewhere; what the server answered is text; every element is closed."""
    text = render_html(report)
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert not page.tags & {"script", "img", "iframe", "link", "object", "form"}
    assert page.links
    assert all(re.fullmatch(r"#[a-z0-9-]+", each) for each in page.links)
    assert "&lt;script&gt;alert(1)" in text
    assert "prefers-color-scheme:dark" in text
    assert text.count("<details") == len(list(report.steps()))


def test_the_words_say_what_failed_and_what_to_do(report: Report) -> None:
    """Request, answer, assertion, source and advice of each failed step; then counts, leftovers and the conclusion."""
    words = "\n".join(describe_summary(report))
    assert "✗ scim2-spec 10  Create the same user again  [MUST]" in words
    assert "    ✗ the status is 409: it is 400 Bad Request" in words
    assert "    Why    Okta SCIM 2.0 SPEC suite, step 8:" in words
    assert "    To do  Answer 409 with scimType uniqueness" in words
    assert "could not be deleted, and made inactive instead" in words
    assert "Not conformant: " in words.splitlines()[-1]
    lines = [step_line(each) for each in report.steps()]
    assert all(character.isprintable() for line in [*lines, *words.splitlines()] for character in line)


def renderings(report: Report) -> dict[str, str]:
    """Everything that is written of a report."""
    return {
        "json": json.dumps(render_json(report), ensure_ascii=False),
        "json escaped": json.dumps(render_json(report)),
        "junit": render_junit(report).decode(),
        "html": render_html(report),
        "text": "\n".join([*describe_summary(report), *map(step_line, report.steps())]),
        "repr": repr(report),
    }


SECRET = 'p&ss"wörd/<7>'
SIGN_INS = {
    "basic": (basic("ann", SECRET), "Basic " + base64.b64encode(f"ann:{SECRET}".encode()).decode()),
    "raw": (raw_header("raw-secret-value-123"), "raw-secret-value-123"),
}


@pytest.mark.parametrize("kind", SIGN_INS)
async def test_no_secret_is_in_any_output(kind: str) -> None:
    """Not even when the server echoes credentials and headers, decoded or not, in bodies, headers and locations."""
    credential, header = SIGN_INS[kind]

    def echo(passing: Passing) -> None:
        told = {**passing.headers, "key": "another-secret-9", "decoded": SECRET}
        if isinstance(passing.answer, dict):
            passing.answer["echo"] = told
            passing.answer["token"] = "a-token-of-the-server"
        passing.answer_headers["Set-Cookie"] = "session=cookie-secret-1"
        passing.answer_headers["X-Echo"] = header
        if passing.path == "/Groups":
            passing.answer = f"denied: {header} {SECRET} another-secret-9".encode()

    transport = AiohttpTransport(_loopback())
    with running(credential=credential) as peer, crooked(peer.url, echo) as url:
        target = Target(transport, url, header, {"X-Api-Key": "another-secret-9"})
        report = await check(target, chosen([]))
    await transport.close()
    assert report.counts()[Verdict.PASSED] > 50
    secrets = [header, header.split()[-1], "another-secret-9", "cookie-secret-1", "a-token-of-the-server"]
    secrets += [SECRET, "p&amp;ss", "p%26ss", "wörd", "w\\u00f6rd"] if kind == "basic" else []
    for name, output in renderings(report).items():
        assert [each for each in secrets if each in output] == [], name
    assert repr(target).find(header) == repr(target.redaction).find(header) == -1


def _loopback() -> Any:
    from tests.conformance.conftest import LOOPBACK

    return LOOPBACK


async def test_passwords_that_are_sent_are_not_shown(checking: Any, peer: Peer) -> None:
    """The made-up password is struck from the request that sets it."""
    report = await checking.run(peer.url, peer.token, "users")
    create = next(each for each in report.steps() if each.id == "create")
    assert json.loads(create.exchanges[0].body)["password"] == "[redacted]"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Authorization: Bearer abcdefgh", "Authorization: Bearer [redacted]"),
        ('{"access_token": "abc", "a": 1}', '{"access_token": "[redacted]", "a": 1}'),
        ("user tom:hunter22 refused", "user [redacted] refused"),
        ("dG9tOmh1bnRlcjIy", "[redacted]"),
        ("hunter22", "[redacted]"),
        ("nothing to hide", "nothing to hide"),
    ],
    ids=str,
)
def test_what_is_struck(words: str, shown: str) -> None:
    """Our own credentials in every spelling, and what looks like somebody's."""
    assert Redaction(["Basic dG9tOmh1bnRlcjIy"]).text(words) == shown


def test_a_secret_across_the_cut_of_a_long_body_is_struck_too() -> None:
    """Cutting comes last."""
    body = b"x" * 95 + b"hunter2222" + b"y" * 100
    assert "hunt" not in Redaction(["hunter2222"]).body(body, 100)
