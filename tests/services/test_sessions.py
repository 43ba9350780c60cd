"""Signing in, and how long it lasts."""

import asyncio
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from provisor.directory.lifecycle import Operation
from provisor.services import admins, sessions, users, users_lifecycle
from provisor.services.actor import SYSTEM, NotAllowed, Permission, RequestOrigin, Role
from provisor.services.attempts import SignInRules
from provisor.services.errors import Invalid
from provisor.services.log import LogQuery, read_log
from provisor.services.passwords import NOBODYS, is_outdated
from provisor.services.sessions import Reason, SignInRefused, check_csrf, csrf_token, find_session, sign_in
from provisor.services.users import Credentials
from provisor.systemlog.queries import wanted

PASSWORD = "correct horse battery"
THREE = SignInRules(attempts=3)
WAITING = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"""


def a_request() -> RequestOrigin:
    return RequestOrigin("trn" + "0" * 17, "/sign-in", "192.0.2.9", "Mozilla/5.0")


async def refused(signing_in) -> SignInRefused:
    with pytest.raises(SignInRefused) as problem:
        await signing_in
    return problem.value


async def test_the_right_password_begins_a_session(company):
    """Whatever way the login is written; the session knows who, with which roles; the moment is kept."""
    ann = await company.person("ann", Role.APP_ADMIN)
    signed = await sign_in(company.database, "ÁNN@Example.com", PASSWORD, a_request())
    session = await find_session(company.database, signed.token)
    assert session is not None and (session.user_id, session.login, session.name) == (
        ann.id,
        "ann@example.com",
        "Ann Example",
    )
    assert session.roles == {Role.APP_ADMIN} and session.permissions == {Permission.READ, Permission.MANAGE_APPS}
    actor = session.actor(a_request())
    assert (actor.id, actor.user_id) == (ann.id, ann.id)
    assert (await users.get_user(company.database, SYSTEM, ann.id)).last_login is not None
    assert await company.events("user.session.start") == [("SUCCESS", None, ann.id, ann.id)]
    assert signed.token not in repr(signed) and session.csrf not in repr(session)


async def test_the_database_does_not_hold_the_token(company):
    """Only its hash, of which nobody makes a cookie."""
    await company.person("ann")
    signed = await company.sign_in("ann")
    stored = await company.database.pool.fetchval("SELECT id_hash FROM session")
    assert stored == sessions.hash_of(signed.token)
    assert await find_session(company.database, stored.hex()) is None


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("ann@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("ann@example.com", ""),
        ("ann@example.com", "x" * 10_000),
        ("ann@example.com", PASSWORD + "\ud800"),
        ("", ""),
        ("ann@example.com\0", PASSWORD),
        ("\ud800", PASSWORD),
        ("fed@example.com", PASSWORD),
        ("x" * 100_000, PASSWORD),
    ],
    ids=lambda value: ascii(value)[:20],
)
async def test_a_refusal_does_not_tell_whether_the_login_exists(company, login, password):
    """Wrong passwords, unknown logins and people without a password get the same reason and words."""
    await company.person("ann")
    await company.person("fed", password=None)
    refusal = await refused(sign_in(company.database, login, password, a_request()))
    assert (refusal.reason, str(refusal)) == (Reason.CREDENTIALS, sessions.WRONG)
    assert [row[:2] for row in await company.events("user.session.start")] == [("FAILURE", "INVALID_CREDENTIALS")]
    assert await company.database.pool.fetchval("SELECT count(*) FROM session") == 0


def test_what_stands_for_a_missing_password_costs_the_same():
    """The hash that unknown logins are compared with has today's parameters."""
    assert not is_outdated(NOBODYS)


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("SUSPENDED", Reason.NOT_ACTIVE, "suspended"),
        ("STAGED", Reason.NOT_ACTIVE, "not active yet"),
        ("PROVISIONED", Reason.NOT_ACTIVE, "not active yet"),
        ("RECOVERY", Reason.NOT_ACTIVE, "was reset"),
        ("PASSWORD_EXPIRED", Reason.PASSWORD_EXPIRED, "Choose a new one"),
    ],
)
async def test_the_right_password_in_the_wrong_status_is_told_why(company, status, reason, words):
    """Who knows the password learns what stands in the way; who does not learns nothing."""
    ann = await company.person("ann")
    await company.execute("UPDATE users SET status = $2 WHERE id = $1", ann.id, status)
    assert (await refused(company.sign_in("ann", "wrong"))).reason is Reason.CREDENTIALS
    refusal = await refused(company.sign_in("ann"))
    assert refusal.reason is reason and words in str(refusal)
    assert (await company.events("user.session.start"))[-1][:2] == ("FAILURE", reason.value)


async def test_an_expired_password_is_replaced_while_signing_in(company):
    """The old and a new one together begin a session; the old one is of no use any more."""
    ann = await company.person("ann")
    await users_lifecycle.change_status(company.database, SYSTEM, ann.id, Operation.EXPIRE_PASSWORD)
    with pytest.raises(Invalid, match="at least 8"):
        await company.sign_in("ann", new_password="short")
    with pytest.raises(Invalid, match="has expired"):
        await company.sign_in("ann", new_password=PASSWORD)
    assert await company.sign_in("ann", new_password="a brand new one")
    assert await company.status(ann.id) == "ACTIVE"
    assert (await refused(company.sign_in("ann"))).reason is Reason.CREDENTIALS
    assert await company.sign_in("ann", "a brand new one")


async def test_a_login_is_locked_at_the_limit_and_not_before(company):
    """Two of three wrong ones leave it open; the third locks it, for the right password too."""
    ann = await company.person("ann")
    for _ in range(2):
        await refused(company.sign_in("ann", "wrong", rules=THREE))
    assert await company.sign_in("ann", rules=THREE)
    for _ in range(2):
        await refused(company.sign_in("ann", "wrong", rules=THREE))
    assert await company.status(ann.id) == "ACTIVE"
    await refused(company.sign_in("ann", "wrong", rules=THREE))
    assert await company.status(ann.id) == "LOCKED_OUT"
    refusal = await refused(company.sign_in("ann", rules=THREE))
    assert refusal.reason is Reason.TOO_MANY and refusal.wait is not None and 0 < refusal.wait <= 900
    assert "Try again in 15 minutes" in str(refusal)
    assert [row[3] for row in await company.events("user.account.lock")] == [ann.id]
    await refused(company.sign_in("ann", rules=THREE))
    # The refused ones leave one entry, however many there are.
    assert [row[1] for row in await company.events("user.session.start")].count("LOCKED_OUT") == 1


async def test_a_login_that_nobody_has_is_locked_in_the_same_way(company):
    """So that a lock does not tell who exists."""
    for _ in range(3):
        assert (await refused(company.sign_in("ghost", "x", rules=THREE))).reason is Reason.CREDENTIALS
    assert (await refused(company.sign_in("ghost", "x", rules=THREE))).reason is Reason.TOO_MANY


async def test_guesses_at_once_count_one_by_one(company):
    """Attempts are counted before they are made: twenty at once are not twenty guesses."""
    await company.person("ann")
    results = await asyncio.gather(
        *(company.sign_in("ann", "wrong", rules=THREE) for _ in range(12)), return_exceptions=True
    )
    reasons = [each.reason for each in results if isinstance(each, SignInRefused)]
    assert (reasons.count(Reason.CREDENTIALS), reasons.count(Reason.TOO_MANY)) == (3, 9)


async def test_a_lock_ends_with_its_window(company):
    """By the database's clock; the next right password unlocks the person, with an event."""
    ann = await company.person("ann")
    for _ in range(4):
        await refused(company.sign_in("ann", "wrong", rules=THREE))
    await company.execute("UPDATE sign_in_failure SET since = now() - interval '16 minutes'")
    assert await company.sign_in("ann", rules=THREE)
    assert await company.status(ann.id) == "ACTIVE"
    assert len(await company.events("user.account.unlock")) == 1


async def test_an_administrator_unlocks(company):
    """Unlocking forgets the failures, so that the next attempt is heard."""
    ann = await company.person("ann")
    for _ in range(4):
        await refused(company.sign_in("ann", "wrong", rules=THREE))
    await users_lifecycle.change_status(company.database, SYSTEM, ann.id, Operation.UNLOCK)
    assert await company.sign_in("ann", rules=THREE)


async def test_an_address_is_slowed_down_when_it_guesses_at_many(company):
    """Thirty failures from one address (ten times a login's) stop it; others go on; IPv6 counts by its network."""
    await company.person("ann")
    address, neighbour = "2001:db8::1", "2001:db8::ffff"
    for number in range(30):
        assert (await refused(company.sign_in(f"p{number}", "x", ip=address, rules=THREE))).reason is Reason.CREDENTIALS
    assert (await refused(company.sign_in("ann", ip=neighbour, rules=THREE))).reason is Reason.TOO_MANY
    assert await company.sign_in("ann", ip="192.0.2.7", rules=THREE)
    assert await company.sign_in("ann", ip="2001:db8:0:1::1", rules=THREE)


async def test_people_who_sign_in_do_not_use_up_their_address(company):
    """Behind one address of an office, only failures count."""
    await company.person("ann")
    for _ in range(12):
        await company.sign_in("ann", rules=SignInRules(attempts=1))


async def test_old_hashes_are_renewed_by_signing_in(company):
    """A password stored under older parameters is stored anew, and still is the password."""
    ann = await company.person("ann")
    older = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    await company.execute("UPDATE users SET password_hash = $2 WHERE id = $1", ann.id, older)
    await company.sign_in("ann")
    stored = await company.database.pool.fetchval("SELECT password_hash FROM users WHERE id = $1", ann.id)
    assert stored != older and not is_outdated(stored)
    assert await company.sign_in("ann")


async def test_two_who_sign_in_at_once_renew_the_hash_and_both_come_in(company):
    """A hash that was renewed in between is still the same password."""
    ann = await company.person("ann")
    older = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    await company.execute("UPDATE users SET password_hash = $2 WHERE id = $1", ann.id, older)
    assert len(await asyncio.gather(*(company.sign_in("ann") for _ in range(4)))) == 4


async def test_a_session_ends_when_idle_and_at_its_end(company):
    """By the database's clock; being used keeps it alive, but not beyond its last hour."""
    await company.person("ann")
    rules = SignInRules(idle=timedelta(minutes=10), life=timedelta(hours=1))
    signed = await company.sign_in("ann", rules=rules)
    await company.execute("UPDATE session SET last_seen = now() - interval '9 minutes'")
    assert await find_session(company.database, signed.token)
    assert await company.database.pool.fetchval("SELECT last_seen > now() - interval '1 minute' FROM session")
    await company.execute("UPDATE session SET last_seen = now() - interval '10 minutes 1 second'")
    assert await find_session(company.database, signed.token) is None
    await company.execute("UPDATE session SET last_seen = now(), expires = now() - interval '1 second'")
    assert await find_session(company.database, signed.token) is None
    # Those that are over are cleared away when somebody signs in.
    await company.sign_in("ann", rules=rules)
    assert await company.database.pool.fetchval("SELECT count(*) FROM session") == 1


async def test_a_revoked_role_acts_at_the_next_request(company):
    """The session goes on, and may do less."""
    ann = await company.person("ann", Role.APP_ADMIN)
    signed = await company.sign_in("ann")
    await admins.revoke_role(company.database, SYSTEM, ann.id, Role.APP_ADMIN)
    session = await find_session(company.database, signed.token)
    assert session is not None and session.permissions == frozenset()


@pytest.mark.parametrize(
    "operation",
    [Operation.SUSPEND, Operation.DEACTIVATE, Operation.RESET_PASSWORD, Operation.EXPIRE_PASSWORD],
)
async def test_who_may_not_sign_in_any_more_is_signed_out(company, operation):
    """At once, everywhere, and for good: coming back does not bring the session back."""
    ann = await company.person("ann")
    signed = await company.sign_in("ann")
    await users_lifecycle.change_status(company.database, SYSTEM, ann.id, operation)
    assert await find_session(company.database, signed.token) is None
    await company.execute("UPDATE users SET status = 'ACTIVE' WHERE id = $1", ann.id)
    assert await find_session(company.database, signed.token) is None


async def test_a_new_password_ends_every_session(company):
    """Set by an administrator: whoever had the old one is out."""
    ann = await company.person("ann")
    signed = await company.sign_in("ann")
    await users.update_user(company.database, SYSTEM, ann.id, None, Credentials(password="another one"))
    assert await find_session(company.database, signed.token) is None
    assert await company.sign_in("ann", "another one")


async def test_a_lock_by_somebody_elses_guesses_leaves_sessions_alone(company):
    """Otherwise anybody could throw anybody out."""
    await company.person("ann")
    signed = await company.sign_in("ann")
    for _ in range(3):
        await refused(company.sign_in("ann", "wrong", rules=THREE))
    assert await find_session(company.database, signed.token)


async def test_signing_out_ends_this_session_once(company):
    """Other sessions of the person go on; repeating logs nothing."""
    ann = await company.person("ann")
    here, there = await company.sign_in("ann"), await company.sign_in("ann")
    await sessions.sign_out(company.database, here.session, a_request())
    await sessions.sign_out(company.database, here.session, a_request())
    assert await find_session(company.database, here.token) is None
    assert await find_session(company.database, there.token)
    assert await company.events("user.session.end") == [("SUCCESS", None, ann.id, ann.id)]


async def test_help_desk_signs_people_out_but_not_their_superiors(company):
    """Clearing sessions takes the permission to help, and spares those who may do more."""
    await company.person("hal", Role.HELP_DESK_ADMIN)
    await company.person("boss", Role.SUPER_ADMIN)
    await company.person("pat")
    hal = await company.actor("hal")
    signed = await company.sign_in("pat")
    assert await sessions.clear_sessions(company.database, hal, "pat@example.com") == 1
    assert await find_session(company.database, signed.token) is None
    with pytest.raises(NotAllowed):
        await sessions.clear_sessions(company.database, hal, "boss@example.com")
    assert len(await company.events("user.session.clear")) == 1


async def test_a_form_belongs_to_its_session(company):
    """The token of one session is not that of another, nor is nothing."""
    await company.person("ann")
    here, there = (await company.sign_in("ann")).session, (await company.sign_in("ann")).session
    assert check_csrf(here, csrf_token(here))
    for value in (csrf_token(there), "", None, "é", "\ud800"):
        assert not check_csrf(here, value)


async def test_the_system_log_shows_the_person_who_acted(company):
    """Actor of type User with their name and login; no token is mentioned."""
    await company.person("root", Role.SUPER_ADMIN)
    await company.person("ann")
    root = await company.actor("root")
    await admins.grant_role(company.database, root, "ann@example.com", Role.APP_ADMIN)
    query = LogQuery(wanted('eventType eq "user.account.privilege.grant"', None), descending=True)
    page = await read_log(company.database, root, query, 1)
    actor = page.events[0]["actor"]
    assert actor["type"] == "User" and actor["id"] == root.id
    assert (actor["alternateId"], actor["displayName"]) == ("root@example.com", "Root Example")
    assert page.events[0]["transaction"]["detail"] == {}
    assert page.events[0]["debugContext"]["debugData"]["privilege"] == "APP_ADMIN"


async def test_a_password_changed_between_check_and_admission_admits_nobody(company):
    """The hash that was compared is the one that counts: whoever signs in with the old one while it changes is out."""
    ann = await company.person("ann")
    async with company.database.pool.acquire() as other, other.transaction():
        await other.execute(
            "UPDATE users SET password_hash = 'another', password_changed = now() WHERE id = $1", ann.id
        )
        signing_in = asyncio.create_task(company.sign_in("ann"))
        async with asyncio.timeout(20):
            while not await company.database.pool.fetchval(WAITING):
                await asyncio.sleep(0.01)
    assert (await refused(signing_in)).reason is Reason.CREDENTIALS
