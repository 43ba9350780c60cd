"""Compares what the directory and the apps hold, read from outside, with what was accepted. Changes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from tests.chaos.company import UNKNOWN, Company, Life, Person
from tests.chaos.programs import APP_TOKEN

PAGE = 100


async def directory_problems(company: Company) -> list[str]:
    """Accepted changes that the directory does not show."""
    found = await asyncio.gather(*(_person_problems(company, each) for each in company.people if each.id))
    problems = [problem for each in found for problem in each]
    for team in company.teams:
        members = {user["id"] async for user in _pages(company.api.session, company.api.server.url, team)}
        expected = {each.id for each in company.people if team in each.teams}
        if members != expected:
            problems.append(f"team {team}: {sorted(expected - members)} missing, {sorted(members - expected)} too many")
    return problems


async def _person_problems(company: Company, person: Person) -> list[str]:
    if person.life is Life.NOBODY:
        return []
    user, _ = await company.api.call("GET", f"/api/v1/users/{person.id}")
    profile = user["profile"]
    said = (profile["login"], profile["firstName"], profile.get("title"), user["status"] == "DEPROVISIONED")
    accepted = (person.login, person.first, person.title, person.life is Life.LEFT)
    return [] if said == accepted else [f"{person.login} in the directory: {said}, accepted was {accepted}"]


async def _pages(session: aiohttp.ClientSession, url: str, team: str) -> AsyncIterator[Any]:
    following: str | None = f"{url}/api/v1/groups/{team}/users?limit={PAGE}"
    while following is not None:
        async with session.get(following) as answer:
            assert answer.status == 200, await answer.text()
            for user in await answer.json():
                yield user
            link = answer.links.get("next")
            following = str(link["url"]) if link else None


async def app_problems(company: Company, app_id: str, url: str) -> list[str]:
    """In which ways an app is not as the accepted changes want it."""
    accounts = [account async for account in read_accounts(url)]
    problems = []
    named = Counter(account["userName"].casefold() for account in accounts)
    problems += [f"{number} accounts for the login {login}" for login, number in named.items() if number > 1]
    living = {person.id for person in company.people if person.life is not Life.NOBODY}
    held = Counter(account.get("externalId") for account in accounts)
    problems += [f"{number} accounts for {who}" for who, number in held.items() if number > 1 and who in living]
    by_name = {account["userName"].casefold(): account for account in accounts}
    active = {name for name, account in by_name.items() if account["active"]}
    expected = {
        person.login: person
        for person in company.people
        if person.life is Life.WORKING and person.teams & company.apps[app_id]
    }
    problems += [f"{name} should not be active" for name in sorted(active - expected.keys())]
    problems += [f"{name} should be active" for name in sorted(expected.keys() - active)]
    problems += [f"nobody was ever called {name}" for name in sorted(by_name.keys() - company.logins)]
    for login in expected.keys() & active:
        account, person = by_name[login], expected[login]
        holds = account["name"].get("givenName"), account.get("title"), account.get("nickName")
        nickname = person.nicknames.get(app_id)
        wanted = (
            person.first,
            person.title_from(company.titles[app_id]),
            holds[2] if nickname == UNKNOWN else nickname,
        )
        if holds != wanted:
            problems.append(f"{login} is {holds}, should be {wanted}")
        # Whoever takes an account over leaves its externalId as it is: that is the policy of the peer.
        if account.get("externalId") not in {person.id} | company.former:
            problems.append(f"{login} is the account of {account.get('externalId')}, should be of {person.id}")
    return [f"{url}: {problem}" for problem in problems]


async def read_accounts(url: str) -> AsyncIterator[dict[str, Any]]:
    """Everybody in an app."""
    start, total = 1, 1
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {APP_TOKEN}"}) as session:
        while start <= total:
            async with session.get(f"{url}/Users?startIndex={start}&count={PAGE}") as answer:
                listed = await answer.json()
            total = listed["totalResults"]
            for account in listed.get("Resources", []):
                yield account
            start += PAGE
