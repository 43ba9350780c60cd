"""Reading people from CSV: one bad row costs one row."""

import pytest

from provisor.cli.people_csv import choose_columns
from provisor.directory.people_csv import HeaderError, PeopleCsv, Row, Unreadable

KNOWN = ("login", "email", "firstName", "lastName", "department")


def read(text: str, delimiter: str = ",") -> list[Row | Unreadable]:
    people = PeopleCsv(text.splitlines(keepends=True), delimiter)
    return list(people.rows({name: index for index, name in enumerate(people.header)}))


def lines_read(rows: list[Row | Unreadable]) -> list[int]:
    return [row.line for row in rows if isinstance(row, Row)]


def reasons(rows: list[Row | Unreadable]) -> dict[int, str]:
    return {row.line: row.reason for row in rows if isinstance(row, Unreadable)}


def test_rows_carry_the_line_they_begin_on() -> None:
    """Lines are counted from 1 with the header, also after rows that run over several lines and after blank ones."""
    rows = read('login,department\nann,Sales\nben,"Field\nSales"\n\ncho,Legal\n')
    assert lines_read(rows) == [2, 3, 6]
    assert rows[1] == Row(3, {"login": "ben", "department": "Field\nSales"})


def test_an_empty_cell_is_no_value() -> None:
    """Blank cells become None, and others lose the blanks around them."""
    assert read("login,department\n ann , \n") == [Row(2, {"login": "ann", "department": None})]


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    """The line with the stray quote is reported; every line after it is read."""
    rows = read('login,department\nann,"Sales\nben,Legal\ncho,Legal\n')
    assert lines_read(rows) == [3, 4]
    assert reasons(rows) == {2: "A quote is opened and never closed."}


def test_a_stray_quote_far_from_the_end_costs_one_row_too() -> None:
    """Reading gives up looking for the closing quote long before a large file is swallowed."""
    rows = read('login,department\nann,"Sales\n' + "".join(f"user{n},Legal\n" for n in range(1000)))
    assert len(lines_read(rows)) == 1000
    assert list(reasons(rows)) == [2]


def test_a_row_with_too_few_or_too_many_cells_is_unreadable() -> None:
    """Rows that do not fit the header are reported with both numbers."""
    rows = read("login,department\nann\nben,Legal,extra\ncho,Legal\n")
    assert lines_read(rows) == [4]
    assert reasons(rows) == {
        2: "It has 1 cells, and the header has 2.",
        3: "It has 3 cells, and the header has 2.",
    }


def test_text_after_a_closing_quote_is_unreadable() -> None:
    """A cell that goes on after its closing quote is not CSV (RFC 4180 §2.5)."""
    rows = read('login,department\n"ann"x,Sales\nben,Legal\n')
    assert (lines_read(rows), list(reasons(rows))) == ([3], [2])


def test_a_row_that_is_not_utf_8_is_unreadable() -> None:
    """Bytes of another encoding cost their row, and the message says so."""
    text = b"login,department\nj\xf6rg,Sales\nben,Legal\n".decode(errors="surrogateescape")
    rows = read(text)
    assert lines_read(rows) == [3]
    assert "encoding" in reasons(rows)[2]


def test_other_delimiters_can_be_read() -> None:
    """Semicolons are common where commas are decimal points."""
    assert read("login;department\nann;Sales, West\n", ";") == [Row(2, {"login": "ann", "department": "Sales, West"})]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "empty"), ("login,login\n", "more than once"), ('"login\n', "cannot be read")],
)
def test_a_header_that_cannot_be_used_is_refused(text: str, expected: str) -> None:
    """Without columns there is nothing to load."""
    with pytest.raises(HeaderError, match=expected):
        PeopleCsv(text.splitlines(keepends=True))


def test_columns_feed_attributes_of_their_own_name() -> None:
    """A column named like an attribute needs no mapping, and one column can feed two attributes."""
    assert choose_columns(["email", "department"], KNOWN, {"login": "email"}) == {
        "login": 0,
        "email": 0,
        "department": 1,
    }


def test_a_mapping_wins_over_an_equal_name() -> None:
    """An attribute takes the column it was given, although another has its name."""
    chosen = choose_columns(["login", "email"], KNOWN, {"login": "email"}, ignore_unknown=True)
    assert chosen == {"login": 1, "email": 1}


@pytest.mark.parametrize(
    ("header", "mapping", "expected"),
    [
        (["login", "first_name"], {}, "--map ATTRIBUTE=first_name"),
        (["login"], {"firstName": "first_name"}, "no column first_name"),
        (["login", "x"], {"shoeSize": "x"}, "no attribute shoeSize"),
        (["email"], {}, "--map login=COLUMN"),
        (["login", ""], {}, "(no name)"),
    ],
)
def test_columns_that_fit_nothing_are_refused_before_anything_loads(
    header: list[str], mapping: dict[str, str], expected: str
) -> None:
    """The refusal lists the columns or attributes concerned and shows the option that helps."""
    with pytest.raises(HeaderError) as refused:
        choose_columns(header, KNOWN, mapping)
    assert expected in str(refused.value)


def test_unknown_columns_can_be_left_out() -> None:
    """With the caller's word, columns that no attribute takes are ignored."""
    assert choose_columns(["login", "shoe_size"], KNOWN, {}, ignore_unknown=True) == {"login": 0}
