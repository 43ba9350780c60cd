"""Profile Editor: attributes of people, groups and apps; and where a mapping keeps one from being removed."""

from tests.console.conftest import Site, Visitor

from provisor.directory.user import DEFAULT_TYPE
from provisor.services.actor import SYSTEM
from provisor.services.schemas import get_user_schema
from provisor.services.user_types import list_types

PEOPLE = f"/admin/profiles/people/{DEFAULT_TYPE}"
COLOUR = {
    "type": "string",
    "title": "Favourite colour",
    "name": "colour",
    "enum": "red = Red\nblue",
    "access": "READ_ONLY",
}


async def test_an_attribute_of_people_is_added_changed_and_removed(site: Site, admin: Visitor) -> None:
    """It appears in the list, keeps its name and type, and goes with a word of warning."""
    _, text = await admin.get("/admin/profiles")
    assert "User" in text and "Groups" in text
    await admin.get(f"{PEOPLE}/new")
    status, text = await admin.post(f"{PEOPLE}/new", COLOUR)
    assert status == 200 and "The attribute Favourite colour was added" in text and "2 choices" in text
    status, text = await admin.post(f"{PEOPLE}/new", COLOUR)
    assert status == 422 and "There is an attribute of this name already" in text
    status, text = await admin.post(f"{PEOPLE}/new", {**COLOUR, "name": "no good", "title": ""})
    assert status == 422 and "letters, digits" in text and "not blank" in text
    await admin.get(f"{PEOPLE}/attributes/colour")
    status, text = await admin.post(
        f"{PEOPLE}/attributes/colour", {**COLOUR, "type": "boolean", "title": "Colour", "enum": ""}
    )
    assert status == 200 and "The attribute Colour was saved" in text and "Boolean" not in text
    _, text = await admin.get(f"{PEOPLE}/attributes/colour/delete")
    assert "removed from every profile" in text
    status, text = await admin.post(f"{PEOPLE}/attributes/colour/delete")
    assert status == 200 and "was removed" in text


async def test_the_second_of_two_who_edit_an_attribute_is_told(site: Site, admin: Visitor) -> None:
    """What was typed stays in the form."""
    await admin.get(f"{PEOPLE}/new")
    await admin.post(f"{PEOPLE}/new", COLOUR)
    seen = {"was:version": "1"}
    assert (await admin.post(f"{PEOPLE}/attributes/colour", {**COLOUR, "title": "One", **seen}))[0] == 200
    status, text = await admin.post(f"{PEOPLE}/attributes/colour", {**COLOUR, "title": "Two", **seen})
    assert status == 422 and "Somebody else saved this" in text and 'value="Two"' in text


async def test_of_a_base_attribute_little_may_be_changed(site: Site, admin: Visitor) -> None:
    """A last name may be made optional; removed it is not."""
    await admin.get(f"{PEOPLE}/attributes/lastName")
    status, _ = await admin.post(f"{PEOPLE}/attributes/lastName", {"access": "READ_ONLY"})
    assert status == 200
    schema = await get_user_schema(site.database, SYSTEM)
    assert [schema.find(each).required for each in ("lastName", "firstName")] == [False, True]
    status, text = await admin.post(f"{PEOPLE}/attributes/title/delete")
    assert status == 422 and "title" in text


async def test_a_mapped_attribute_of_an_app_leads_to_its_mapping(site: Site, admin: Visitor) -> None:
    """Once its mappings are removed, both ways, the attribute can go."""
    app = await site.company.unconnected()
    path, here = f"/admin/profiles/apps/{app}", f"/admin/apps/{app}/provisioning"
    await admin.get(f"{path}/attributes/nickName/delete")
    status, text = await admin.post(f"{path}/attributes/nickName/delete")
    assert status == 409 and "still mapped" in text and f'href="{here}#mappings"' in text
    for way in (here, f"{here}/from-app"):
        assert (await admin.post(f"{way}/mappings/{DEFAULT_TYPE}/nickName/remove", {"apply": "on"}))[0] == 200
    status, text = await admin.post(f"{path}/attributes/nickName/delete")
    assert status == 200 and "was removed" in text and 'id="a-nickName"' not in text


async def test_an_attribute_of_an_app_has_a_place_on_the_wire(site: Site, admin: Visitor) -> None:
    """Its external name is checked as it is typed."""
    app = await site.company.unconnected()
    path = f"/admin/profiles/apps/{app}"
    await admin.get(f"{path}/new")
    desk = {
        "type": "string",
        "title": "Desk",
        "name": "desk",
        "externalName": "a..b",
        "externalNamespace": "urn:acme:1.0:User",
    }
    status, text = await admin.post(f"{path}/new", desk)
    assert status == 422 and "not a SCIM path" in text
    status, text = await admin.post(f"{path}/new", {**desk, "externalName": ""})
    assert status == 200 and "urn:acme:1.0:User" in text and "Map it, so that it gets values" in text


async def test_a_type_of_people_is_made_renamed_and_deleted(site: Site, admin: Visitor) -> None:
    """It has attributes of its own; the default one stays, and so does one that somebody is of."""
    await admin.get("/admin/profiles/types/new")
    status, text = await admin.post("/admin/profiles/types/new", {"display_name": "Contractor", "name": "1st"})
    assert status == 422 and "contractor" in text.lower()
    sent = {"display_name": "Contractor", "name": "contractor", "description": "For a time"}
    status, text = await admin.post("/admin/profiles/types/new", sent)
    assert status == 200 and "The type Contractor was made" in text
    made = next(each for each in await list_types(site.database, SYSTEM) if not each.default)
    path = f"/admin/profiles/people/{made.id}"
    assert (await admin.post(f"{path}/new", COLOUR))[0] == 200
    assert 'id="a-colour"' not in (await admin.get(PEOPLE))[1]
    status, text = await admin.post(f"{path}/edit", {"display_name": "Freelancer"})
    assert status == 200 and "Freelancer" in text
    assert "cannot be deleted" in (await admin.post(f"{PEOPLE}/delete"))[1]
    status, text = await admin.post(f"{path}/delete")
    assert status == 200 and "was deleted" in text
