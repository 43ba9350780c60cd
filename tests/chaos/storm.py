"""One run: lives, teams and mappings change through the API while programs are killed; then calm, and judgement.

What happens is drawn from a seed; when exactly it meets which request is up to the machine.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import aiohttp
import asyncpg
from tests.chaos import judge
from tests.chaos.company import Api, Company, Person, open_session
from tests.chaos.programs import APP_TOKEN, Installation, Program, installation

DIALECTS = ("scim2_bearer_token", "scim2_custom", "scim2")
"""One app of each: Okta's two, and ours with Bulk and If-Match."""
VICTIMS = ("server", "worker", "postgres", *(f"app{n}" for n in range(len(DIALECTS))), "freeze")
"""All of them have their turn before any has another. “freeze” stops the worker without killing it."""
DRIVERS = 8
CALM_SECONDS = 60.0
FREEZE_SECONDS = 2.5
"""Longer than a lease: the frozen worker wakes up to find that its apps are somebody else's."""

MISBEHAVIOUR = [
    {"method": "POST", "path": "/Users", "probability": 0.02, "drop": "after"},
    {"method": "PUT", "path": "/Users", "probability": 0.01, "drop": "after"},
    {"method": "PATCH", "path": "/Users", "probability": 0.01, "drop": "before"},
    {"method": "POST", "path": "/Bulk", "probability": 0.03, "drop": "after"},
    {"method": "POST", "path": "/Bulk", "probability": 0.02, "drop": "before"},
    {"path": "/Users", "probability": 0.005, "status": 503},
    {"path": "/Users", "probability": 0.002, "status": 429, "headers": {"Retry-After": "1"}},
    {"path": "/Users", "probability": 0.002, "delay_after": 1.5},
]
"""What apps do now and then while programs are being killed."""


@dataclass
class Verdict:
    """What came of a run."""

    seed: int
    accepted: int = 0
    repeated: int = 0
    accounts: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    calm_after: float = 0.0
    """Seconds from the last kill until nothing was due."""
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kills = ", ".join(f"{name} {number}" for name, number in sorted(self.killed.items()))
        return (
            f"{self.accepted} changes accepted ({self.repeated} repeats), {self.accounts} accounts; killed or frozen: "
            f"{kills}; calm {self.calm_after:.1f} s after the last"
        )


async def run(
    directory: Path, seed: int, seconds: float, *, people: int, say: Callable[[str], None] = lambda _: None
) -> Verdict:
    """Run a company for so long under fire, then let it settle and judge it."""
    verdict = Verdict(seed)
    async with installation(directory, seed, len(DIALECTS)) as programs, open_session() as session:
        api = Api(programs.server, session)
        company = Company(api, random.Random(f"people {seed}"), [Person(n) for n in range(people)])
        await company.found([(entry, app.url, APP_TOKEN) for entry, app in zip(DIALECTS, programs.apps, strict=True)])
        for app in programs.apps:
            await misbehave(app)
        say(f"seed {seed}: server {api.server.url}, data in {directory}")
        await under_fire(company, programs, verdict, seconds, say)
        for app in programs.apps:
            await behave(app)
        verdict.calm_after = await calm(programs, verdict)
        verdict.accepted, verdict.repeated = company.accepted, api.repeated
        verdict.problems += await judge.directory_problems(company)
        for app_id, app in zip(company.apps, programs.apps, strict=True):
            verdict.problems += await judge.app_problems(company, app_id, app.url)
            verdict.accounts += len([account async for account in judge.read_accounts(app.url)])
        verdict.problems += [f"an answer with status 500: {fault}" for fault in api.faults]
        verdict.problems += programs.complaints()
    return verdict


async def under_fire(
    company: Company, programs: Installation, verdict: Verdict, seconds: float, say: Callable[[str], None]
) -> None:
    """Change lives and kill programs at once; every change that was begun is accepted in the end."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for n in range(DRIVERS):
            group.create_task(company.live(company.people[n::DRIVERS], stop))
        group.create_task(company.reorganise(stop))
        group.create_task(company.remap(stop))
        chance, end = random.Random(f"kills {verdict.seed}"), monotonic() + seconds
        told, deck = monotonic(), list[str]()
        while monotonic() < end or deck:
            await asyncio.sleep(chance.uniform(0.1, 1.0))
            if not deck:
                deck = chance.sample(VICTIMS, len(VICTIMS))
            victims = [deck.pop() for _ in range(min(len(deck), chance.choice([1, 1, 2])))]
            verdict.killed.update(victims)
            await asyncio.gather(*(strike(programs, victim, chance.uniform(0, 0.3)) for victim in victims))
            if monotonic() > told + 10:
                told = monotonic()
                say(f"{end - told:4.0f} s left: {company.accepted} changes accepted, killed {dict(verdict.killed)}")
        stop.set()


async def strike(programs: Installation, victim: str, pause: float) -> None:
    """Kill one program, and have it back before this returns."""
    if victim == "postgres":
        if programs.kill_postgres():
            await programs.postgres_back()
        return
    if victim == "freeze":
        await programs.worker.freeze(FREEZE_SECONDS)
        return
    program = {each.name: each for each in programs.programs}[victim]
    await program.kill()
    await asyncio.sleep(pause)
    await program.start()
    if program in programs.apps:
        await misbehave(program)


async def calm(programs: Installation, verdict: Verdict) -> float:
    """Wait until nothing is due and no walk is under way; says what is left when it takes too long."""
    began = monotonic()
    connection = await asyncpg.connect(programs.dsn)
    try:
        while True:
            due, sweeps = await connection.fetchrow(
                "SELECT (SELECT count(*) FROM dirty WHERE due < 'infinity'), (SELECT count(*) FROM sweep)"
            )
            if not due and not sweeps:
                break
            if monotonic() > began + CALM_SECONDS:
                verdict.problems.append(f"after {CALM_SECONDS:.0f} s, {due} people are due and {sweeps} walks go on")
                break
            await asyncio.sleep(0.05)
        for row in await connection.fetch("SELECT app_id, user_id, kind, summary FROM task WHERE resolved IS NULL"):
            verdict.problems.append(f"an open task: {tuple(row)}")
        for row in await connection.fetch("SELECT app_id, user_id FROM dirty WHERE due = 'infinity'"):
            verdict.problems.append(f"parked: {tuple(row)}")
    finally:
        await connection.close()
    return monotonic() - began


async def misbehave(app: Program) -> None:
    await _faults(app, "POST", MISBEHAVIOUR)


async def behave(app: Program) -> None:
    await _faults(app, "DELETE", None)


async def _faults(app: Program, method: str, rules: object) -> None:
    root = app.url.removesuffix("/scim/v2")
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {APP_TOKEN}"}) as session,
        session.request(method, f"{root}/_faults", json=rules) as answer,
    ):
        assert answer.status < 300, await answer.text()
