"""The page about Okta's QA plan names the tests that there are, and every case of the plan has an answer."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "okta-qa-plan.md"
ROW = re.compile(r"^\| (C\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"def (test_(C\d+)_\w+)\(")
CASES = 69
"""61 of the plan, and 8 of its edition for entitlements and schema discovery."""


def test_the_page_names_the_tests_of_each_case() -> None:
    """A case of the plan is beside its own tests, all of them; a case without a test says why."""
    written: dict[str, set[str]] = {}
    for module in (ROOT / "tests").rglob("test_*.py"):
        for name, case in TEST.findall(module.read_text(encoding="utf-8")):
            written.setdefault(case, set()).add(name)
    rows = {case: shown for case, _, shown in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    assert {
        case: set(re.findall(r"`(test_C\w+)`", shown)) for case, shown in rows.items() if "test_C" in shown
    } == written
    assert [case for case, shown in rows.items() if case not in written and not shown.strip().endswith(".")] == []


def test_every_case_of_the_plan_is_on_the_page() -> None:
    """Each once."""
    cases = [case for case, _, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))]
    assert (len(cases), len(set(cases))) == (CASES, CASES)
