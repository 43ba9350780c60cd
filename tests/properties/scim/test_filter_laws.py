"""Laws of filters: rendering and parsing are inverses, logic is logic, and no input breaks the parser."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisor.scim.errors import BadRequest
from provisor.scim.filters import (
    And,
    AttrPath,
    Compare,
    Filter,
    Not,
    Op,
    Or,
    Present,
    ValuePath,
    compile_filter,
    parse_filter,
    render,
)
from provisor.scim.paths import Path, parse_path

LAW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,6}", fullmatch=True).filter(lambda name: name.lower() != "not")
PATHS = st.builds(
    AttrPath,
    st.lists(NAME, min_size=1, max_size=2).map(tuple),
    st.sampled_from([None, None, "urn:ietf:params:scim:schemas:core:2.0:User", "urn:x:y-z:1.0:A_b"]),
)
LITERALS = st.one_of(
    TEXT, st.booleans(), st.none(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)
)
LEAVES: st.SearchStrategy[Filter] = st.one_of(
    st.builds(Compare, PATHS, st.sampled_from(Op), LITERALS), st.builds(Present, PATHS)
)


def _nest(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    terms = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Not, inner), st.builds(And, terms), st.builds(Or, terms), st.builds(ValuePath, PATHS, inner)
    )


FILTERS: st.SearchStrategy[Filter] = st.recursive(LEAVES, _nest, max_leaves=8)

VALUES = st.sampled_from(["", "a", "A", "b", 0, 1, True, False, None])
DOCUMENTS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.one_of(VALUES, st.lists(st.dictionaries(st.sampled_from(["type", "value"]), VALUES), max_size=3)),
)
SIMPLE = st.builds(
    Compare,
    st.sampled_from([AttrPath(("a",)), AttrPath(("b", "value")), AttrPath(("c", "type"))]),
    st.sampled_from([Op.EQ, Op.NE]),
    VALUES,
)


@LAW
@given(FILTERS)
def test_parsing_reads_what_rendering_wrote(node: Filter) -> None:
    """parse(render(f)) = f for every tree the types allow."""
    assert parse_filter(render(node)) == node


@LAW
@given(PATHS, st.none() | FILTERS, st.none() | NAME)
def test_paths_survive_too(attr: AttrPath, term: Filter | None, sub: str | None) -> None:
    """parse(str(p)) = p for every PATCH path."""
    path = Path(attr, term, sub if term is not None else None)
    assert parse_path(str(path)) == path


@LAW
@given(st.text(max_size=60) | st.text("()[]\"' .:andortpqeu0-1\\", max_size=40))
def test_no_text_breaks_the_parsers(text: str) -> None:
    """Any text parses or is a BadRequest; what parses, renders to something that parses to the same."""
    for parse in (parse_filter, parse_path):
        try:
            node: Any = parse(text)
        except BadRequest:
            continue
        assert parse(render(node) if parse is parse_filter else str(node)) == node


@LAW
@given(SIMPLE, SIMPLE, DOCUMENTS)
def test_logic_is_logic(one: Compare, two: Compare, document: dict[str, Any]) -> None:
    """and, or and not mean what they mean, and de Morgan holds."""
    first, second = (compile_filter(node)(document) for node in (one, two))
    assert compile_filter(And((one, two)))(document) is (first and second)
    assert compile_filter(Or((one, two)))(document) is (first or second)
    assert compile_filter(Not(one))(document) is (not first)


@LAW
@given(SIMPLE, DOCUMENTS)
def test_ne_is_the_opposite_of_eq(node: Compare, document: dict[str, Any]) -> None:
    """`ne` holds exactly where `eq` does not, also for several values and for none."""
    equal = Compare(node.path, Op.EQ, node.value)
    different = Compare(node.path, Op.NE, node.value)
    assert compile_filter(equal)(document) is not compile_filter(different)(document)
