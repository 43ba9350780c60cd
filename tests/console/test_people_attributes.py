"""Attributes that were added to people, on the pages of a person, in the form and in files."""

from typing import Any

from tests.console.conftest import Site, Visitor

from provisor.directory.attributes import Access, Attribute, AttributeType, Choice
from provisor.directory.user import DEFAULT_TYPE
from provisor.services.actor import SYSTEM
from provisor.services.groups import get_group, group_query, list_groups
from provisor.services.schemas import change_group_schema, change_user_schema
from provisor.services.user_types import create_type
from provisor.services.users import Credentials, get_user, update_user

ADDED = (
    Attribute("level", "Level", AttributeType.INTEGER),
    Attribute("remote", "Works elsewhere", AttributeType.BOOLEAN),
    Attribute("size", "Size", choices=(Choice("S", "Small"), Choice("M", "Medium"))),
    Attribute("tags", "Tags", AttributeType.ARRAY, item=AttributeType.STRING),
    Attribute("ssn", "Social number", sensitive=True, access=Access.HIDE),
)


async def test_added_attributes_are_typed_by_their_type_and_shown(site: Site, admin: Visitor) -> None:
    """Each has its field; what is sensitive is asterisks, and stays as it is when its field is left empty."""
    await change_user_schema(site.database, SYSTEM, DEFAULT_TYPE, {each.name: each for each in ADDED})
    user_id = await site.company.hire("eve")
    await update_user(site.database, SYSTEM, user_id, {"ssn": "123-45"}, Credentials())
    path = f"/admin/people/{user_id}"
    status, page = await admin.get(f"{path}/edit")
    assert status == 200 and "123-45" not in page
    for field in ('<select class="form-select" id="f-remote"', '<textarea class="form-control" id="f-tags"', "Medium"):
        assert field in page, field
    profile = (await get_user(site.database, SYSTEM, user_id)).profile
    typed: dict[str, Any] = {name: str(profile[name]) for name in ("login", "email", "firstName", "lastName")}
    fields = {**typed, "level": "x", "remote": "false", "size": "M", "tags": "red\nblue", "ssn": ""}
    status, page = await admin.post(f"{path}/edit", fields)
    assert status == 422 and "must be a number" in page
    status, _ = await admin.post(f"{path}/edit", {**fields, "level": "3"})
    assert status in (200, 303)
    profile = (await get_user(site.database, SYSTEM, user_id)).profile
    given = {each.name: profile.get(each.name) for each in ADDED}
    assert given == {"level": 3, "remote": False, "size": "M", "tags": ["red", "blue"], "ssn": "123-45"}
    _, page = await admin.get(path)
    for shown in ("Medium", "red, blue", "********"):
        assert f"<dd>{shown}</dd>" in page, shown
    assert "123-45" not in page


async def test_a_person_becomes_of_another_type(site: Site, admin: Visitor) -> None:
    """The form offers the types there are; values that the other type has no place for go."""
    await change_user_schema(site.database, SYSTEM, DEFAULT_TYPE, {"size": ADDED[2]})
    kind = await create_type(site.database, SYSTEM, "contractor", "Contractor")
    user_id = await site.company.hire("eve")
    profile = (await get_user(site.database, SYSTEM, user_id)).profile
    fields = {name: str(profile[name]) for name in ("login", "email", "firstName", "lastName")}
    path = f"/admin/people/{user_id}/edit"
    assert "Contractor" in (await admin.get(path))[1]
    await admin.post(path, {**fields, "size": "M", "title": "Lead", "type": kind.id})
    user = await get_user(site.database, SYSTEM, user_id)
    assert (user.type_id, user.profile.get("title"), "size" in user.profile) == (kind.id, "Lead", False)
    status, page = await admin.get(f"/admin/people/new?type={kind.id}")
    assert status == 200 and "Size" not in page


async def test_groups_have_the_attributes_of_their_schema(site: Site, admin: Visitor) -> None:
    """Typed when a group is made and when it is changed, shown, and kept by who does not see them."""
    floor = Attribute("floor", "Floor", AttributeType.INTEGER)
    await change_group_schema(site.database, SYSTEM, {"floor": floor})
    status, page = await admin.post("/admin/groups/new", {"name": "Ops", "description": "", "floor": "two"})
    assert status == 422 and "must be a number" in page
    await admin.post("/admin/groups/new", {"name": "Ops", "description": "", "floor": "2"})
    group = (await list_groups(site.database, SYSTEM, group_query(q="Ops"), 1, None))[0][0]
    assert group.profile == {"name": "Ops", "floor": 2}
    await admin.post(f"/admin/groups/{group.id}/edit", {"name": "Operations"})
    assert (await get_group(site.database, SYSTEM, group.id)).profile == {"name": "Operations", "floor": 2}
    _, page = await admin.get(f"/admin/groups/{group.id}")
    assert "<dt>Floor</dt><dd>2</dd>" in page
