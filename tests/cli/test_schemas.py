"""`provisor schemas`: attributes of people and groups from the command line, and files that fill them."""

from typing import Any

import orjson


def test_an_attribute_is_added_filled_from_a_file_shown_and_removed(provisor: Any, server: Any, tmp_path: Any) -> None:
    """A column called like it fills it, by its type; what is wrong with a row is said of the row."""
    added = provisor.run("schemas", "add", "level", "--type", "integer", "--title", "Level")
    assert added.returncode == 0, added.stderr
    file = tmp_path / "people.csv"
    heads = "login,email,firstName,lastName,level"
    rows = ("lev@example.com,lev@example.com,Le,Vel,7", "low@example.com,low@example.com,Lo,Wel,many")
    file.write_text("\n".join((heads, *rows)) + "\n")
    loaded = provisor.run("users", "load", str(file), "--json")
    report = orjson.loads(loaded.stdout)
    assert (loaded.returncode, report["created"]) == (3, 1), loaded.stderr
    assert report["refused"][0]["reasons"] == ["level: must be a number, not a text"]
    lines = [line.split() for line in provisor.run("schemas", "show").stdout.splitlines()]
    assert ["level", "integer", "Level", "added"] in lines
    again = provisor.run("schemas", "add", "level")
    assert again.returncode == 1 and "already" in again.stderr
    assert provisor.run("schemas", "remove", "level").returncode == 0
    shown = orjson.loads(provisor.run("schemas", "show", "--json").stdout)
    assert "level" not in shown["definitions"]["custom"]["properties"]


def test_a_type_that_is_not_there_is_named_with_those_that_are(provisor: Any, server: Any) -> None:
    """Who mistypes sees what there is."""
    refused = provisor.run("schemas", "show", "nobody")
    assert refused.returncode == 1 and "user" in refused.stderr and "group" in refused.stderr
    assert provisor.run("schemas", "show", "group").returncode == 0
