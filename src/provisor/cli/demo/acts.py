"""The demo's acts, in order: arrive, edit, move, suspend, leave, return, explain, verify.

Before each change the plan is shown, and after it the apps themselves are asked until they show the change.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from provisor.cli.demo.company import READERS, Company
from provisor.cli.demo.show import Show, stopwatch
from provisor.cli.demo.stage import RunningApp, staged
from provisor.cli.demo.truth import differences
from provisor.cli.exits import CommandFailed
from provisor.data_dir import DataDir

PATIENCE = 60.0
EDITED, MOVED, SUSPENDED, REHIRED = (
    "ajames@example.com", "vjackson@example.com", "dwilliams@example.com", "jsingh@example.com",
)  # fmt: skip


async def play(data_dir: Path | None, *, keep: bool, color: bool) -> bool:
    """Play the demo; whether the apps hold exactly what the directory says."""
    show = Show(color)
    directory = DataDir.at(data_dir).root / "demo"
    show.line("Provisor demo: one directory, three SCIM apps, on this machine only.", bold=True)
    clock = stopwatch()
    async with staged(directory) as stage:
        show.line(f"Provisor and 3 apps are up after {clock():.1f} s, in {directory}")
        company = Company(stage)
        former: dict[str, set[str]] = {app.kind.label: set() for app in stage.apps}
        await arrive(show, company)
        await edit(show, company)
        await move(show, company, former)
        await suspend(show, company)
        await leave(show, company, former)
        await explain(show, company)
        true = await verify(show, company, former)
        show.line()
        show.line(f"Done in {clock():.1f} s.", bold=True)
        if keep:
            await wait_for_interrupt(show, company)
    return true


async def arrive(show: Show, company: Company) -> None:
    show.act("People arrive")
    clock = stopwatch()
    report = await company.load_people()
    show.arrived(f"{report['created']} people of the HR file are in the directory", clock())
    placed = await company.make_departments()
    show.line(f"     {len(company.groups) - 1} departments became groups of {placed} people; one has no department")
    for app in company.stage.apps:
        await company.connect(app)
        groups = READERS[app.kind.label]
        show.line(f"     {app.kind.label:<5} {app.kind.says:<20} for {', '.join(groups)}")
    show.line("   Assigning the groups to the apps ...", fg="bright_black")
    await asyncio.gather(*(fill(show, company, app) for app in company.stage.apps))


async def fill(show: Show, company: Company, app: RunningApp) -> None:
    clock = stopwatch()
    await company.assign(app)
    wanted = len(await company.members(app))
    held = await until(lambda: accounts_at_least(app, wanted), f"{app.kind.label} to hold {wanted} accounts")
    show.arrived(f"{app.kind.label} holds {held} accounts", clock())


async def edit(show: Show, company: Company) -> None:
    user = await company.user(EDITED)
    name, title = user["profile"]["displayName"], "Principal Engineer"
    show.act(f"{name} is promoted: {user['profile']['title']} → {title}")
    show.plan(await company.preview(user["id"], profile={"title": title}))
    clock = stopwatch()
    await company.stage.server.post(f"/api/v1/users/{user['id']}", {"profile": {"title": title}})
    await arrives(show, company, EDITED, ["Chat", "Wiki"], lambda account: account.get("title") == title, clock)


async def move(show: Show, company: Company, former: dict[str, set[str]]) -> None:
    user = await company.user(MOVED)
    show.act(f"{user['profile']['displayName']} moves from {user['profile']['department']} to Sales")
    old = user["profile"]["department"]
    change: dict[str, Any] = {"department": "Sales", "title": "Sales Representative"}
    show.plan(
        await company.preview(user["id"], profile=change, join=[company.groups["Sales"]], leave=[company.groups[old]])
    )
    clock = stopwatch()
    await company.stage.server.post(f"/api/v1/users/{user['id']}", {"profile": change})
    await company.join(user["id"], "Sales")
    await company.leave(user["id"], old)
    former["Wiki"].add(MOVED)
    await arrives(show, company, MOVED, ["Chat"], lambda a: a.get("title") == "Sales Representative", clock)
    await arrives(show, company, MOVED, ["CRM"], lambda account: account.get("active") is True, clock)
    await arrives(show, company, MOVED, ["Wiki"], lambda account: account.get("active") is False, clock)


async def suspend(show: Show, company: Company) -> None:
    user = await company.user(SUSPENDED)
    show.act(f"{user['profile']['displayName']} is suspended: apps are sent nothing")
    # Only people who can sign in can be suspended: David gets a password first.
    password = {"credentials": {"password": {"value": secrets.token_urlsafe(12)}}}
    await company.stage.server.post(f"/api/v1/users/{user['id']}", password)
    show.plan(await company.preview(user["id"], status="SUSPENDED"))
    await company.stage.server.post(f"/api/v1/users/{user['id']}/lifecycle/suspend")


async def leave(show: Show, company: Company, former: dict[str, set[str]]) -> None:
    gone = [user for user in await company.users() if user["profile"].get("department") in ("Marketing", "Finance")]
    rehired = await company.user(REHIRED)
    show.act(f"{len(gone)} people of Marketing and Finance leave, and {rehired['profile']['displayName']}")
    show.plan(await company.preview(rehired["id"], status="DEPROVISIONED"))
    clock = stopwatch()
    for user in [*gone, rehired]:
        await company.stage.server.post(f"/api/v1/users/{user['id']}/lifecycle/deactivate")
    logins = {user["profile"]["login"] for user in [*gone, rehired]}
    for app in company.stage.apps:
        held = await app.accounts()
        former[app.kind.label] |= logins & held.keys()
        await until(lambda app=app: all_off(app, logins), f"{app.kind.label} to switch them off")  # type: ignore[misc]
        show.arrived(f"{app.kind.label}: {len(logins & held.keys())} accounts are switched off, none deleted", clock())
    show.act(f"{rehired['profile']['displayName']} comes back")
    before = (await company.stage.apps[0].accounts())[REHIRED]["id"]
    show.plan(await company.preview(rehired["id"], status="ACTIVE"))
    clock = stopwatch()
    await company.stage.server.post(f"/api/v1/users/{rehired['id']}/lifecycle/activate?sendEmail=false")
    await arrives(show, company, REHIRED, ["Chat", "CRM"], lambda account: account.get("active") is True, clock)
    same = (await company.stage.apps[0].accounts())[REHIRED]["id"] == before
    show.line("     The account is the same one as before." if same else "     The account is another one!")
    for label in ("Chat", "CRM"):
        former[label].discard(REHIRED)


async def explain(show: Show, company: Company) -> None:
    chat = company.stage.apps[0]
    user = await company.user(EDITED)
    show.act(f"Why is {user['profile']['displayName']}'s account in {chat.kind.label} as it is?")
    answer = await company.stage.server.get(f"/provisor/v1/apps/{chat.id}/plan", user=EDITED)
    operation = answer["operations"][0]
    show.line("     account             value                             source               last change", bold=True)
    show.values(operation["values"])
    show.line(f"     Now: {operation['operation'].lower()}, because {operation['reason']}.")


async def verify(show: Show, company: Company, former: dict[str, set[str]]) -> bool:
    """Read every account back and hold it against the directory."""
    show.act("Do the apps hold exactly what the directory says?")
    true = True
    for app in company.stage.apps:
        assigned = await company.members(app)
        held = await app.accounts()
        wrong = differences(assigned, held, former[app.kind.label])
        off = sum(account.get("active") is False for account in held.values())
        if wrong:
            true = False
            show.failed(f"{app.kind.label}: {len(wrong)} differences")
            for sentence in wrong[:20]:
                show.line(f"       {sentence}")
        else:
            told = f"{app.kind.label}: {len(assigned)} people, value by value; {off} accounts switched off"
            show.line(f"     ✓ {told}", fg="green")
    tasks = await company.stage.server.get("/provisor/v1/tasks")
    for task in tasks:
        true = False
        show.failed(f"an open task: {task['summary']}")
    return true


async def arrives(
    show: Show,
    company: Company,
    login: str,
    labels: list[str],
    there: Callable[[dict[str, Any]], bool],
    clock: Callable[[], float],
) -> None:
    """Wait until the apps themselves show it, and say after how long."""

    async def one(app: RunningApp) -> None:
        async def shown() -> bool:
            account = (await app.accounts()).get(login)
            return account is not None and there(account)

        await until(shown, f"{app.kind.label} to show it")
        show.arrived(app.kind.label, clock())

    await asyncio.gather(*(one(app) for app in company.stage.apps if app.kind.label in labels))


async def accounts_at_least(app: RunningApp, number: int) -> int:
    held = len(await app.accounts())
    return held if held >= number else 0


async def all_off(app: RunningApp, logins: set[str]) -> bool:
    held = await app.accounts()
    return all(held[login].get("active") is False for login in logins & held.keys())


async def until(condition: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Ask until the answer is true; the answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not (answer := await condition()):  # noqa: ASYNC110 - it is the app that is asked, over HTTP
                await asyncio.sleep(0.005)
            return answer
    except TimeoutError:
        raise CommandFailed(f"Waited {PATIENCE:.0f} s in vain for {what}.") from None


async def wait_for_interrupt(show: Show, company: Company) -> None:
    stage = company.stage
    login, password = await company.make_administrator()
    show.line()
    show.line(f"The console is at {stage.address.url}: sign in as {login} with the password {password}")
    show.line(f"The API token is {stage.address.token}")
    for app in stage.apps:
        show.line(f"{app.kind.label:<5} shows what it holds at {app.url.removesuffix('/scim/v2')}")
    show.line("Ctrl-C ends it all.")
    await asyncio.Event().wait()
