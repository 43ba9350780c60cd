"""Load people from a CSV file, in steps: the file, its columns, what would come of it, loading, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.pages.people.columns import BOTH, IGNORE, choices, filled_by, guess
from provisor.console.rendering import number, plural
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.directory.attributes import Attribute
from provisor.services.actor import Permission
from provisor.services.errors import Invalid
from provisor.services.schemas import list_user_schemas
from provisor.services.uploads import (
    State,
    Upload,
    choose_columns,
    find_upload,
    forget_upload,
    head_of_file,
    keep_file,
    load_file,
    preview,
)

PATH = "/admin/people/upload"
EXAMPLES = 3
LONGEST_EXAMPLE = 60
SHOWN_PROBLEMS = 200
STEPS = ("File", "Columns", "Preview", "Result")
NO_FILE = "Choose a file first."


@dataclass(frozen=True, slots=True)
class FileView:
    most: int
    problem: str = ""
    steps = STEPS
    step = 0


@dataclass(frozen=True, slots=True)
class Column:
    index: int
    heading: str
    examples: list[str]
    chosen: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ColumnsView:
    upload: Upload
    columns: list[Column]
    choices: Sequence[tuple[str, str]]
    activate: bool
    problem: str = ""
    steps = STEPS
    step = 1


@dataclass(frozen=True, slots=True)
class ReportView:
    """The preview, how far a load has come, or what came of it."""

    upload: Upload
    titles: Mapping[str, str]
    most = SHOWN_PROBLEMS
    steps = STEPS

    @property
    def step(self) -> int:
        return 2 if self.upload.state in (State.UPLOADED, State.READY) else 3

    @property
    def percent(self) -> int:
        rows = self.upload.row.rows
        return min(100, self.upload.report.rows * 100 // rows) if rows else 0


async def show(visit: Visit) -> Response:
    """The step at which the visitor's file is."""
    upload = await find_upload(visit.database, visit.actor)
    again = visit.query("again")
    busy = upload is not None and upload.state is State.LOADING and not upload.row.silent
    if upload is None or (again == "file" and not busy):
        return show_file(visit)
    if upload.state is State.UPLOADED or (again == "columns" and not busy):
        return await show_columns(visit, upload, chosen_before(upload))
    titles = {each.name: each.title for schema in await schemas_of(visit) for each in schema}
    return visit.render("pages/people/upload_report.html", ReportView(upload, titles))


async def schemas_of(visit: Visit) -> list[Sequence[Attribute]]:
    """The attributes of each type of people; who is new is of the first one."""
    return [each.attributes for each in await list_user_schemas(visit.database, visit.actor)]


def show_file(visit: Visit, problem: str = "") -> Response:
    view = FileView(visit.context.settings.upload_max_bytes, problem)
    return visit.render("pages/people/upload.html", view, status=422 if problem else 200)


async def show_columns(
    visit: Visit,
    upload: Upload,
    chosen: Sequence[str] | None,
    *,
    activate: bool | None = None,
    problem: str = "",
    problems: Mapping[int, str] | None = None,
) -> Response:
    headings, rows = await head_of_file(visit.database, visit.actor, EXAMPLES)
    attributes = (await schemas_of(visit))[0]
    picked = chosen if chosen is not None and len(chosen) == len(headings) else guess(headings, attributes)
    columns = [
        Column(
            index,
            heading,
            [row[index][:LONGEST_EXAMPLE] for row in rows],
            picked[index],
            (problems or {}).get(index, ""),
        )
        for index, heading in enumerate(headings)
    ]
    active = upload.row.activate if activate is None else activate
    view = ColumnsView(upload, columns, choices(attributes), active, problem)
    status = 422 if problem or problems else 200
    return visit.render("pages/people/upload_columns.html", view, status=status)


def chosen_before(upload: Upload) -> list[str] | None:
    """What was chosen for each column before; None when nothing was."""
    if upload.row.columns is None:
        return None
    last = max(upload.row.columns.values(), default=-1)
    names = [[name for name, at in upload.row.columns.items() if at == index] for index in range(last + 1)]
    return [BOTH if len(each) > 1 else (each[0] if each else IGNORE) for each in names]


async def take(visit: Visit) -> Response:
    """Keep the file that was sent."""
    file = visit.form.files.get("file")
    if file is None or not file.filename:
        return show_file(visit, NO_FILE)
    most = visit.context.settings.upload_max_bytes
    if file.size is not None and file.size > most:
        return show_file(visit, f"The file has {number(file.size)} bytes; at most {number(most)} are taken.")
    try:
        await keep_file(visit.database, visit.actor, file.filename, await file.read())
    except Invalid as problem:
        return show_file(visit, problem.diagnostics[0].message)
    return visit.go(PATH)


async def choose(visit: Visit) -> Response:
    """Take the columns as chosen, and look through the file."""
    upload = await find_upload(visit.database, visit.actor)
    if upload is None:
        return show_file(visit, "The file is not here any more. Upload it again.")
    headings, _ = await head_of_file(visit.database, visit.actor, 0)
    chosen = [visit.form.text(f"column:{index}") for index in range(len(headings))]
    activate = visit.form.ticked("activate")
    columns: dict[str, int] = {}
    problems: dict[int, str] = {}
    titles = {each.name: each.title for each in (await schemas_of(visit))[0]}
    for index, choice in enumerate(chosen):
        for name in filled_by(choice):
            if name in columns:
                title, other = titles.get(name, name), headings[columns[name]]
                problems[index] = f"{title} is taken from “{other}” already. Ignore one of the two."
            columns.setdefault(name, index)
    if problems:
        return await show_columns(visit, upload, chosen, activate=activate, problems=problems)
    try:
        await choose_columns(visit.database, visit.actor, columns, activate=activate)
    except Invalid as problem:
        message = problem.diagnostics[0].message
        return await show_columns(visit, upload, chosen, activate=activate, problem=message)
    await preview(visit.database, visit.actor)
    return visit.go(PATH)


async def load(visit: Visit) -> Response:
    """Load the file. The page from which this was sent follows how far it has come."""
    report = await load_file(visit.database, visit.actor)
    return visit.go(PATH, f"The file was gone through: {plural(report.rows, 'row')}.")


async def forget(visit: Visit) -> Response:
    """Remove the file."""
    await forget_upload(visit.database, visit.actor)
    return visit.go("/admin/people", "The file was removed from Provisor.")


MANAGE = Permission.MANAGE_PEOPLE
routes = (
    get(PATH, show, MANAGE),
    post(PATH, take, MANAGE),
    post(f"{PATH}/columns", choose, MANAGE),
    post(f"{PATH}/load", load, MANAGE),
    post(f"{PATH}/forget", forget, MANAGE),
)
