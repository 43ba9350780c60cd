"""Directory > People: searching, a person's pages, what may be done to somebody and what the page says before."""

import re
from typing import Any
from urllib.parse import quote

from tests.console.conftest import PASSWORD, Site, Visitor

from provisor.console.pages.people.attributes import profile_form
from provisor.console.pages.people.operations import OPERATIONS
from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute
from provisor.directory.lifecycle import Operation
from provisor.scimserver.testing import running
from provisor.services.actor import SYSTEM, Role
from provisor.services.loading import LoadRow, load_users
from provisor.services.users import get_user
from provisor.services.users_lifecycle import EFFECTS

HOSTILE = "<script>alert(1)</script>\u202e"


def rows(text: str) -> list[str]:
    """The names of a list of people, in order."""
    return re.findall(r'<a class="isolate" href="/admin/people/00u[^"]*">([^<]*)</a>', text)


async def staff(site: Site, *names: tuple[str, str]) -> None:
    """People called so, whose logins are FIRST.LAST in ASCII."""
    made = [(first, last, f"{n}.{first[:1]}@corp.example") for n, (first, last) in enumerate(names)]
    profiles = [{"login": mail, "email": mail, "firstName": first, "lastName": last} for first, last, mail in made]
    await load_users(site.database, SYSTEM, [LoadRow(n, each) for n, each in enumerate(profiles)], activate=True)


def test_every_attribute_has_a_place_in_the_form() -> None:
    """Each one stands in exactly one part."""
    form = profile_form([*BASE_ATTRIBUTES, Attribute("badge", "Badge")])
    names = [each.name for part in form.parts for each in part.fields]
    assert sorted(names) == sorted(form.attributes)


def test_every_operation_that_changes_a_status_is_offered() -> None:
    """The dialogs cover the table of lifecycle operations."""
    assert set(OPERATIONS) == set(EFFECTS)


async def test_people_are_found_by_the_beginning_of_any_name_login_or_address(site: Site, admin: Visitor) -> None:
    """Case and diacritics are ignored; first and last name come in either order."""
    await staff(site, ("Zoë", "Müller"), ("Max", "Zorn"), ("Anna", "Berg"))
    for typed, expected in (
        ("zo", ["Max Zorn", "Zoë Müller"]),
        ("MULLER", ["Zoë Müller"]),
        ("müller, z", ["Zoë Müller"]),
        ("zoe mul", ["Zoë Müller"]),
        ("2.a@", ["Anna Berg"]),
        ("%", []),
        ("erg", []),
    ):
        status, text = await admin.get(f"/admin/people?q={quote(typed)}")
        assert (status, rows(text)) == (200, expected), typed


async def test_the_list_goes_on_after_a_key_and_narrows_by_status(site: Site, admin: Visitor) -> None:
    """Every person is on exactly one page, in the order of names; a broken key is the first page."""
    await staff(site, *((f"P{n:03}", "Person") for n in range(120)))
    seen: list[str] = []
    path = "/admin/people"
    while path:
        _, text = await admin.get(path)
        seen += rows(text)
        found = re.search(r'rel="next" href="([^"]*)"', text)
        path = found[1].replace("&amp;", "&") if found else ""
    assert seen == ["Ada Tester", *(f"P{n:03} Person" for n in range(120))]
    _, text = await admin.get("/admin/people?status=ACTIVE")
    assert rows(text) == ["Ada Tester"]
    for broken in ("x", "W10", "WyJhIiwiXHUwMDAwIl0"):
        status, text = await admin.get(f"/admin/people?after={broken}")
        assert status == 200 and rows(text)[0] == "Ada Tester"


async def test_hostile_names_are_text(site: Site, admin: Visitor) -> None:
    """Markup and bidi marks in a profile are shown, not obeyed, on every page of the person."""
    user_id = await site.company.hire("eve", title=HOSTILE, department="d" * 4_000)
    for tab in ("", "/applications", "/groups", "/activity", "/edit", "/deactivate"):
        status, text = await admin.get(f"/admin/people/{user_id}{tab}")
        assert status == 200 and "<script>alert" not in text, tab
    status, text = await admin.get("/admin/people?q=" + "x" * 10_000)
    assert status == 200 and "Nobody was found" in text


async def test_somebody_who_is_not_there_is_a_page_that_says_so(admin: Visitor) -> None:
    """Unknown ids are 404 on every tab."""
    for tab in ("", "/applications", "/groups", "/activity", "/edit", "/deactivate", "/delete", "/password"):
        assert (await admin.get(f"/admin/people/00uNobody{tab}"))[0] == 404


async def test_a_profile_is_edited_and_the_directory_says_what_is_wrong(site: Site, admin: Visitor) -> None:
    """A refused form keeps what was typed; an emptied field has no value afterwards."""
    user_id = await site.company.hire("grace", title="Engineer")
    path = f"/admin/people/{user_id}"
    _, text = await admin.get(f"{path}/edit")
    fields = dict.fromkeys((each.name for each in BASE_ATTRIBUTES), "")
    fields |= {"login": "grace@example.com", "email": "nonsense", "firstName": "Grace", "lastName": "Hopper"}
    status, text = await admin.post(f"{path}/edit", fields)
    assert status == 422 and "It must be in the form of an email address." in text and 'value="nonsense"' in text
    status, text = await admin.post(f"{path}/edit", {**fields, "email": "grace@example.com"})
    assert status == 200 and "The profile of Grace Tester was saved" in text
    user = await get_user(site.database, SYSTEM, user_id)
    assert user.profile["lastName"] == "Hopper" and "title" not in user.profile


async def test_the_second_of_two_savers_is_told_what_the_first_one_changed(site: Site, admin: Visitor) -> None:
    """Nothing is overwritten unseen; saving once more replaces the other's value."""
    user_id = await site.company.hire("grace", title="Engineer")
    path = f"/admin/people/{user_id}/edit"
    await admin.get(path)
    await site.company.edit(user_id, title="Admiral")
    fields = {"title": "Captain", "was:title": "Engineer"}
    status, text = await admin.post(path, fields)
    assert status == 409 and "“Admiral”" in text and 'value="Captain"' in text
    assert 'name="was:title" value="Admiral"' in text
    status, _ = await admin.post(path, {"title": "Captain", "was:title": "Admiral"})
    assert status == 200
    assert (await get_user(site.database, SYSTEM, user_id)).profile["title"] == "Captain"


async def test_somebody_is_added_staged_or_active_with_groups_and_a_password(site: Site, admin: Visitor) -> None:
    """The login serves as the address where none was given; a login that is taken is said beside its field."""
    group = await site.company.group("Engineering")
    await admin.get("/admin/people/new")
    fields = {"firstName": "Grace", "lastName": "Hopper", "login": "grace@example.com", "email": ""}
    status, text = await admin.post(
        "/admin/people/new", {**fields, "state": "active", "password": PASSWORD, "group": group}
    )
    assert status == 200 and "Grace Hopper was added and activated" in text
    user = await get_user(site.database, SYSTEM, "grace@example.com")
    assert user.status == "ACTIVE" and user.profile["email"] == "grace@example.com"
    _, text = await admin.get(f"/admin/people/{user.id}/groups")
    assert "Engineering" in text and "Everyone" in text
    status, text = await admin.post("/admin/people/new", fields)
    assert status == 422 and "Somebody else has this login." in text
    status, _ = await admin.post("/admin/people/new", {**fields, "login": "anna@example.com", "state": "staged"})
    assert (await get_user(site.database, SYSTEM, "anna@example.com")).status == "STAGED"


async def test_a_dialog_says_what_each_app_will_do_before_it_is_done(site: Site, admin: Visitor) -> None:
    """Deactivating names the account that ends, the one that stays and why, and changes nothing before it is sent."""
    company = site.company
    async with running() as peer, running() as other:
        user_id = await company.hire("grace")
        slack, jira = await company.app(peer), await company.app(other)
        await site.database.pool.execute("UPDATE apps SET label = 'Slack' WHERE id = $1", slack)
        await site.database.pool.execute(
            """UPDATE apps SET label = 'Jira', features = features || '{"deactivate": false}' WHERE id = $1""", jira
        )
        async with company.worker():
            for app in (slack, jira):
                await company.assign(app, user_id)
                await company.settled(app)
        path = f"/admin/people/{user_id}"
        _, text = await admin.get(f"{path}/deactivate")
        assert '<strong class="isolate">Slack</strong>: the account is deactivated.' in text
        assert "Jira</strong>: keeps the account, because Deactivate Users is off for this app" in text
        assert (await get_user(site.database, SYSTEM, user_id)).status == "PROVISIONED"
        _, text = await admin.get(f"{path}/applications")
        assert "In the app" in text and "Assigned directly" in text and "grace@example.com" in text
        status, text = await admin.post(f"{path}/deactivate")
        assert status == 200 and "Grace Tester was deactivated" in text
        status, text = await admin.post(f"{path}/deactivate")
        assert status == 409 and "status does not allow this" in text


async def test_only_who_is_deactivated_can_be_deleted(site: Site, admin: Visitor) -> None:
    """A stale dialog deletes nobody who came back."""
    user_id = await site.company.hire("grace")
    path = f"/admin/people/{user_id}"
    assert (await admin.get(f"{path}/delete"))[0] == 409
    assert (await admin.post(f"{path}/delete"))[0] == 409
    await site.company.move(user_id, Operation.DEACTIVATE)
    _, text = await admin.get(f"{path}/delete")
    assert "cannot be undone" in text
    status, text = await admin.post(f"{path}/delete")
    assert status == 200 and "was deleted" in text
    assert (await admin.get(path))[0] == 404


async def test_passwords_are_set_and_shown_once(site: Site, admin: Visitor) -> None:
    """Two different ones are refused; a temporary one is on one page and in no other."""
    user_id = await site.person("grace")
    path = f"/admin/people/{user_id}"
    await admin.get(f"{path}/password")
    status, text = await admin.post(f"{path}/password", {"password": "one long word", "again": "another"})
    assert status == 422 and "not the same password" in text and "one long word" not in text
    status, _ = await admin.post(f"{path}/password", {"password": PASSWORD, "again": PASSWORD})
    assert status == 200
    status, text = await admin.post(f"{path}/expire_password_with_temp_password")
    temporary = re.search(r'id="temporary" value="([^"]+)"', text)
    assert status == 200 and temporary
    assert temporary[1] not in (await admin.get(path))[1]
    assert (await get_user(site.database, SYSTEM, user_id)).status == "PASSWORD_EXPIRED"


async def test_an_app_is_assigned_and_taken_back(site: Site, admin: Visitor) -> None:
    """The page says why somebody has an app; a group's assignment outlives the person's own."""
    company = site.company
    async with running() as peer:
        user_id = await company.hire("grace")
        app = await company.app(peer, provisioned=False)
        path = f"/admin/people/{user_id}"
        _, text = await admin.get(f"{path}/assign")
        assert f'value="{app}"' in text
        assert (await admin.post(f"{path}/assign", {"app": "nonsense"}))[0] == 422
        status, text = await admin.post(f"{path}/assign", {"app": app})
        assert status == 200 and "was assigned to" in text
        await company.assign_group(app, await company.group("Engineering", user_id))
        _, text = await admin.get(f"{path}/applications")
        assert "Assigned directly, and by" in text and "Engineering" in text
        _, text = await admin.get(f"{path}/unassign/{app}")
        assert "because groups assign it too" in text
        status, text = await admin.post(f"{path}/unassign/{app}")
        assert status == 200 and "By <a" in text


async def test_a_task_is_tried_again_only_through_its_own_person(site: Site, admin: Visitor) -> None:
    """The reason stands beside the app; a task of somebody else is not found."""
    company = site.company
    async with running() as peer:
        grace, alan = await company.hire("grace"), await company.hire("alan")
        app = await company.app(peer)
        await company.assign(app, grace)
        await site.database.pool.execute(
            """INSERT INTO task (id, kind, app_id, user_id, summary, detail)
            VALUES ('tsk1', 'PUSH', $1, $2, 'It was refused', 'userName is taken')""",
            app,
            grace,
        )
        _, text = await admin.get(f"/admin/people/{grace}/applications")
        assert "It was refused" in text and "userName is taken" in text
        assert (await admin.post(f"/admin/people/{alan}/retry", {"task": "tsk1"}))[0] == 404
        status, text = await admin.post(f"/admin/people/{grace}/retry", {"task": "tsk1"})
        assert status == 200 and "It was refused" not in text


async def test_the_help_desk_sees_what_it_may_do_and_nothing_else(site: Site, visitor: Visitor) -> None:
    """Password actions are offered; editing and deactivating are neither offered nor done."""
    user_id = await site.person("grace")
    await site.person("helga", Role.HELP_DESK_ADMIN)
    await visitor.sign_in("helga")
    path = f"/admin/people/{user_id}"
    _, text = await visitor.get(path)
    assert "Reset the password" in text and "Sign out everywhere" in text
    assert "Deactivate" not in text and f"{path}/edit" not in text
    assert (await visitor.post(f"{path}/deactivate"))[0] == 403
    assert (await visitor.post(f"{path}/reset_password"))[0] == 200


async def test_searching_while_typing_and_a_dialog_in_a_browser(site: Site, page: Any) -> None:
    """The list follows what is typed; a dialog opens over the page, and suspending is seen at once."""
    await staff(site, ("Zoë", "Müller"), ("Max", "Zorn"))
    await page.goto("/admin/people")
    await page.get_by_label("Search").fill("mull")
    await page.wait_for_url("**/admin/people?q=mull*")
    await page.get_by_text("Max Zorn").wait_for(state="hidden")
    await page.get_by_role("link", name="Zoë Müller").click()
    await page.get_by_role("button", name="Actions").click()
    await page.get_by_role("link", name="Deactivate").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("No app is concerned.").wait_for()
    await dialog.get_by_role("button", name="Deactivate").click()
    await page.get_by_text("Zoë Müller was deactivated.").wait_for()
    await page.get_by_text("Deactivated", exact=True).wait_for()
