"""Apps that misbehave: no duplicate, no lost change, and a task that says what to do."""

from typing import Any

import pytest

from provisor.scimserver.testing import Peer, Rule

POST = {"method": "POST", "path": "/Users"}
NO_SECOND_LOOK = Rule(path="filter=", skip=1, status=503)
"""What came of a lost create stays unknown until the test lets the app answer."""


@pytest.mark.parametrize(
    "rule",
    [
        Rule(**POST, count=1, drop="after"),
        Rule(**POST, count=1, delay_after=2.5),
        Rule(**POST, count=1, status=500, body="<html>oops</html>", execute=True),
        Rule(**POST, count=1, empty_body=True),
        Rule(**POST, count=1, drop="before"),
        Rule(**POST, count=2, status=503),
        Rule(**POST, count=1, status=429, headers={"Retry-After": "1"}),
        Rule(**POST, count=1, status=429, retry_date=1.0),
        Rule(**POST, count=2, status=429),
        Rule(method="GET", path="filter=", count=2, status=502, body="Bad Gateway"),
        Rule(method="GET", path="filter=", count=1, drop="before"),
    ],
    ids=[
        "answer lost", "answer late", "HTML 500 after creating", "empty 201", "connection closed before", "503 twice",
        "429 with seconds", "429 with a date", "429 without", "plain 502 on look-up", "look-up dropped",
    ],
)  # fmt: skip
async def test_a_create_that_goes_wrong_once_ends_in_exactly_one_account(company: Any, peer: Peer, rule: Rule) -> None:
    """Whatever happened to the first attempt, there is one account, it is linked, and no task is left."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    peer.faults.add(rule)
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
    assert [each["userName"] for each in peer.users()] == ["ann@example.com"]
    assert (await company.link(app, ann))["external_id"] == peer.users()[0]["id"]
    assert await company.tasks(app) == []


async def test_somebody_unassigned_while_a_create_is_unanswered_does_not_stay_active(company: Any, peer: Peer) -> None:
    """The account that came through after all is looked up and switched off."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    peer.faults.add(Rule(**POST, count=1, drop="after"), NO_SECOND_LOOK)
    async with company.worker():
        await company.assign(app, ann)
        await company.until(lambda: company.attempted(app, ann), "the first attempt")
        await company.unassign(app, ann)
        peer.faults.clear()
        await company.settled(app)
    assert [each["active"] for each in peer.users()] == [False]


async def test_somebody_whose_lost_create_never_arrived_is_forgotten(company: Any, peer: Peer) -> None:
    """Unassigned meanwhile, and no account is found: nothing is left to do."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    peer.faults.add(Rule(**POST, count=1, drop="before"), NO_SECOND_LOOK)
    async with company.worker():
        await company.assign(app, ann)
        await company.until(lambda: company.attempted(app, ann), "the first attempt")
        await company.unassign(app, ann)
        peer.faults.clear()
        await company.settled(app)
    assert peer.users() == []
    assert (await company.link(app, ann))["intent_at"] is None


async def test_a_refusal_becomes_a_task_with_the_apps_own_words(company: Any, peer: Peer) -> None:
    """The person waits for somebody to act; an edit tries again and closes the task."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    words = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","detail":"title is not allowed"}'
    peer.faults.add(Rule(**POST, count=1, status=400, body=words))
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        (task,) = await company.tasks(app)
        assert "title is not allowed" in task["summary"]
        assert task["user_id"] == ann
        await company.edit(ann, title="Engineer")
        await company.settled(app)
    assert await company.tasks(app) == []
    assert peer.user("ann@example.com")["active"] is True


async def test_bad_credentials_pause_the_app_with_one_task_and_good_ones_resume_it(company: Any, peer: Peer) -> None:
    """Ten people wait behind one task; saving a working token sends them all."""
    app = await company.app(peer)
    people = [await company.hire(f"person{n}") for n in range(10)]
    peer.faults.add(Rule(path="/Users", status=401, body='{"detail":"bad token"}'))
    async with company.worker():
        for person in people:
            await company.assign(app, person)
        (task,) = await company.until(lambda: company.tasks(app), "the task")
        assert (task["kind"], task["user_id"]) == ("CREDENTIALS", None)
        peer.faults.clear()
        await company.connect(app, peer.url, peer.token)
        await company.settled(app)
    assert len(peer.users()) == 10
    assert await company.tasks(app) == []
    assert len(await company.events("application.integration.authentication_failure", "FAILURE")) == 1


async def test_a_conflict_that_no_account_explains_is_a_task_and_not_a_loop(company: Any, peer: Peer) -> None:
    """409, and the look-up finds nobody: a person has to resolve it."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    peer.faults.add(Rule(**POST, status=409, body='{"detail":"e-mail is taken"}'))
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
    (task,) = await company.tasks(app)
    assert "e-mail is taken" in task["summary"]
    assert sum(each.method == "POST" for each in peer.journal) == 1


async def test_an_app_that_ignores_the_filter_links_no_stranger(company: Any, peer: Peer) -> None:
    """Everybody comes back for any name: a task, and the first account stays untouched."""
    app = await company.app(peer)
    for name in ("stranger", "other"):
        await company.scim(peer, "POST", "/Users", {"userName": f"{name}@example.com"})
    listed = await company.scim(peer, "GET", "/Users")
    ann = await company.hire("ann")
    peer.faults.add(Rule(method="GET", path="filter=", status=200, body=company.json(listed)))
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
    assert {each["userName"] for each in peer.users()} == {"stranger@example.com", "other@example.com"}
    (task,) = await company.tasks(app)
    assert "Cannot link" in task["summary"]


async def test_quoted_numbers_in_a_list_are_one_task_for_the_app(company: Any, peer: Peer) -> None:
    """A quoted startIndex breaks the rules for everybody at once; the task names the field."""
    app = await company.app(peer)
    people = [await company.hire(f"person{n}") for n in range(5)]
    peer.faults.add(Rule(method="GET", path="filter=", quoted_start_index=True))
    async with company.worker():
        for person in people:
            await company.assign(app, person)
        await company.settled(app)
    (task,) = await company.tasks(app)
    assert (task["kind"], task["user_id"]) == ("NONCONFORMANT", None)
    assert "startIndex" in task["summary"] or "totalResults" in task["summary"]


async def test_what_can_only_be_waited_for_is_never_given_up(company: Any, peer: Peer) -> None:
    """A task appears after some tries, the tries go on, and success closes the task."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    peer.faults.add(Rule(path="/Users", count=8, status=503))
    async with company.worker():
        await company.assign(app, ann)
        await company.until(lambda: company.tasks(app), "the task")
        await company.settled(app)
    assert peer.user("ann@example.com")["active"] is True
    assert await company.tasks(app) == []


async def test_an_account_deleted_in_the_app_is_a_task_on_update_and_made_anew_on_return(
    company: Any, peer: Peer
) -> None:
    """A profile push does not silently create; taking the assignment back and making it again does."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        await company.scim(peer, "DELETE", f"/Users/{peer.users()[0]['id']}")
        await company.edit(ann, title="Engineer")
        await company.settled(app)
        (task,) = await company.tasks(app)
        assert "not found" in task["summary"]
        await company.unassign(app, ann)
        await company.settled(app)
        await company.assign(app, ann)
        await company.settled(app)
    assert peer.user("ann@example.com")["active"] is True


async def test_a_change_during_a_push_is_pushed_too(company: Any, peer: Peer) -> None:
    """The mark made while the first push was on the wire survives its settlement."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    peer.faults.add(Rule(**POST, count=1, delay_before=0.5))
    async with company.worker():
        await company.assign(app, ann)
        await company.until(lambda: company.sent(peer, "GET"), "the look-up")
        await company.edit(ann, title="Engineer")
        await company.settled(app)
    assert peer.user("ann@example.com")["title"] == "Engineer"


async def test_a_mass_deactivation_is_held_named_and_released(company: Any, peer: Peer) -> None:
    """More than the limit leave at once: nobody is switched off until a person releases them."""
    from provisor.services import holds
    from provisor.services.actor import SYSTEM

    app = await company.app(peer, holdPercent=20, holdFloor=2)
    people = [await company.hire(f"person{n}") for n in range(8)]
    group = await company.group("Crew", *people)
    async with company.worker():
        await company.assign_group(app, group)
        await company.settled(app)
        await company.unassign_group(app, group)
        (held,) = await company.until(lambda: holds.list_holds(company.database, SYSTEM), "the hold")
        assert {each.user_id for each in held.people} == set(people)
        await company.hire("newcomer")
        assert all(each["active"] for each in peer.users())
        await holds.release(company.database, SYSTEM, app)
        await company.settled(app)
    assert not any(each["active"] for each in peer.users())


@pytest.mark.parametrize(
    ("account", "times", "tasks"),
    [("a\\u0000b", 1, ["cannot be stored"]), ("taken", 1, []), ("taken", 9, ["linked to another person"] * 6)],
    ids=["an id no column takes", "an id that somebody has, once", "an id that somebody has, again and again"],
)
async def test_results_that_cannot_be_written_hold_nobody_up(
    company: Any, peer: Peer, account: str, times: int, tasks: list[str]
) -> None:
    """The others of the same batch settle. A clash is looked at afresh once; what stays odd is a task that says why."""
    app = await company.app(peer)
    people = [await company.hire(f"person{n}") for n in range(6)]
    group = await company.group("Crew", *people)
    await company.database.pool.execute(
        """INSERT INTO app_user (app_id, user_id, direct, assigned, wanted, active, external_id)
        VALUES ($1, $2, false, false, true, true, 'taken')""",
        app,
        await company.hire("holder"),
    )
    body = f'{{"id":"{account}","userName":"odd@example.com"}}'
    peer.faults.add(Rule(**POST, count=times if times == 1 else None, status=201, body=body))
    async with company.worker():
        await company.assign_group(app, group)
        await company.settled(app)
    linked = await company.links(app)
    assert len(linked) == 1 + len(people) - len(tasks)  # the holder, and whoever is no task
    found = await company.tasks(app)
    assert len(found) == len(tasks)
    assert all(says in task["summary"] for says, task in zip(tasks, found, strict=True))


async def test_an_app_that_provisor_itself_fails_at_is_one_task_and_goes_on_when_mended(
    company: Any, peer: Peer
) -> None:
    """A set-up that cannot be read stops the app; somebody is told once, and nothing is lost."""
    set_limits = "UPDATE apps SET limits = $2 WHERE id = $1"
    app = await company.app(peer)
    ann = await company.hire("ann")
    await company.database.pool.execute(set_limits, app, {"concurrency": "many"})
    async with company.worker():
        await company.assign(app, ann)
        (task,) = await company.until(lambda: company.tasks(app), "the task")
        assert (task["kind"], task["user_id"]) == ("BUG", None)
        await company.database.pool.execute(set_limits, app, {"concurrency": 4})
        await company.settled(app)
    assert [each["userName"] for each in peer.users()] == ["ann@example.com"]
    assert len(await company.tasks(app)) == 1
