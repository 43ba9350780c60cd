"""What everybody may do with themselves."""

import pytest

from provisor.apps.app import AppStatus
from provisor.services import apps, assignments, own
from provisor.services.actor import SYSTEM, NotAllowed, Role
from provisor.services.apps_definition import parse_definition
from provisor.services.attempts import SignInRules
from provisor.services.errors import Forbidden, Invalid
from provisor.services.sessions import Reason, SignInRefused, find_session

PASSWORD = "correct horse battery"
NEW = "an even better one"
SWA = {"signOn": {"loginUrl": "https://app.example.com/login"}}


async def assigned(company, user_id, label, **definition):
    body = {"name": "scim2_bearer_token", "label": label, **definition}
    app = await apps.create_app(company.database, SYSTEM, parse_definition(body))
    await assignments.assign_user(company.database, SYSTEM, app.id, user_id, username=None, given={})
    return app


async def test_a_person_sees_their_own_profile_without_any_role(company):
    """It takes being somebody, not a permission."""
    ann = await company.person("ann")
    profile = (await own.own_profile(company.database, await company.actor("ann"))).profile
    assert profile == ann.profile


async def test_a_token_has_nothing_of_its_own(company):
    """Tokens belong to no person."""
    for service in (own.own_profile, own.own_tiles):
        with pytest.raises(NotAllowed, match="belongs to no person"):
            await service(company.database, SYSTEM)
    with pytest.raises(NotAllowed):
        await own.change_own_password(company.database, SYSTEM, PASSWORD, NEW)


async def test_tiles_are_the_active_apps_one_is_assigned_to_and_may_see(company):
    """By label; without hidden, inactive and other people's apps."""
    ann, bob = await company.person("ann"), await company.person("bob")
    await assigned(company, ann.id, "zeta", settings=SWA, signOnMode="SAML_2_0")
    await assigned(company, ann.id, "Alpha")
    await assigned(company, ann.id, "Hidden", visibility={"hide": {"web": True, "iOS": False}})
    await assigned(company, bob.id, "Bob's")
    off = await assigned(company, ann.id, "Off")
    await apps.deactivate_app(company.database, SYSTEM, off.id)
    tiles = await own.own_tiles(company.database, await company.actor("ann"))
    assert [(each.label, each.sign_on_mode, each.url) for each in tiles] == [
        ("Alpha", "AUTO_LOGIN", None),
        ("zeta", "SAML_2_0", "https://app.example.com/login"),
    ]
    assert (await apps.get_app(company.database, SYSTEM, off.id)).status is AppStatus.INACTIVE


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x", "https://", "http://[", 7, None]
)
def test_a_tile_never_runs_a_script(url):
    """Only addresses of the web are linked."""
    assert own.url_of({"settings": {"signOn": {"loginUrl": url}}}) is None
    assert own.url_of({"settings": url}) is None


async def test_a_new_password_keeps_this_session_and_ends_the_others(company):
    """Who changes the password stays; whoever else was signed in is out."""
    await company.person("ann")
    here, there = await company.sign_in("ann"), await company.sign_in("ann")
    token = await own.change_own_password(company.database, here.session.actor(), PASSWORD, NEW, keep=here.session)
    assert await find_session(company.database, token)
    assert await find_session(company.database, here.token) is None, "a stolen token outlives the password"
    assert await find_session(company.database, there.token) is None
    assert await company.sign_in("ann", NEW)
    with pytest.raises(SignInRefused):
        await company.sign_in("ann")


async def test_the_old_password_is_asked_for_and_cannot_be_guessed(company):
    """Whoever finds a screen unlocked gets as many attempts as at the door."""
    await company.person("ann", Role.SUPER_ADMIN)
    actor, rules = await company.actor("ann"), SignInRules(attempts=3)
    for _ in range(3):
        with pytest.raises(Invalid, match="oldPassword"):
            await own.change_own_password(company.database, actor, "wrong", NEW, rules=rules)
    with pytest.raises(SignInRefused) as refusal:
        await own.change_own_password(company.database, actor, PASSWORD, NEW, rules=rules)
    assert refusal.value.reason is Reason.TOO_MANY


@pytest.mark.parametrize(("new", "words"), [("short", "at least 8"), (PASSWORD, "one you have"), ("x" * 73, "72")])
async def test_a_new_password_that_cannot_be_used_is_refused(company, new, words):
    """Too short, too long, or the old one."""
    await company.person("ann")
    with pytest.raises(Invalid, match=words):
        await own.change_own_password(company.database, await company.actor("ann"), PASSWORD, new)
    assert await company.sign_in("ann")


async def test_who_signs_in_elsewhere_changes_the_password_there(company):
    """Nothing here can be changed about it."""
    ann = await company.person("ann")
    actor = await company.actor("ann")
    await company.execute("UPDATE users SET password_hash = NULL WHERE id = $1", ann.id)
    with pytest.raises(Forbidden, match="elsewhere"):
        await own.change_own_password(company.database, actor, PASSWORD, NEW)
