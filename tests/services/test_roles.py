"""Who may do what: the table of roles, and that nobody can take more than they have."""

import asyncio

import pytest

from provisor.directory.lifecycle import Operation
from provisor.services import (
    admins,
    apps,
    groups,
    protection,
    sessions,
    tokens,
    user_types,
    users,
    users_lifecycle,
    users_listing,
)
from provisor.services.actor import SYSTEM, Actor, NotAllowed, Permission, Role, Scope
from provisor.services.apps_definition import parse_definition
from provisor.services.errors import Forbidden, NotFound
from provisor.services.users import Credentials

TABLE = {
    Role.SUPER_ADMIN: set(Permission),
    Role.APP_ADMIN: {Permission.READ, Permission.MANAGE_APPS},
    Role.HELP_DESK_ADMIN: {Permission.READ, Permission.HELP_PEOPLE},
    Role.READ_ONLY_ADMIN: {Permission.READ},
}


@pytest.mark.parametrize("role", Role)
def test_a_role_has_the_permissions_of_the_table_and_no_others(role):
    """`may` and `require` agree with the table for every permission there is."""
    actor = Actor("00uSomebody", role.permissions, user_id="00uSomebody")
    for permission in Permission:
        assert actor.may(permission) is (permission in TABLE[role])
        if permission not in TABLE[role]:
            with pytest.raises(NotAllowed):
                actor.require(permission)


def test_a_refusal_names_what_is_missing_and_who_can_grant_it():
    """A person reads which roles would do; whoever holds a token reads of scopes."""
    with pytest.raises(NotAllowed, match=r"assign them.*super administrator or application administrator.*Ask a super"):
        Actor("00uA", Role.READ_ONLY_ADMIN.permissions).require(Permission.MANAGE_APPS)
    with pytest.raises(NotAllowed, match=r"can only read.*scope “write”"):
        Actor("00Ttoken", Scope.READ.permissions).require(Permission.MANAGE_APPS)


def test_a_token_that_writes_may_do_everything():
    """Scopes of tokens are coarse on purpose: read sees, write does."""
    assert Scope.WRITE.permissions == set(Permission) and Scope.READ.permissions == {Permission.READ}


def deeds(company, actor):
    """One thing to do for each permission."""
    nobody = {"login": "new@example.com", "email": "new@example.com", "firstName": "New", "lastName": "One"}
    app = parse_definition({"name": "scim2_bearer_token", "label": "Wiki"})
    return {
        Permission.READ: users_listing.list_users(company.database, actor, users_listing.user_query(), 10),
        Permission.MANAGE_PEOPLE: users.create_user(company.database, actor, nobody, Credentials(), activate=False),
        Permission.HELP_PEOPLE: sessions.clear_sessions(company.database, actor, "pat@example.com"),
        Permission.MANAGE_GROUPS: groups.create_group(company.database, actor, {"name": "Group"}),
        Permission.MANAGE_APPS: apps.create_app(company.database, actor, app),
        Permission.MANAGE_SCHEMAS: user_types.create_type(company.database, actor, "contractor", "Contractor"),
        Permission.MANAGE_ADMINS: tokens.create_token(company.database, actor, "ci"),
    }


@pytest.mark.parametrize("role", [*Role, None])
async def test_a_role_can_do_what_its_permissions_say_and_nothing_else(company, role):
    """Through real services, by a person who signed in; whoever has no role can do none of it."""
    await company.person("pat")
    await company.person("ann", *([role] if role else []))
    actor = await company.actor("ann")
    for permission, deed in deeds(company, actor).items():
        if role is not None and permission in TABLE[role]:
            await deed
        else:
            with pytest.raises(NotAllowed):
                await deed


async def test_a_person_without_a_role_sees_nothing_of_others(company):
    """An end user's session carries no permission at all."""
    await company.person("eve")
    eve = await company.actor("eve")
    with pytest.raises(NotAllowed):
        await users.get_user(company.database, eve, eve.id)


async def test_help_desk_sets_passwords_but_changes_no_profile(company):
    """Credentials take one permission, the rest of a person another."""
    await company.person("hal", Role.HELP_DESK_ADMIN)
    pat = await company.person("pat")
    hal = await company.actor("hal")
    await users.update_user(company.database, hal, pat.id, None, Credentials(password="another one 1"))
    with pytest.raises(NotAllowed):
        await users.update_user(company.database, hal, pat.id, {"title": "x"}, Credentials())
    with pytest.raises(NotAllowed):
        await users.update_user(company.database, hal, pat.id, {"title": "x"}, Credentials(password="another one 2"))
    with pytest.raises(NotAllowed):
        await users_lifecycle.change_status(company.database, hal, pat.id, Operation.DEACTIVATE)
    await users_lifecycle.change_status(company.database, hal, pat.id, Operation.EXPIRE_PASSWORD)


async def test_help_desk_cannot_become_a_super_administrator_by_a_password(company):
    """Who may do more than the actor is out of the actor's reach; equals and lesser ones are not."""
    await company.person("hal", Role.HELP_DESK_ADMIN)
    boss = await company.person("boss", Role.SUPER_ADMIN)
    app = await company.person("app", Role.APP_ADMIN)
    peer = await company.person("peer", Role.HELP_DESK_ADMIN)
    hal = await company.actor("hal")
    for person in (boss, app):
        with pytest.raises(NotAllowed, match="may do more than you"):
            await users.update_user(company.database, hal, person.id, None, Credentials(password="mine, all mine"))
        with pytest.raises(NotAllowed, match="may do more than you"):
            await users_lifecycle.expire_with_temporary_password(company.database, hal, person.id)
        with pytest.raises(NotAllowed, match="may do more than you"):
            await users_lifecycle.change_status(company.database, hal, person.id, Operation.RESET_PASSWORD)
    await users.update_user(company.database, hal, peer.id, None, Credentials(password="a new one, then"))
    assert await company.sign_in("boss")


async def test_granting_and_revoking_show_who_did_it(company):
    """The events name the person who acted and the person concerned; a second grant is refused."""
    await company.person("root", Role.SUPER_ADMIN)
    ann = await company.person("ann")
    root = await company.actor("root")
    made = await admins.grant_role(company.database, root, "ann@example.com", Role.APP_ADMIN)
    assert (made.user_id, made.role, made.assigned_by) == (ann.id, Role.APP_ADMIN, root.id)
    with pytest.raises(admins.AlreadyGranted, match=r"ann@example\.com"):
        await admins.grant_role(company.database, root, ann.id, Role.APP_ADMIN)
    await admins.revoke_role(company.database, root, ann.id, Role.APP_ADMIN)
    with pytest.raises(NotFound):
        await admins.revoke_role(company.database, root, ann.id, Role.APP_ADMIN)
    assert (await company.events("user.account.privilege.grant"))[-1] == ("SUCCESS", None, root.id, ann.id)
    assert await company.events("user.account.privilege.revoke") == [("SUCCESS", None, root.id, ann.id)]


async def test_only_who_manages_administrators_grants(company):
    """Application administrators and read-only ones are refused before anything is looked at."""
    await company.person("app", Role.APP_ADMIN)
    app = await company.actor("app")
    with pytest.raises(NotAllowed):
        await admins.grant_role(company.database, app, app.id, Role.SUPER_ADMIN)
    assert [each.roles for each in await admins.list_admins(company.database, app)] == [("APP_ADMIN",)]


async def test_who_left_gets_no_role_and_keeps_none(company):
    """Deactivating takes every role, with an event; a deactivated person cannot be given one."""
    ann = await company.person("ann", Role.APP_ADMIN, Role.HELP_DESK_ADMIN)
    await users_lifecycle.change_status(company.database, SYSTEM, ann.id, Operation.DEACTIVATE)
    assert await admins.list_roles(company.database, SYSTEM, ann.id) == []
    assert len(await company.events("user.account.privilege.revoke")) == 2
    with pytest.raises(Forbidden, match="deactivated"):
        await admins.grant_role(company.database, SYSTEM, ann.id, Role.APP_ADMIN)


@pytest.mark.parametrize("operation", [Operation.DEACTIVATE, Operation.SUSPEND, Operation.RESET_PASSWORD])
async def test_the_last_super_administrator_stays_able_to_sign_in(company, operation):
    """Whatever would leave nobody is refused, even to Provisor itself, and changes nothing."""
    root = await company.person("root", Role.SUPER_ADMIN)
    # These do not count: one cannot sign in yet, the other never will.
    await company.person("new", Role.SUPER_ADMIN, password=None)
    gone = await company.person("gone", Role.SUPER_ADMIN)
    await users_lifecycle.change_status(company.database, SYSTEM, gone.id, Operation.SUSPEND)
    with pytest.raises(protection.LastSuperAdmin, match="last super administrator"):
        await users_lifecycle.change_status(company.database, SYSTEM, root.id, operation)
    with pytest.raises(protection.LastSuperAdmin):
        await admins.revoke_role(company.database, SYSTEM, root.id, Role.SUPER_ADMIN)
    with pytest.raises(protection.LastSuperAdmin):
        await users_lifecycle.delete_user(company.database, SYSTEM, root.id)
    assert await company.status(root.id) == "ACTIVE"
    assert [each.role for each in await admins.list_roles(company.database, SYSTEM, root.id)] == ["SUPER_ADMIN"]


async def test_of_two_revocations_of_the_last_two_one_is_refused(company):
    """They wait for each other, so that the second sees what the first did."""
    people = [await company.person(name, Role.SUPER_ADMIN) for name in ("one", "two")]
    for _ in range(5):
        results = await asyncio.gather(
            *(admins.revoke_role(company.database, SYSTEM, each.id, Role.SUPER_ADMIN) for each in people),
            return_exceptions=True,
        )
        assert sorted(type(each) for each in results if each is not None) == [protection.LastSuperAdmin]
        lost = people[results.index(None)]
        await admins.grant_role(company.database, SYSTEM, lost.id, Role.SUPER_ADMIN)


async def test_a_revocation_and_a_deactivation_at_once_leave_one(company):
    """The two ways to lose a super administrator share one lock."""
    one, two = [await company.person(name, Role.SUPER_ADMIN) for name in ("one", "two")]
    results = await asyncio.gather(
        admins.revoke_role(company.database, SYSTEM, one.id, Role.SUPER_ADMIN),
        users_lifecycle.change_status(company.database, SYSTEM, two.id, Operation.DEACTIVATE),
        return_exceptions=True,
    )
    assert sum(isinstance(each, protection.LastSuperAdmin) for each in results) == 1
    assert len(await admins.list_admins(company.database, SYSTEM)) == 1
