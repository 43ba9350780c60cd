"""`provisor users load`: brings people from a CSV file into the directory, batch by batch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from provisor.cli.exits import CommandFailed, Exit, leave
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import counted, print_json, readable
from provisor.cli.people_csv import choose_columns
from provisor.cli.schemas import attributes_of_people
from provisor.cli.server import connected, run
from provisor.directory.attributes import BASE_ATTRIBUTES
from provisor.directory.logins import fold
from provisor.directory.people_csv import Columns, HeaderError, PeopleCsv, Row, Unreadable

BATCH = 2_000
"""Rows in one request: small enough to show progress, large enough that the request itself costs nothing."""
MOST_SHOWN = 50


@dataclass(slots=True)
class Refusal:
    line: int
    login: str | None
    reasons: list[str]


@dataclass(slots=True)
class Report:
    """What became of the file's rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + len(self.refused)

    def refuse(self, line: int, login: str | None, reason: str) -> None:
        self.refused.append(Refusal(line, login, [reason]))

    def add(self, answer: dict[str, Any]) -> None:
        self.created += answer["created"]
        self.updated += answer["updated"]
        self.unchanged += answer["unchanged"]
        self.refused += [Refusal(each["line"], each.get("login"), each["reasons"]) for each in answer["refused"]]

    def __str__(self) -> str:
        return (
            f"{self.created:,} created, {self.updated:,} updated, {self.unchanged:,} unchanged, "
            f"{len(self.refused):,} refused"
        )


@click.group()
def users() -> None:
    """Bring people into the directory."""


@users.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="ATTRIBUTE=COLUMN",
    help="Fill this profile attribute from that column; repeatable. Columns named like attributes need no mapping.",
)
@click.option("--ignore-unknown", is_flag=True, help="Leave out columns that no attribute takes, instead of refusing.")
@click.option("--no-activate", is_flag=True, help="Leave new people STAGED: apps get them when they are activated.")
@click.option("--delimiter", default=",", show_default=True, help="What stands between cells.")
@click.option("--encoding", default="utf-8-sig", help="The file's encoding.  [default: UTF-8, with or without a mark]")
@json_option
@server_options
def load(
    address: Address,
    file: Path,
    mapping: tuple[str, ...],
    ignore_unknown: bool,
    no_activate: bool,
    delimiter: str,
    encoding: str,
    as_json: bool,
) -> None:
    """Create or update people from FILE (CSV with a header; - is standard input).

    A row with a login that exists updates that person, and an empty cell clears the value. Rows that cannot be read or
    are refused are listed with their line numbers while the others load; the exit code is then 3.
    """
    chosen = dict(_parse_mapping(each) for each in mapping)
    try:
        with _opened(file, encoding) as lines:
            people = PeopleCsv(lines, delimiter)
            known = {attribute.name for attribute in BASE_ATTRIBUTES}
            if not known >= {*people.header, *chosen}:
                known |= run(attributes_of_people(address))
            columns = choose_columns(people.header, known, chosen, ignore_unknown=ignore_unknown)
            report = run(_load(address, people, columns, not no_activate))
    except HeaderError as problem:
        raise click.UsageError(f"{file}: {problem}") from None
    except (UnicodeError, LookupError) as problem:
        raise CommandFailed(
            f"{file} cannot be read as {encoding}: {problem}. Name its encoding with --encoding."
        ) from None
    if as_json:
        print_json(asdict(report))
    else:
        _show(report)
    if report.refused:
        leave(Exit.HELD)


def _parse_mapping(text: str) -> tuple[str, str]:
    attribute, equals, column = text.partition("=")
    if not (attribute and equals and column):
        raise click.UsageError(f"--map {text}: it takes ATTRIBUTE=COLUMN, for instance --map firstName=first_name.")
    return attribute.strip(), column.strip()


def _opened(file: Path, encoding: str) -> TextIO:
    # Bytes that are not of the encoding become surrogates, so that they cost one row and not the file.
    source: Any = sys.stdin.fileno() if str(file) == "-" else file
    return open(source, encoding=encoding, errors="surrogateescape", newline="")


async def _load(address: Address, people: PeopleCsv, columns: Columns, activate: bool) -> Report:
    report = Report()
    lines: dict[str, int] = {}
    async with connected(address) as server:
        for batch in _batches(people.rows(columns)):
            rows = list(_usable(batch, lines, report))
            if rows:
                try:
                    report.add(await server.post("/provisor/v1/users/load", {"activate": activate, "rows": rows}))
                except CommandFailed as problem:
                    raise CommandFailed(
                        f"{problem.message}\n{report} before that, up to line {batch[0].line}. "
                        "Loading the file again goes through all of it and repeats nothing."
                    ) from None
            _progress(report)
    report.refused.sort(key=lambda refusal: refusal.line)
    return report


def _usable(batch: list[Row | Unreadable], lines: dict[str, int], report: Report) -> Iterator[dict[str, Any]]:
    """The rows to send; `lines` knows every login of the file, which the server sees only a batch of."""
    for row in batch:
        if isinstance(row, Unreadable):
            report.refuse(row.line, None, row.reason)
            continue
        login = row.profile["login"]
        if login and (first := lines.setdefault(fold(login), row.line)) != row.line:
            report.refuse(row.line, login, f"login: is already in line {first}")
            continue
        yield {"line": row.line, "profile": row.profile}


def _batches(rows: Iterator[Row | Unreadable]) -> Iterator[list[Row | Unreadable]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _progress(report: Report) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{counted(report.rows, 'row')} ...", err=True, nl=False)


def _show(report: Report) -> None:
    if sys.stderr.isatty():
        click.echo("\r", err=True, nl=False)
    for refusal in report.refused[:MOST_SHOWN]:
        who = f" ({readable(refusal.login)})" if refusal.login else ""
        click.echo(f"line {refusal.line}{who}: {readable('; '.join(refusal.reasons))}", err=True)
    if len(report.refused) > MOST_SHOWN:
        click.echo(f"... and {len(report.refused) - MOST_SHOWN:,} more; --json lists them all.", err=True)
    click.echo(f"{counted(report.rows, 'row')}: {report}.")
