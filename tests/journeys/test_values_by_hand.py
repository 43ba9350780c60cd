"""Values that administrators set for a person or a group reach a real app, and go again with what set them."""

from typing import Any

from tests.journeys.conftest import Company

from provisor.provisioning.reasons import Cause
from provisor.scimserver.testing import Peer
from provisor.services import app_groups, app_values, assignments, conversion, explaining, reasons
from provisor.services.actor import SYSTEM
from provisor.services.conversion import Towards
from provisor.services.explaining import AccountExplanation


async def explained(company: Company, app: str, user: str) -> AccountExplanation:
    return await explaining.explain_account(company.database, SYSTEM, app, user)


async def agrees(company: Company, app: str, user: str) -> dict[str, Any]:
    """What the explanation says of every attribute; nothing differs from what the app confirmed."""
    found = await explained(company, app, user)
    assert [each.value.attribute.name for each in found.values if each.value.differs] == []
    assert found.standing.reason.cause is Cause.HAS_ACCOUNT
    return {each.value.attribute.name: each.value.value for each in found.values}


async def test_overrides_and_group_values_reach_the_app(company: Company, peer: Peer) -> None:
    """A group's values for those in the app already, an override above them, and each gone with what set it."""
    ann, bob = await company.hire("ann", title="Clerk"), await company.hire("bob", title="Clerk")
    app, crew = await company.app(peer), await company.group("Crew", ann, bob)
    await company.assign(app, ann)
    await company.assign_group(app, crew)
    async with company.worker():
        await company.settled(app)
        assert {each: peer.user(f"{each}@example.com").get("title") for each in ("ann", "bob")} == {
            "ann": "Clerk",
            "bob": "Clerk",
        }
        await app_groups.put_group(
            company.database, SYSTEM, app, crew, priority=None, profile={"title": "Sailor", "costCenter": "7"}
        )
        await app_values.set_overrides(company.database, SYSTEM, app, ann, {"title": "Captain", "givenName": "Anna"})
        await company.settled(app)
        assert (peer.user("ann@example.com")["title"], peer.user("bob@example.com")["title"]) == ("Captain", "Sailor")
        assert peer.user("ann@example.com")["name"]["givenName"] == "Anna"
        assert (await agrees(company, app, ann))["costCenter"] == "7"
        # The directory's changes pass by what is set by hand, and nothing else.
        await company.edit(ann, firstName="Annabel", lastName="Grey")
        await company.settled(app)
        name = peer.user("ann@example.com")["name"]
        assert (name["givenName"], name["familyName"]) == ("Anna", "Grey")
        await app_values.reset_overrides(company.database, SYSTEM, app, ann)
        await company.settled(app)
        assert peer.user("ann@example.com")["name"]["givenName"] == "Annabel"
        assert peer.user("ann@example.com")["title"] == "Sailor"
        await company.remove(crew, bob)
        await assignments.assign_user(company.database, SYSTEM, app, bob, username=None, given={})
        await company.unassign_group(app, crew)
        await company.settled(app)
        assert (await agrees(company, app, ann))["title"] == "Clerk"
        assert (await agrees(company, app, bob))["title"] == "Clerk"
        assert peer.user("ann@example.com")["title"] == "Clerk"
        assert [each["active"] for each in map(peer.user, ("ann@example.com", "bob@example.com"))] == [True, True]


async def test_conversion_keeps_the_account_and_changes_what_ends_it(company: Company, peer: Peer) -> None:
    """The same account with the same override throughout; it ends with the group, or with the person's assignment."""
    ann, bob = await company.hire("ann"), await company.hire("bob")
    app, crew = await company.app(peer), await company.group("Crew", ann, bob)
    for each in (ann, bob):
        await company.assign(app, each)
    await company.assign_group(app, crew)
    await app_values.set_overrides(company.database, SYSTEM, app, ann, {"title": "Captain"})
    async with company.worker():
        await company.settled(app)
        account = (await company.link(app, ann))["external_id"]
        requests = len(await company.events("application.provision.user.push_profile"))
        await conversion.convert(company.database, SYSTEM, app, Towards.GROUP, [ann])
        await company.settled(app)
        link = await company.link(app, ann)
        assert (link["external_id"], link["direct"], link["assigned"]) == (account, False, True)
        assert len(await company.events("application.provision.user.push_profile")) == requests
        assert peer.user("ann@example.com")["title"] == "Captain"
        # Bob is assigned individually still, Ann by the group alone.
        await company.unassign_group(app, crew)
        await company.settled(app)
        assert [peer.user(f"{each}@example.com")["active"] for each in ("ann", "bob")] == [False, True]
        found = await reasons.get_reason(company.database, SYSTEM, app, ann)
        assert (found.reason.cause, found.facts.external_id) == (Cause.LEFT, account)
        await company.assign_group(app, crew)
        await company.settled(app)
        assert peer.user("ann@example.com")["active"] is True and peer.user("ann@example.com")["title"] == "Captain"
        await conversion.convert(company.database, SYSTEM, app, Towards.USER)
        await company.remove(crew, ann)
        await company.settled(app)
        assert (await company.link(app, ann))["external_id"] == account
        assert peer.user("ann@example.com")["active"] is True


async def test_who_is_given_somebody_elses_name_learns_whose_it_is(company: Company, peer: Peer) -> None:
    """The account stays its holder's; the reason names them, and resetting the name is the way out."""
    ann, bob = await company.hire("ann"), await company.hire("bob")
    app = await company.app(peer)
    await company.assign(app, ann)
    async with company.worker():
        await company.settled(app)
    # Without a worker, so that Bob's account is not made before he is given the name.
    await company.assign(app, bob)
    await app_values.set_overrides(company.database, SYSTEM, app, bob, {"userName": "Ann@example.com"})
    async with company.worker():
        await company.settled(app)
        found = await reasons.get_reason(company.database, SYSTEM, app, bob)
        assert found.reason.cause is Cause.CONFLICT
        assert found.reason.words == "The account of that name belongs to ann@example.com."
        await app_values.reset_overrides(company.database, SYSTEM, app, bob)
        await company.settled(app)
        assert (await agrees(company, app, bob))["userName"] == "bob@example.com"
    assert len(peer.users()) == 2
