"""How long the server takes for each page of the console, in an installation of 100,000 people.

Every GET route is asked for in process, so that what is measured is the server's own time, database included; then
some queries that people type. `--people 10000` makes it smaller, `--runs 20` repeats more often.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.harness import World, world
from provisor.console.app import ROUTES, Console
from provisor.console.live import Live
from provisor.console.visit import COOKIE
from provisor.services import admins
from provisor.services.actor import SYSTEM, Role
from provisor.services.connecting import ConnectorFactory
from provisor.services.secrets import Sealer
from provisor.services.sessions import hash_of
from provisor.store import sessions
from provisor.wiring import build_console
from provisor.wiring_scim import build_scim_connector

TARGET = 50.0
"""Milliseconds."""
TOKEN = "benchmark"
STREAMS = frozenset({"/live", "/admin/log/export"})
"""What sends for as long as it likes: no pages."""

GROUPS = """
INSERT INTO groups (id, type, name, profile)
SELECT '00g' || lpad(n::text, 17, '0'), 'OKTA_GROUP', 'Group ' || n, jsonb_build_object('name', 'Group ' || n)
FROM generate_series(1, 1000) AS n
"""
MEMBERS = """
INSERT INTO membership (group_id, user_id)
SELECT '00g' || lpad((1 + (u.n * 7 + g) % 1000)::text, 17, '0'), u.id
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM users) AS u CROSS JOIN generate_series(1, 4) AS g
UNION ALL SELECT '00g00000000everyone0', id FROM users
"""
APPS = """
INSERT INTO apps (id, name, label, status, features)
SELECT '0oa' || lpad(n::text, 17, '0'), 'scim2_bearer_token', 'App ' || n, 'ACTIVE',
  '{"create": true, "update": true, "deactivate": true}' FROM generate_series(1, 20) AS n
"""
CONNECTIONS = """
INSERT INTO app_connection (app_id, status, base_url, auth_scheme, secret)
SELECT id, 'ENABLED', 'https://app.example/scim/v2', 'TOKEN', '' FROM apps
"""
APP_GROUPS = """
INSERT INTO app_group (app_id, group_id, priority)
SELECT a.id, '00g' || lpad((1 + row_number() OVER (ORDER BY a.id, g) * 5 % 1000)::text, 17, '0'), g
FROM apps a CROSS JOIN generate_series(0, 9) AS g
"""
APP_USERS = """
INSERT INTO app_user (app_id, user_id, direct, assigned, wanted, active, external_id, username)
SELECT a.id, u.id, true, true, true, true, u.id || a.id, u.profile ->> 'login'
FROM apps a JOIN (SELECT id, profile, row_number() OVER (ORDER BY id) AS n FROM users) AS u
  ON a.id = '0oa00000000000000001' OR u.n % 200 = 0
"""
STATES = """
INSERT INTO app_user_state (app_id, user_id, pushed)
SELECT app_id, user_id, json_build_object('userName', username) FROM app_user
"""
WORK = """
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
SELECT app_id, user_id, nextval('generation'), (n % 10 > 0)::int + (n % 10 > 1)::int,
  CASE WHEN n % 50 = 0 THEN 'infinity' ELSE now() END, now() - n * interval '1 millisecond', 'trn'
FROM (SELECT app_id, user_id, row_number() OVER () AS n FROM app_user) AS a WHERE n % 5 = 0
"""
TASKS = """
INSERT INTO task (id, kind, app_id, user_id, summary, detail, resolved)
SELECT 'tsk' || lpad(n::text, 17, '0'), CASE WHEN n % 9 = 0 THEN 'DEPROVISIONING' ELSE 'PROVISIONING' END, app_id,
  user_id, 'The app refused the account (400): department is not known', 'Correct the value, then retry.',
  CASE WHEN n % 4 = 0 THEN now() - n * interval '1 minute' END
FROM (SELECT app_id, user_id, row_number() OVER () AS n FROM app_user) AS a WHERE n <= 10000
"""
HOLDS = """
INSERT INTO hold (id, app_id, kind, waiting, allowed)
SELECT 'hld' || substr(id, 4), id, 'DEACTIVATIONS', 2000, 200 FROM apps WHERE id < '0oa00000000000000003'
"""
# A week of a busy place: mostly pushes, some changes, some failures.
EVENTS = """
INSERT INTO event (published, type, outcome, reason, transaction_id, actor_id, user_id, app_id)
SELECT now() - e.n * interval '3 seconds',
  (ARRAY['application.provision.user.push_profile', 'application.provision.user.push', 'user.account.update_profile',
    'user.session.start', 'application.user_membership.add'])[1 + e.n % 5],
  CASE WHEN e.n % 100 = 0 THEN 'FAILURE' ELSE 'SUCCESS' END,
  CASE WHEN e.n % 100 = 0 THEN 'The app refused the account (400)' END,
  'trn' || lpad((e.n / 3)::text, 17, '0'), 'provisor', u.id,
  CASE WHEN e.n % 5 IN (0, 1, 4) THEN '0oa' || lpad((1 + e.n % 20)::text, 17, '0') END
FROM (
  SELECT n, 1 + (n * 7919::bigint) % (SELECT count(*) FROM users) AS person FROM generate_series(1, 200000) AS n
) AS e
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM users) AS u ON u.n = e.person
"""
STATEMENTS = (GROUPS, MEMBERS, APPS, CONNECTIONS, APP_GROUPS, APP_USERS, STATES, WORK, TASKS, HOLDS, EVENTS)
TABLES = ("users", "groups", "membership", "apps", "app_user", "app_group", "dirty", "task", "event")


@dataclass(frozen=True)
class Places:
    """Ids that stand in for the parameters of routes, each of the largest of its kind."""

    user: str
    group: str
    app: str
    event: str

    def fill(self, path: str) -> str:
        kinds = (("/admin/people/", self.user), ("/admin/groups/", self.group), ("/admin/log/", self.event))
        own = next((id for prefix, id in kinds if path.startswith(prefix)), self.app)
        known = {"user": self.user, "user_id": self.user, "group": self.group, "group_id": self.group, "app": self.app}
        known |= {"app_id": self.app, "id": own, "entry": "scim2_bearer_token", "name": "scim2_bearer_token"}
        known |= {"operation": "deactivate", "role": "READ_ONLY_ADMIN"}
        return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[1]), path)


def typed(places: Places) -> Iterator[str]:
    """Addresses that people come to by searching and filtering."""
    yield "/admin/people?q=first99"
    yield "/admin/people?q=nobody-at-all"
    yield "/admin/groups?q=group"
    yield "/admin/apps?q=app"
    yield f"/admin/apps/{places.app}/assignments?q=user99"
    yield "/admin/tasks?kind=DEPROVISIONING"
    yield f"/admin/log?app={places.app}"
    yield f"/admin/log?user={places.user}"
    yield f"/admin/log?group={places.group}"
    yield "/admin/log?outcome=FAILURE"
    yield "/admin/log?type=session"
    yield "/admin/log?type=group.lifecycle.create"
    yield "/admin/log?q=department"


async def build(made: World, people: int) -> Places:
    """Everything, set-wise."""
    ids = await made.people(people)
    async with made.database.pool.acquire() as connection:
        for statement in (
            GROUPS,
            MEMBERS,
            APPS,
            CONNECTIONS,
            APP_GROUPS,
            APP_USERS,
            STATES,
            WORK,
            TASKS,
            HOLDS,
            EVENTS,
        ):
            await connection.execute(statement, timeout=300)
        for table in TABLES:
            await connection.execute(f"VACUUM ANALYZE {table}", timeout=300)
        event = await connection.fetchval(
            "SELECT (extract(epoch FROM published) * 1000000)::bigint || '-' || seq FROM event ORDER BY seq LIMIT 1"
        )
    return Places(ids[len(ids) // 2], "00g00000000everyone0", "0oa00000000000000001", event)


async def sign_in(made: World, user_id: str) -> None:
    await admins.grant_role(made.database, SYSTEM, user_id, Role.SUPER_ADMIN)
    async with made.database.pool.acquire() as connection:
        week = timedelta(days=7)
        await sessions.insert(connection, hash_of(TOKEN), user_id, life=week, idle=week, user_agent=None, ip=None)


async def ask(console: Console, address: str) -> tuple[int, int, float]:
    """Status, bytes and milliseconds of one page."""
    path, _, query = address.partition("?")
    headers = [(b"host", b"console.example"), (b"cookie", f"{COOKIE}={TOKEN}".encode())]
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("console.example", 80), "scheme": "http",
    }  # fmt: skip
    status, size = 0, 0

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        nonlocal status, size
        status = int(str(message.get("status", status)))
        size += len(bytes(message.get("body", b"")))  # type: ignore[call-overload]

    begin = time.perf_counter()
    await console(scope, receive, send)  # type: ignore[arg-type]
    return status, size, (time.perf_counter() - begin) * 1000


async def measure(people: int, runs: int) -> None:
    async with world() as made:
        begin = time.monotonic()
        places = await build(made, people)
        await sign_in(made, places.user)
        print(f"{people:,} people, 1,000 groups, 20 apps, 200,000 events: built in {time.monotonic() - begin:.0f} s\n")
        connectors = ConnectorFactory(made.database, Sealer(os.urandom(32)), made.settings, build_scim_connector)
        console = build_console(made.database, made.settings, connectors, Live(made.dsn))
        pages = [places.fill(each.path) for each in ROUTES if each.method == "GET" and each.path not in STREAMS]
        print(f"{'least':>7} {'median':>7} {'most':>7} {'KB':>6}  page  (milliseconds)")
        missed = []
        for address in [*pages, *typed(places)]:
            answers = [await ask(console, address) for _ in range(runs + 1)][1:]
            status, size, _ = answers[-1]
            times = [each[2] for each in answers]
            median = statistics.median(times)
            if median > TARGET:
                missed.append(address)
            note = "" if status == 200 else f"  ({status})"
            mark = " *" if median > TARGET else ""
            print(f"{min(times):7.1f} {median:7.1f} {max(times):7.1f} {size / 1024:6.0f}  {address}{note}{mark}")
        print(
            f"\n{len(missed)} pages take more than {TARGET:.0f} ms." if missed else "\nEvery page is within the target."
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    asyncio.run(measure(options.people, options.runs))


if __name__ == "__main__":
    main()
