"""Expressions on their way to an app: formats of usernames, and a person for whom one has no result."""

from typing import Any

from provisor.scimserver.testing import Peer
from provisor.services import apps
from provisor.services.actor import SYSTEM
from provisor.services.apps_definition import parse_definition


async def app_with_usernames(company: Any, peer: Peer, template: str) -> str:
    body = {"name": "scim2_bearer_token", "label": "Wiki", "credentials": {"userNameTemplate": {"template": template}}}
    made = await apps.create_app(company.database, SYSTEM, parse_definition(body))
    await company.connect(made.id, peer.url, peer.token)
    await company.switch_on(made.id)
    return made.id


async def test_a_format_decides_what_people_are_called_in_an_app(company: Any, peer: Peer) -> None:
    """The account's userName is what the format makes of the profile, and follows a rename."""
    app = await app_with_usernames(company, peer, '${fn:toLowerCase(fn:substringBefore(source.login, "@"))}-wiki')
    ann = await company.hire("Ann")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        assert [each["userName"] for each in peer.users()] == ["ann-wiki"]
        await company.edit(ann, login="Anna@example.com")
        await company.settled(app)
        assert [each["userName"] for each in peer.users()] == ["anna-wiki"]


async def test_an_expression_that_fails_for_one_person_holds_up_nobody_else(company: Any, peer: Peer) -> None:
    """That person gets a task that names the mapping; correcting the profile is all it takes."""
    app = await app_with_usernames(company, peer, "'e' + Convert.toInt(user.employeeNumber)")
    people = {number: await company.hire(f"p{number}", employeeNumber=number) for number in ("1", "two", "3")}
    async with company.worker():
        for person in people.values():
            await company.assign(app, person)
        await company.settled(app)
        assert sorted(each["userName"] for each in peer.users()) == ["e1", "e3"]
        (task,) = await company.tasks(app)
        assert task["user_id"] == people["two"]
        assert "“userName”" in task["summary"] and "“two” is not a number" in task["summary"]
        await company.edit(people["two"], employeeNumber="2")
        await company.settled(app)
    assert sorted(each["userName"] for each in peer.users()) == ["e1", "e2", "e3"]
    assert await company.tasks(app) == []
