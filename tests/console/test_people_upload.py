"""People from a CSV file in the console: columns, preview, load, report; hostile files; whose file it is."""

import aiohttp
import pytest
from tests.console.conftest import Site, Visitor

from provisor.console.forms import FormRefused
from provisor.console.frame import check_length
from provisor.console.pages.people.columns import BOTH, IGNORE, guess
from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute
from provisor.services import uploads
from provisor.services.actor import Role
from provisor.store import uploads as store

PATH = "/admin/people/upload"
FILE = """first_name,last_name,Email,Job Title,shoe size
Ann,Ärlig,ann@example.com,Engineer,38
Bo,Berg,bo@example.com,Clerk,44
,Nobody,nobody@example.com,Clerk,44
Cy,Twice,bo@example.com,Clerk,41
Dee,Unclosed,"dee@example.com,Clerk,41
"""


async def upload(visitor: Visitor, content: bytes, name: str = "people.csv") -> tuple[int, str]:
    """Send a file as the form would; the page that comes of it."""
    await visitor.get(PATH + "?again=file")
    form = aiohttp.FormData()
    form.add_field("csrf", visitor.csrf)
    form.add_field("file", content, filename=name, content_type="text/csv")
    url = visitor.site.url + PATH
    async with visitor.session.post(url, data=form, headers={"Origin": visitor.site.url}) as response:
        return response.status, await response.text()


def test_headings_are_guessed_and_no_attribute_twice() -> None:
    """An email column is the username too when no other column is; what is unknown is ignored."""
    headings = ["First Name", "surname", "E-Mail", "shoe size"]
    assert guess(headings, BASE_ATTRIBUTES) == ["firstName", "lastName", BOTH, IGNORE]
    assert guess(["login", "email", "mail"], BASE_ATTRIBUTES) == ["login", "email", IGNORE]
    size = Attribute("size", "Shoe size")
    assert guess(headings, (*BASE_ATTRIBUTES, size))[-1] == "size"


async def test_a_file_is_mapped_looked_at_and_loaded(site: Site, admin: Visitor) -> None:
    """Nobody is changed before the preview was confirmed; refused lines are named with their reasons."""
    await site.company.hire("bo", title="Boss")
    status, text = await upload(admin, FILE.encode("utf-8-sig"))
    assert status == 200 and "people.csv" in text and "shoe size" in text
    chosen = {"column:0": "firstName", "column:1": "lastName", "column:2": BOTH, "column:3": "title", "column:4": ""}
    status, text = await admin.post(f"{PATH}/columns", {**chosen, "activate": "on"})
    assert status == 200 and "Ann Ärlig" in text and "Boss" in text and "is already in line 3" in text
    assert "A quote is opened and never closed" in text
    assert await site.database.pool.fetchval("SELECT count(*) FROM users WHERE deleted IS NULL") == 2
    status, text = await admin.post(f"{PATH}/load")
    assert status == 200 and "Loaded people.csv" in text
    rows = await site.database.pool.fetch("SELECT profile, status FROM users ORDER BY id")
    assert [(row["profile"]["firstName"], row["profile"].get("title")) for row in rows[1:]] == [
        ("Bo", "Clerk"),
        ("Ann", "Engineer"),
    ]
    status, text = await admin.post(f"{PATH}/load")
    assert status == 409 and "loaded already" in text


async def test_a_column_may_not_be_taken_twice_and_the_login_is_needed(admin: Visitor) -> None:
    """The page says so beside the column, with what was chosen still there."""
    await upload(admin, FILE.encode())
    status, text = await admin.post(f"{PATH}/columns", {"column:0": "firstName", "column:1": "firstName"})
    assert status == 422 and "is taken from “first_name” already" in text
    status, text = await admin.post(f"{PATH}/columns", {"column:0": "firstName"})
    assert status == 422 and "people are told apart by it" in text


async def test_files_that_cannot_be_read_are_refused_in_a_sentence(admin: Visitor) -> None:
    """Empty, binary, UTF-16, and without a file at all."""
    for content in (b"", b"\xff\xfel\x00o\x00g\x00", bytes(range(256)) * 10, b"login,login\na,b\n"):
        status, text = await upload(admin, content)
        assert status == 422 and "The file cannot be used" in text, content[:10]
    status, text = await admin.post(PATH, {})
    assert status == 422 and "Choose a file first" in text


async def test_hostile_cells_are_text(admin: Visitor) -> None:
    """Scripts, bidi marks, formulas and very long cells are shown as what they are, or refused by their line."""
    name = "<script>alert(1)</script>"
    rows = f"login,email,firstName,lastName\nx@example.com,x@example.com,{name},\u202etxt\n"
    rows += f"y@example.com,y@example.com,{'y' * 10_000},=1+1\n"
    status, text = await upload(admin, rows.encode(), name="<b>.csv")
    assert status == 200 and "<script>alert" not in text and "<b>.csv" not in text
    chosen = {f"column:{n}": each for n, each in enumerate(("login", "email", "firstName", "lastName"))}
    status, text = await admin.post(f"{PATH}/columns", chosen)
    assert status == 200 and "<script>alert" not in text and "at most 50 are allowed" in text


async def test_a_file_is_its_uploaders_alone_and_the_next_one_replaces_it(site: Site, admin: Visitor) -> None:
    """Another administrator sees a form without a file; one who may only read sees nothing of this."""
    await upload(admin, FILE.encode())
    await upload(admin, FILE.encode(), name="second.csv")
    assert await site.database.pool.fetchval("SELECT count(*) FROM people_upload") == 1
    for role, expected in ((Role.SUPER_ADMIN, 200), (Role.READ_ONLY_ADMIN, 403)):
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            await site.person(role.value.lower(), role)
            other = await Visitor(site, session).sign_in(role.value.lower())
            status, text = await other.get(PATH)
            assert status == expected and "second.csv" not in text
    status, text = await admin.post(f"{PATH}/forget")
    assert status == 200
    assert await site.database.pool.fetchval("SELECT count(*) FROM people_upload") == 0


async def test_a_load_that_was_interrupted_can_be_taken_up_again(site: Site, admin: Visitor) -> None:
    """While somebody loads, nobody else may; when the one who loads fell silent, going on is offered."""
    await upload(admin, FILE.encode())
    await admin.post(f"{PATH}/columns", {"column:0": "firstName", "column:1": "lastName", "column:2": BOTH})
    pool = site.database.pool
    upload_id = await pool.fetchval("SELECT id FROM people_upload")
    async with pool.acquire() as connection:
        assert await store.claim(connection, upload_id, uploads.State.READY, uploads.State.LOADING)
    status, text = await admin.get(PATH)
    assert status == 200 and "You may leave this page" in text
    assert (await admin.post(f"{PATH}/load"))[0] == 409
    await pool.execute("UPDATE people_upload SET touched = now() - interval '1 minute'")
    status, text = await admin.get(PATH)
    assert "Loading was interrupted" in text
    status, text = await admin.post(f"{PATH}/load")
    assert status == 200 and "Loaded people.csv" in text


def test_a_form_that_is_too_large_is_refused_before_it_is_read() -> None:
    """The answer names the limit and the way around it; a form of unknown length is not read either."""
    check_length({"content-length": "2000000"}, 1_000_000)
    for length, words in (("2100000", "provisor users load"), ("", "how long it is"), ("x", "how long it is")):
        with pytest.raises(FormRefused, match=words):
            check_length({"content-length": length}, 1_000_000)
