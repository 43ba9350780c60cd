"""The documents say what the code does: reference pages, decisions, links, and the first screen's commands."""

import re
from pathlib import Path

import pytest

from provisor.cli.reference import PAGES, render

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)")
LONGEST_DECISION = 60


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES)
def test_reference_pages_are_in_step_with_the_code(page: str) -> None:
    """Every setting, command, option and event type is on its page, as it is now; `make docs` writes them."""
    assert (DOCS / "reference" / page).read_text(encoding="utf-8") == render(page)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link names a file that is there, and a heading that it has."""
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (document.parent / place).resolve() if place else document
        assert file.exists(), f"{name_of(document)} links to {target}"
        if anchor:
            assert anchor in anchors(file), f"{name_of(document)} links to {target}"


def anchors(file: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_decision_is_in_the_index() -> None:
    """The index of decisions names each of them once, under its own title."""
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"\[(\d{4})\]\(([^)]+)\) \| (.+?) \|", index)
    titles = {path.name: path.read_text(encoding="utf-8").splitlines()[0] for path in DECISIONS}
    assert [(file, f"# {number}: {title}") for number, file, title in listed] == list(titles.items())


@pytest.mark.parametrize("decision", DECISIONS, ids=name_of)
def test_a_decision_fits_a_page_and_says_when_it_is_wrong(decision: Path) -> None:
    """A decision states itself, its reasons, its costs, and what would prove it wrong."""
    text = decision.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_DECISION
    assert [heading for heading in ("## Because", "## Costs", "## We are wrong if") if heading not in text] == []


def test_the_commands_of_the_first_screen_exist() -> None:
    """Every `make` target that the documents name is in the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8")))
        assert named <= targets, name_of(document)


def test_every_page_is_reached_from_the_index() -> None:
    """The index of the documentation links to every page of it."""
    index = DOCS / "README.md"
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in LINK.findall(index.read_text(encoding="utf-8"))}
    pages = {path.resolve() for path in DOCS.rglob("*.md") if path.parent.name != "decisions"} - {index.resolve()}
    assert sorted(name_of(path) for path in pages - linked) == []
