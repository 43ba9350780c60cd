"""People whose lives are changed through the API, and what the directory must therefore say. Survives lost answers.

Every change is repeated until the server has accepted it; all of them may be repeated. One person's changes follow one
another, so what was accepted last is what holds.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import aiohttp
from tests.chaos.programs import TOKEN, Program

SOUND = ("user.title", "user.lastName + ' ' + user.title", "String.toUpperCase(user.title)")
FAILS_FOR_SOME = "'No. ' + Convert.toInt(user.employeeNumber)"
"""What an app's titles are mapped from, by turns. The last has no result for a badge that is no number."""
BADGES = ("7", "8", "lost")
UNKNOWN = "?"
"""What somebody's nickname is when a change of it was refused on being repeated."""
PATIENCE = 90.0
"""Seconds after which a server that does not accept a change counts as dead."""


class Life(StrEnum):
    NOBODY = "NOBODY"
    WORKING = "WORKING"
    LEFT = "LEFT"


class Refused(Exception):
    """The API said no."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


@dataclass
class Api:
    """The management API of a server that comes and goes."""

    server: Program
    session: aiohttp.ClientSession
    repeated: int = 0
    faults: list[str] = field(default_factory=list)
    """Answers with a status of 500: a server whose database is away says 503."""

    async def call(self, method: str, path: str, body: Any = None) -> tuple[Any, bool]:
        """The JSON of the answer, and whether earlier attempts may have been carried out; raises `Refused`."""
        repeat = False
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    async with self.session.request(method, self.server.url + path, json=body) as answer:
                        content = await answer.json() if answer.status != 204 else None
                        if answer.status < 300:
                            return content, repeat
                        if answer.status == 500:
                            self.faults.append(f"{method} {path}: {content}")
                        elif answer.status < 500:
                            if repeat:
                                return Refused(answer.status, content), True
                            raise Refused(answer.status, content)
                except (aiohttp.ClientError, TimeoutError, OSError):
                    pass
                repeat = True
                self.repeated += 1
                await asyncio.sleep(0.05)

    async def do(self, method: str, path: str, body: Any = None) -> Any:
        """A change that may be refused when it is repeated, because it has been made."""
        answer, _ = await self.call(method, path, body)
        return answer


def open_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        headers={"Authorization": f"SSWS {TOKEN}"}, timeout=aiohttp.ClientTimeout(total=15, sock_connect=2)
    )


@dataclass
class Person:
    """A seat in the company: who sits there, as the directory has accepted it."""

    number: int
    life: Life = Life.NOBODY
    id: str = ""
    login: str = ""
    first: str = ""
    title: str | None = None
    teams: set[str] = field(default_factory=set)
    nicknames: dict[str, str | None] = field(default_factory=dict)
    """By app: what an administrator has set there."""
    names: int = 0

    def title_from(self, expression: str) -> str | None:
        """What a sound mapping makes of the title."""
        if self.title is None:
            return "Tester " if expression == SOUND[1] else None
        return {SOUND[0]: self.title, SOUND[1]: f"Tester {self.title}", SOUND[2]: self.title.upper()}[expression]


@dataclass
class Company:
    """The people, the teams, and which apps take which teams in."""

    api: Api
    chance: random.Random
    people: list[Person]
    teams: list[str] = field(default_factory=list)
    apps: dict[str, set[str]] = field(default_factory=dict)
    """App id: teams."""
    mappings: dict[str, str] = field(default_factory=dict)
    """App id: the mapping's id."""
    titles: dict[str, str] = field(default_factory=dict)
    """App id: the expression that titles come from."""
    former: set[str] = field(default_factory=set)
    """Ids of people who were erased."""
    logins: set[str] = field(default_factory=set)
    """Every login there ever was."""
    accepted: int = 0

    async def found(self, connections: list[tuple[str, str, str]]) -> None:
        """Make teams, and an app for each (entry, url, token); each app takes three of the five teams."""
        for n in range(5):
            team = await self.api.do("POST", "/api/v1/groups", {"profile": {"name": f"Team {n}"}})
            self.teams.append(team["id"])
        for n, (entry, url, token) in enumerate(connections):
            limits = {"holdPercent": 100, "holdFloor": 1_000_000, "overwritePercent": 100}
            body = {"name": entry, "label": f"App {n}", "settings": {"provisor": {"limits": limits}}}
            app = (await self.api.do("POST", "/api/v1/apps", body))["id"]
            connection = {"baseUrl": url, "profile": {"authScheme": "TOKEN", "token": token}}
            await self.api.do("POST", f"/api/v1/apps/{app}/connections/default?activate=TRUE", connection)
            on = {"status": "ENABLED"}
            switches = {"create": {"lifecycleCreate": on}, "update": {"profile": on, "lifecycleDeactivate": on}}
            await self.api.do("PUT", f"/api/v1/apps/{app}/features/USER_PROVISIONING", switches)
            self.apps[app] = {self.teams[(2 * n + each) % len(self.teams)] for each in range(3)}
            for team in self.apps[app]:
                await self.api.do("PUT", f"/api/v1/apps/{app}/groups/{team}")
            (mapping,) = await self.api.do("GET", f"/api/v1/mappings?targetId={app}")
            self.mappings[app], self.titles[app] = mapping["id"], SOUND[0]

    async def live(self, seats: list[Person], stop: asyncio.Event) -> None:
        """Change these people, one after another, until told to stop."""
        while not stop.is_set():
            await self.change(self.chance.choice(seats))
            self.accepted += 1

    async def reorganise(self, stop: asyncio.Event) -> None:
        """Take teams into apps and out of them, which moves many people at once, until told to stop."""
        chance = random.Random(f"teams {self.chance.random()}")
        while not stop.is_set():
            app, team = chance.choice(list(self.apps)), chance.choice(self.teams)
            path = f"/api/v1/apps/{app}/groups/{team}"
            if team in self.apps[app]:
                await self.api.do("DELETE", path)
                self.apps[app].discard(team)
            else:
                await self._must("PUT", path)
                self.apps[app].add(team)
            with suppress(TimeoutError):
                async with asyncio.timeout(chance.uniform(0.5, 3.0)):
                    await stop.wait()

    async def remap(self, stop: asyncio.Event) -> None:
        """Map titles from something else, which concerns everybody in an app, until told to stop; then soundly."""
        chance = random.Random(f"titles {self.chance.random()}")
        while not stop.is_set():
            await self.map_title(chance.choice(list(self.apps)), chance.choice([*SOUND, FAILS_FOR_SOME]))
            with suppress(TimeoutError):
                async with asyncio.timeout(chance.uniform(1.0, 4.0)):
                    await stop.wait()
        for app in self.apps:
            await self.map_title(app, chance.choice(SOUND))

    async def map_title(self, app: str, expression: str) -> None:
        line = {"title": {"expression": expression, "pushStatus": "PUSH"}}
        await self._must("POST", f"/api/v1/mappings/{self.mappings[app]}", {"properties": line})
        self.titles[app] = expression

    async def change(self, person: Person) -> None:
        """One change of somebody's life."""
        if person.life is Life.NOBODY:
            await self.hire(person)
            return
        dice = self.chance.random()
        if person.life is Life.LEFT:
            await (self.bring_back(person) if dice < 0.7 else self.erase(person))
        elif dice < 0.1:
            await self.call(person)
        elif dice < 0.4:
            await self.edit(person)
        elif dice < 0.5:
            await self.rename(person)
        elif dice < 0.85:
            await self.move(person)
        else:
            await self.let_go(person)

    async def hire(self, person: Person) -> None:
        # A new person may get the login of one who was erased, and takes over the account.
        login = person.login if person.login and self.chance.random() < 0.5 else self._new_login(person)
        first, teams = f"First{person.number}", {self.chance.choice(self.teams)}
        profile = {"login": login, "email": login, "firstName": first, "lastName": "Tester", "employeeNumber": "1"}
        answer = await self.api.do(
            "POST", "/api/v1/users?activate=true", {"profile": profile, "groupIds": sorted(teams)}
        )
        if isinstance(answer, Refused):
            if answer.status != 400:
                raise answer
            answer, _ = await self.api.call("GET", f"/api/v1/users/{login}")
        person.id, person.login, person.first, person.title, person.teams = answer["id"], login, first, None, teams
        person.life, person.nicknames = Life.WORKING, {}

    async def call(self, person: Person) -> None:
        """Set somebody's nickname in one app by hand; whoever is not in the app has none there."""
        having = [app for app, teams in self.apps.items() if teams & person.teams]
        if not having:
            return
        app, name = self.chance.choice(having), self.chance.choice(["Ace", "Boss", None])
        path = f"/provisor/v1/apps/{app}/users/{person.id}/overrides/nickName"
        try:
            answer = await self.api.do("PUT", path, {"value": name})
        except Refused as refusal:
            answer = refusal
        if not isinstance(answer, Refused):
            person.nicknames[app] = name
        elif answer.status != 404:
            raise answer
        else:  # left the app meanwhile; what was asked for may have been stored before
            person.nicknames[app] = UNKNOWN

    async def edit(self, person: Person) -> None:
        first, title = f"First{self.chance.randrange(1000)}", self.chance.choice(["Engineer", "Architect", None])
        profile = {"firstName": first, "title": title, "employeeNumber": self.chance.choice(BADGES)}
        await self._must("POST", f"/api/v1/users/{person.id}", {"profile": profile})
        person.first, person.title = first, title

    async def rename(self, person: Person) -> None:
        login = self._new_login(person)
        await self._must("POST", f"/api/v1/users/{person.id}", {"profile": {"login": login}})
        person.login = login

    async def move(self, person: Person) -> None:
        team = self.chance.choice(self.teams)
        if team in person.teams:
            await self._must("DELETE", f"/api/v1/groups/{team}/users/{person.id}")
            person.teams.discard(team)
        else:
            await self._must("PUT", f"/api/v1/groups/{team}/users/{person.id}")
            person.teams.add(team)

    async def let_go(self, person: Person) -> None:
        await self.api.do("POST", f"/api/v1/users/{person.id}/lifecycle/deactivate")
        person.life = Life.LEFT

    async def bring_back(self, person: Person) -> None:
        await self.api.do("POST", f"/api/v1/users/{person.id}/lifecycle/activate?sendEmail=false")
        person.life = Life.WORKING

    async def erase(self, person: Person) -> None:
        await self.api.do("DELETE", f"/api/v1/users/{person.id}")
        self.former.add(person.id)
        person.life, person.teams = Life.NOBODY, set()

    async def _must(self, method: str, path: str, body: Any = None) -> None:
        """A change that is accepted however often it is made."""
        answer = await self.api.do(method, path, body)
        if isinstance(answer, Refused):
            raise answer

    def _new_login(self, person: Person) -> str:
        """One that nobody had before: a name that is in the app's hands still would be a task for somebody."""
        person.names += 1
        login = f"person{person.number}.{person.names}@example.com"
        self.logins.add(login)
        return login
