"""Mappings at work: what a change of them, of a schema or of a group means for the accounts in an app."""

from typing import Any

import pytest

from provisor.apps.mapping import Direction, Mapping, PushStatus
from provisor.directory.attributes import Attribute, AttributeType
from provisor.directory.user import DEFAULT_TYPE
from provisor.scim.schemas import parse_resource_types
from provisor.scimserver.testing import Peer, running
from provisor.services import discovery, groups, mappings
from provisor.services.actor import SYSTEM
from provisor.services.app_schemas import change_app_schema
from provisor.services.errors import Invalid
from provisor.services.mappings import ShownMapping
from provisor.services.username_formats import UsernameFormat, edit_username_format, get_username_format

BADGE = "urn:example:badge:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
DESCRIBED = {
    "schemas": [
        {
            "id": BADGE,
            "name": "Badge",
            "attributes": [
                {"name": "number", "type": "integer", "description": "On the lanyard."},
                {"name": "doors", "type": "string", "multiValued": True},
            ],
        }
    ],
    "resourceTypes": [
        {
            "name": "User",
            "endpoint": "/Users",
            "schema": CORE,
            "schemaExtensions": [
                {"schema": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "required": False},
                {"schema": BADGE, "required": False},
            ],
        }
    ],
}


async def change(company: Any, app: str, *lines: Mapping, apply_now: bool = True) -> ShownMapping:
    mapping = await mappings.get_mapping_of(company.database, SYSTEM, app, DEFAULT_TYPE, Direction.TO_APP)
    changes = {each.target: each for each in lines}
    return await mappings.change_mapping(company.database, SYSTEM, mapping.id, changes, apply_now=apply_now)


def titles(peer: Peer) -> dict[str, Any]:
    return {each["userName"].partition("@")[0]: each.get("title") for each in peer.users()}


def written(peer: Peer) -> list[str]:
    """The ids of the accounts that were written since the journal was cleared."""
    return sorted(each.target.rpartition("/")[2] for each in peer.journal if each.method in ("PUT", "PATCH"))


async def test_attributes_that_an_app_declares_are_added_mapped_and_written(company: Any) -> None:
    """Discovered, chosen, filled: values of two types arrive under the app's own URN, and a list as a list."""
    async with running(resource_types=parse_resource_types(DESCRIBED)) as peer, company.worker():
        app = await company.app(peer)
        found = await discovery.discover_attributes(company.database, SYSTEM, company.connectors, app)
        ours = {each.name: each for each in found if each.external_namespace == BADGE}
        assert {name: (each.type, each.external_name) for name, each in ours.items()} == {
            "number": (AttributeType.INTEGER, "number"),
            "doors": (AttributeType.ARRAY, "doors"),
        }
        schema = await discovery.add_discovered(company.database, SYSTEM, company.connectors, app, list(ours))
        assert schema.find("number") == ours["number"]
        left = await discovery.discover_attributes(company.database, SYSTEM, company.connectors, app)
        assert not {each.name for each in left} & set(ours)
        number = Mapping("number", "Convert.toInt(user.employeeNumber)")
        await change(company, app, number, Mapping("doors", "{user.department, 'lobby'}"))
        await company.assign(app, await company.hire("ann", employeeNumber="7", department="lab"))
        await company.settled(app)
        (account,) = peer.users()
    assert account[BADGE] == {"number": 7, "doors": ["lab", "lobby"]}


async def test_a_change_of_mapping_pushes_exactly_those_whose_value_changed(company: Any, peer: Peer) -> None:
    """Two of three people have another title by it; the third is looked at and nothing is sent."""
    app = await company.app(peer)
    async with company.worker():
        for name, title in (("ann", "Clerk"), ("bob", "Chief"), ("cid", None)):
            await company.assign(app, await company.hire(name, **({"title": title} if title else {})))
        await company.settled(app)
        ids = {each["userName"].partition("@")[0]: each["id"] for each in peer.users()}
        peer.faults.journal.clear()
        await change(company, app, Mapping("title", "user.title == 'Chief' ? user.title : 'Staff'"))
        await company.settled(app)
    assert titles(peer) == {"ann": "Staff", "bob": "Chief", "cid": "Staff"}
    assert written(peer) == sorted([ids["ann"], ids["cid"]])


async def test_a_change_that_is_not_applied_now_waits_for_the_next_reason(company: Any, peer: Peer) -> None:
    """Nobody is looked at; whoever changes otherwise gets it, and “apply now” brings it to the others."""
    app = await company.app(peer)
    people = {name: await company.hire(name, title="Clerk") for name in ("ann", "bob")}
    async with company.worker():
        for person in people.values():
            await company.assign(app, person)
        await company.settled(app)
        mapping = await change(company, app, Mapping("title", "user.title + '!'"), apply_now=False)
        await company.edit(people["ann"], city="Oslo")
        await company.settled(app)
        assert titles(peer) == {"ann": "Clerk!", "bob": "Clerk"}
        await mappings.reapply(company.database, SYSTEM, mapping.id)
        await company.settled(app)
        assert titles(peer) == {"ann": "Clerk!", "bob": "Clerk!"}


async def test_what_is_mapped_on_create_only_stays_as_it_was_created(company: Any, peer: Peer) -> None:
    """The profile changes, the account keeps its first value, however often it is written for other reasons."""
    app = await company.app(peer)
    await change(company, app, Mapping("title", "user.title", PushStatus.DONT_PUSH))
    ann = await company.hire("ann", title="Clerk")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        await company.edit(ann, title="Chief", city="Oslo")
        await company.settled(app)
        (account,) = peer.users()
        assert (account["title"], account["addresses"][0]["locality"]) == ("Clerk", "Oslo")
        await change(company, app, Mapping("title", "user.title"))
        await company.settled(app)
        assert titles(peer) == {"ann": "Chief"}


async def test_groups_that_expressions_read_make_accounts_follow(company: Any, peer: Peer) -> None:
    """Joining, a group's new name, and leaving each change the account without anything else having changed."""
    app = await company.app(peer)
    await change(
        company, app, Mapping("title", "Arrays.toCsvString(user.getGroups({'group.type': {'OKTA_GROUP'}}).![name])")
    )
    ann = await company.hire("ann")
    group = await company.group("Pilots")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        assert titles(peer) == {"ann": None}
        await company.add(group, ann)
        await company.settled(app)
        assert titles(peer) == {"ann": "Pilots"}
        await groups.replace_group(company.database, SYSTEM, group, {"name": "Captains"})
        await company.settled(app)
        assert titles(peer) == {"ann": "Captains"}
        await company.remove(group, ann)
        await company.settled(app)
        assert titles(peer) == {"ann": None}


async def test_an_attribute_with_another_place_is_written_there(company: Any, peer: Peer) -> None:
    """The value stays the same and its external name does not: whoever has it is written again."""
    app = await company.app(peer)
    place = Attribute("nickName", "Nickname", external_name="ims.^[primary==true].value", external_namespace=CORE)
    ann, bob = await company.hire("ann", nickName="Annie"), await company.hire("bob")
    async with company.worker():
        for person in (ann, bob):
            await company.assign(app, person)
        await company.settled(app)
        peer.faults.journal.clear()
        await change_app_schema(company.database, SYSTEM, company.connectors, app, {"nickName": place})
        await mappings.reapply(company.database, SYSTEM, (await change(company, app)).id)
        await company.settled(app)
    held = {each["userName"]: [im["value"] for im in each.get("ims", [])] for each in peer.users()}
    assert held == {"ann@example.com": ["Annie"], "bob@example.com": []}
    assert len(written(peer)) == 1


@pytest.mark.parametrize("apply_now", [True, False])
async def test_an_app_that_rested_for_its_mapping_goes_on_when_that_is_mended(
    company: Any, peer: Peer, apply_now: bool
) -> None:
    """A mapping that has become unusable pauses the app; saving one that is sound is all it takes."""
    app = await company.app(peer)
    broken = [{"target": "title", "expression": "user.gone"}]
    await company.database.pool.execute("UPDATE mapping SET properties = $2 WHERE app_id = $1", app, broken)
    async with company.worker():
        await company.assign(app, await company.hire("ann", title="Clerk"))
        await company.until(lambda: company.resting(app), "the app to rest")
        lines = [Mapping("title", "user.title"), Mapping("givenName", "user.firstName")]
        lines += [Mapping("familyName", "user.lastName"), Mapping("email", "user.email")]
        await change(company, app, *lines, apply_now=apply_now)
        await company.settled(app)
    assert titles(peer) == {"ann": "Clerk"}


async def test_a_username_format_is_applied_now_or_later(company: Any, peer: Peer) -> None:
    """Later, an account keeps its name until its person changes; now, everybody is renamed; create only, nobody is."""
    app = await company.app(peer)
    people = {name: await company.hire(name) for name in ("ann", "bob")}

    async def called(template: str, suffix: str, status: PushStatus = PushStatus.PUSH, *, now: bool) -> list[str]:
        format = UsernameFormat(template, suffix, status)
        await edit_username_format(company.database, SYSTEM, app, format, apply_now=now)
        await company.settled(app)
        return sorted(each["userName"] for each in peer.users())

    prefix = '${fn:substringBefore(source.login, "@")}${instance.userSuffix}'
    async with company.worker():
        for person in people.values():
            await company.assign(app, person)
        await company.settled(app)
        assert await called(prefix, ".corp", now=False) == ["ann@example.com", "bob@example.com"]
        await company.edit(people["ann"], title="Chief")
        await company.settled(app)
        assert sorted(each["userName"] for each in peer.users()) == ["ann.corp", "bob@example.com"]
        assert await called(prefix, ".wiki", now=True) == ["ann.wiki", "bob.wiki"]
        assert await called(prefix, ".late", PushStatus.DONT_PUSH, now=True) == ["ann.wiki", "bob.wiki"]
    with pytest.raises(Invalid, match=r"template: .*“nothing”"):
        await called("user.nothing", "", now=True)
    shown = await get_username_format(company.database, SYSTEM, app)
    assert shown == UsernameFormat(prefix, ".late", PushStatus.DONT_PUSH)
