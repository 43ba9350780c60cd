"""Files of people: kept between upload and load, looked through before anything is written, then loaded in batches.

1. A file belongs to the administrator who uploaded it, who has at most one; it expires.
2. A preview decides as the load does, and writes nothing but its own report.
3. A load that was interrupted is begun again: rows that were loaded are unchanged the second time.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

from provisor.directory.ids import Prefix
from provisor.directory.logins import fold
from provisor.directory.names import called
from provisor.directory.people_csv import HeaderError, PeopleCsv, Row, Unreadable
from provisor.directory.profiles import change
from provisor.directory.user import DEFAULT_TYPE
from provisor.directory.written import ASTERISKS
from provisor.services import loading
from provisor.services.actor import Actor, Permission
from provisor.services.errors import Forbidden, Invalid, NotFound
from provisor.services.loading import LoadReport, LoadRow, load_users
from provisor.services.stored_schemas import Types, load_types
from provisor.services.uniqueness import foresee
from provisor.services.work import Database
from provisor.store import uploads as store
from provisor.store import users
from provisor.store.unique_values import PEOPLE
from provisor.store.uploads import NewUpload, UploadRow

BATCH = 1_000
"""Rows decided at a time: others are answered in between."""
SAMPLES = 8
MOST_REFUSED = 2_000
"""Refused lines that a report names; all are counted."""
LIFE = timedelta(hours=24)
DELIMITERS = (",", ";", "\t", "|")


class State(StrEnum):
    UPLOADED = "UPLOADED"
    """The columns are to be chosen."""
    READY = "READY"
    """Previewed; it can be loaded."""
    LOADING = "LOADING"
    DONE = "DONE"


@dataclass(slots=True)
class Report:
    """What a file comes to, or came to; kept as JSON."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    """Refused rows: line, login, reasons."""
    new: list[dict[str, Any]] = field(default_factory=list)
    """The first new people: line, login, name."""
    changed: list[dict[str, Any]] = field(default_factory=list)
    """The first people who change: line, login, and each attribute's old and new value."""

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.refused

    def add(self, batch: LoadReport) -> None:
        self.created += batch.created
        self.updated += batch.updated
        self.unchanged += batch.unchanged
        for row in batch.refused:
            self.refuse(row.line, row.login, list(row.reasons))

    def refuse(self, line: int, login: str | None, reasons: list[str]) -> None:
        self.refused += 1
        if len(self.problems) < MOST_REFUSED:
            self.problems.append({"line": line, "login": login, "reasons": reasons})

    @classmethod
    def parse(cls, stored: Mapping[str, Any] | None) -> Report:
        return cls(**stored) if stored else cls()


@dataclass(frozen=True, slots=True)
class Upload:
    row: UploadRow
    report: Report

    @property
    def state(self) -> State:
        return State(self.row.state)


async def keep_file(database: Database, actor: Actor, file_name: str, content: bytes) -> None:
    """Keep an uploaded file in place of the last one; raises `Invalid` for one that cannot be read at all."""
    actor.require(Permission.MANAGE_PEOPLE)
    if b"\0" in content:
        raise Invalid.one("file", "It is no text in UTF-8. Save it as “CSV UTF-8” in the program it comes from.")
    delimiter = delimiter_of(content)
    opened(content, delimiter)
    async with database.begin(actor) as work:
        upload_id = work.ids.new(Prefix.UPLOAD)
        new = NewUpload(actor.id, upload_id, file_name[:200] or "file.csv", content, delimiter, LIFE)
        await store.put(work.connection, new, State.UPLOADED)


async def find_upload(database: Database, actor: Actor) -> Upload | None:
    """The actor's own file; None when there is none."""
    actor.require(Permission.MANAGE_PEOPLE)
    async with database.read() as connection:
        row = await store.find(connection, actor.id)
    return Upload(row, Report.parse(row.report)) if row else None


async def forget_upload(database: Database, actor: Actor) -> None:
    """Remove the actor's file."""
    actor.require(Permission.MANAGE_PEOPLE)
    async with database.begin(actor) as work:
        await store.delete(work.connection, actor.id)


async def head_of_file(database: Database, actor: Actor, rows: int) -> tuple[list[str], list[list[str]]]:
    """The file's headings and the cells of its first readable rows; raises `NotFound`."""
    actor.require(Permission.MANAGE_PEOPLE)
    upload, content = await _file(database, actor)
    people = opened(content, upload.delimiter)
    columns = {str(index): index for index in range(len(people.header))}
    found = (row for row in people.rows(columns) if isinstance(row, Row))
    return list(people.header), [[row.profile[name] or "" for name in columns] for row in islice(found, rows)]


async def choose_columns(database: Database, actor: Actor, columns: Mapping[str, int], *, activate: bool) -> None:
    """Say which column fills which attribute; raises `Invalid` without a login, and for columns that are not there."""
    actor.require(Permission.MANAGE_PEOPLE)
    upload, content = await _file(database, actor)
    width = len(opened(content, upload.delimiter).header)
    if "login" not in columns:
        raise Invalid.one("login", "Choose the column that holds the username: people are told apart by it.")
    async with database.read() as connection:
        names = (await load_types(connection))[DEFAULT_TYPE].schema.attributes
    if not set(columns) <= set(names) or not all(0 <= index < width for index in columns.values()):
        raise Invalid.one("columns", "The file has other columns. Upload it again.")
    if upload.state == State.LOADING and not upload.silent:
        raise Forbidden("The file is being loaded.")
    async with database.begin(actor) as work:
        await store.choose(work.connection, upload.id, columns, activate=activate, state=State.UPLOADED)


async def preview(database: Database, actor: Actor) -> Report:
    """Look through the whole file and keep what would come of it. Changes nobody."""
    actor.require(Permission.MANAGE_PEOPLE)
    upload, content = await _file(database, actor)
    if upload.columns is None:
        raise Forbidden("Choose the columns first.")
    report = Report()
    for batch in batches(content, upload, report):
        async with database.read() as connection:
            known_report = LoadReport()
            usable = loading.readable(batch, known_report)
            types = await load_types(connection)
            known = await users.find_logins(connection, list(usable))
            decided = loading.decide(
                usable, known, known_report, types, lambda: database.ids.new(Prefix.USER), activate=upload.activate
            )
            decided = decided.without(await foresee(connection, PEOPLE, decided.exchanges(types)))
        report.add(known_report)
        sample(report, decided, types)
        # Another request's turn: a batch takes some ten milliseconds.
        await asyncio.sleep(0)
    report.problems.sort(key=lambda each: each["line"])
    async with database.begin(actor) as work:
        await store.report(work.connection, upload.id, State.READY, report.rows, asdict(report))
    return report


async def load_file(database: Database, actor: Actor) -> Report:
    """Load the file, batch by batch; its report says at any time how far it has come. Raises `Forbidden`."""
    actor.require(Permission.MANAGE_PEOPLE)
    upload, content = await _file(database, actor)
    async with database.begin(actor) as work:
        if not await store.claim(work.connection, upload.id, State.READY, State.LOADING):
            raise Forbidden("The file is being loaded, or was loaded already.")
    report = Report()
    for batch in batches(content, upload, report):
        report.add(await load_users(database, actor, batch, activate=upload.activate))
        async with database.begin(actor) as work:
            await store.report(work.connection, upload.id, State.LOADING, None, asdict(report))
    report.problems.sort(key=lambda each: each["line"])
    async with database.begin(actor) as work:
        await store.report(work.connection, upload.id, State.DONE, report.rows, asdict(report))
    return report


async def _file(database: Database, actor: Actor) -> tuple[UploadRow, bytes]:
    async with database.read() as connection:
        row = await store.find(connection, actor.id)
        content = await store.content(connection, actor.id, row.id) if row else None
    if row is None or content is None:
        raise NotFound("uploaded file", "upload")
    return row, content


def opened(content: bytes, delimiter: str) -> PeopleCsv:
    """The file, its header read; raises `Invalid`."""
    try:
        text = content.decode("utf-8-sig", "surrogateescape")
        return PeopleCsv(io.StringIO(text, newline=""), delimiter)
    except HeaderError as problem:
        raise Invalid.one("file", str(problem)) from None


def delimiter_of(content: bytes) -> str:
    """What stands between cells: the candidate that the first line has most of."""
    first = content[:10_000].split(b"\n", 1)[0].decode("utf-8", "replace")
    return max(DELIMITERS, key=first.count)


def batches(content: bytes, upload: UploadRow, report: Report) -> Iterator[list[LoadRow]]:
    """The rows that can be read, some at a time; the others are refused in the report."""
    assert upload.columns is not None
    people = opened(content, upload.delimiter)
    lines: dict[str, int] = {}
    rows = people.rows(upload.columns)
    while taken := list(islice(rows, BATCH)):
        found = [usable(row, lines, report) for row in taken]
        yield [LoadRow(row.line, row.profile) for row in found if row is not None]


def usable(row: Row | Unreadable, lines: dict[str, int], report: Report) -> Row | None:
    """The row, unless it cannot be read or an earlier one has its login."""
    if isinstance(row, Unreadable):
        report.refuse(row.line, None, [row.reason])
        return None
    login = row.profile["login"]
    if login and (first := lines.setdefault(fold(login), row.line)) != row.line:
        report.refuse(row.line, login, [f"login: is already in line {first}"])
        return None
    return row


def sample(report: Report, decided: loading.Decided, types: Types) -> None:
    """Keep the first new and the first changed people, to be looked at."""
    for row, _, profile in decided.new[: SAMPLES - len(report.new)]:
        name = called(profile.get("firstName"), profile.get("lastName"))
        report.new.append({"line": row.line, "login": profile["login"], "name": name})
    for _, user, after in decided.changed[: SAMPLES - len(report.changed)]:
        difference = change(user.profile, after)
        names = sorted({**difference.before, **difference.after})
        hidden = types[user.type_id].sensitive
        values = [
            [name, shown(name, difference.before, hidden), shown(name, difference.after, hidden)] for name in names
        ]
        report.changed.append({"login": user.login, "values": values})


def shown(name: str, profile: Mapping[str, Any], hidden: Collection[str]) -> Any:
    """A value for people to look at."""
    value = profile.get(name)
    return ASTERISKS if name in hidden and value is not None else value
