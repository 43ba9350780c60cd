"""`provisor users load`: people from a file arrive in the directory, and bad rows are named."""

from pathlib import Path
from typing import Any

import orjson
import pytest

HEADER = "login,email,firstName,lastName,department\n"


@pytest.fixture
def load(provisor: Any, server: Any, tmp_path: Path) -> Any:
    """Loads a file of this content, and returns the finished command."""

    def load(content: str | bytes, *options: str) -> Any:
        file = tmp_path / "people.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return provisor.run("users", "load", str(file), *options)

    return load


def row(name: str, department: str = "Sales") -> str:
    return f"{name}@example.com,{name}@example.com,{name.title()},Ives,{department}\n"


def test_loading_twice_changes_nothing_the_second_time(load: Any, call: Any) -> None:
    """The first load creates and activates, the second finds everybody as they should be."""
    content = HEADER + row("twice1") + row("twice2")
    assert load(content).stdout == "2 rows: 2 created, 0 updated, 0 unchanged, 0 refused.\n"
    assert load(content).stdout == "2 rows: 0 created, 0 updated, 2 unchanged, 0 refused.\n"
    assert call("GET", "/api/v1/users/twice1@example.com")["status"] == "PROVISIONED"


def test_people_can_be_left_staged(load: Any, call: Any) -> None:
    """Told not to activate, a load makes people that apps do not get yet."""
    assert load(HEADER + row("staged"), "--no-activate").returncode == 0
    assert call("GET", "/api/v1/users/staged@example.com")["status"] == "STAGED"


def test_a_row_of_a_known_person_updates_and_an_empty_cell_clears(load: Any, call: Any) -> None:
    """The same login is the same person: values change, and an empty cell takes one away."""
    load(HEADER + row("moves"))
    assert "1 updated" in load(HEADER + row("moves", "Legal")).stdout
    assert call("GET", "/api/v1/users/moves@example.com")["profile"]["department"] == "Legal"
    load(HEADER + row("moves", ""))
    assert call("GET", "/api/v1/users/moves@example.com")["profile"].get("department") is None


def test_bad_rows_are_named_by_line_and_the_others_load(load: Any, call: Any) -> None:
    """Rows that cannot be read, or that the directory refuses, cost exit code 3 and nothing else."""
    content = (HEADER + row("good1")).encode() + b"j\xf6rg,x,y,z,w\n" + b"not-a-mail,x,Ann,Ives,Sales\n" + b'a,"b\n'
    content += (row("good2") + row("good1")).encode()
    loaded = load(content)
    assert loaded.returncode == 3
    assert loaded.stdout == "6 rows: 2 created, 0 updated, 0 unchanged, 4 refused.\n"
    assert [line.partition(":")[0].partition(" (")[0] for line in loaded.stderr.splitlines()] == [
        "line 3",
        "line 4",
        "line 5",
        "line 7",
    ]
    assert call("GET", "/api/v1/users/good2@example.com")["status"] == "PROVISIONED"


def test_the_report_can_be_read_by_programs(load: Any) -> None:
    """As JSON, the report has every refused row with its line, login and reasons."""
    loaded = load(HEADER + row("json") + row("JSON"), "--json")
    report = orjson.loads(loaded.stdout)
    assert loaded.returncode == 3
    assert (report["created"], report["refused"]) == (
        1,
        [{"line": 3, "login": "JSON@example.com", "reasons": ["login: is already in line 2"]}],
    )


def test_columns_can_be_mapped(load: Any, call: Any) -> None:
    """Columns with other names fill the attributes they are mapped to; one can fill two."""
    content = "mail,first_name,last_name,shoe_size\nmapped@example.com,Ann,Ives,38\n"
    mapping = [part for each in ("login=mail", "email=mail", "firstName=first_name", "lastName=last_name")
               for part in ("--map", each)]  # fmt: skip
    refused = load(content, *mapping)
    assert refused.returncode == 2
    assert "shoe_size" in refused.stderr
    assert load(content, *mapping, "--ignore-unknown").returncode == 0
    assert call("GET", "/api/v1/users/mapped@example.com")["profile"]["firstName"] == "Ann"


def test_standard_input_and_other_encodings_can_be_loaded(provisor: Any, server: Any, load: Any, call: Any) -> None:
    """A dash reads standard input, and a byte order mark or a named encoding is understood."""
    assert provisor.run("users", "load", "-", stdin=HEADER + row("piped")).returncode == 0
    assert load(b"\xef\xbb\xbf" + (HEADER + row("marked")).encode()).returncode == 0
    latin = (HEADER + row("latin", "Übersee")).encode("cp1252")
    assert load(latin, "--encoding", "cp1252").returncode == 0
    assert call("GET", "/api/v1/users/latin@example.com")["profile"]["department"] == "Übersee"


def test_a_file_without_people_is_a_usage_error(load: Any) -> None:
    """An empty file, an unknown encoding and a mapping that says nothing are refused with a sentence."""
    assert load("").returncode == 2
    assert load(HEADER, "--map", "firstName").returncode == 2
    assert load(HEADER + row("any"), "--encoding", "klingon").returncode == 1
