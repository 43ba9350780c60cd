"""Reads the System Log, and what its ids stand for. Writing entries is `store.events`.

A reader that polls stays behind every open transaction: entries are ordered by the transaction that wrote them, and
served once no older transaction is running, so that none is ever skipped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

from provisor.directory.written import ASTERISKS
from provisor.store.conditions import Parameters
from provisor.store.database import Connection
from provisor.systemlog.queries import Narrow
from provisor.systemlog.rendering import Entry, Origin, Surroundings

COLUMNS = """published, seq, xid::text AS xid, type, outcome, reason, transaction_id, actor_id,
user_id, group_id, app_id, detail"""

FIND = f"""
SELECT {COLUMNS} FROM event WHERE published = 'epoch'::timestamptz + $1::bigint * interval '1 microsecond' AND seq = $2
"""
OF_TRANSACTION = f"SELECT {COLUMNS} FROM event WHERE transaction_id = $1 ORDER BY published, seq LIMIT $2"

HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"

USERS = """
SELECT id, profile ->> 'login' AS login, profile ->> 'displayName' AS shown,
       concat_ws(' ', profile ->> 'firstName', profile ->> 'lastName') AS name
FROM users WHERE id = ANY ($1::text[]) AND deleted IS NULL
"""
GROUPS = "SELECT id, name FROM groups WHERE id = ANY ($1::text[])"
APPS = "SELECT id, label FROM apps WHERE id = ANY ($1::text[])"
TOKENS = "SELECT id, name FROM api_token WHERE id = ANY ($1::text[])"
USERNAMES = """
SELECT app_id, user_id, username FROM app_user
JOIN unnest($1::text[], $2::text[]) AS p (app_id, user_id) USING (app_id, user_id) WHERE username IS NOT NULL
"""
CHANGES = """
SELECT user_id, version, before, after FROM profile_change
JOIN unnest($1::text[], $2::bigint[]) AS p (user_id, version) USING (user_id, version)
"""
SENSITIVE = """
SELECT DISTINCT attribute ->> 'name' AS name FROM profile_schema s JOIN user_type t ON t.id = s.owner,
  jsonb_array_elements(s.attributes) AS attribute WHERE (attribute -> 'sensitive')::boolean
"""
ORIGINS = "SELECT transaction_id, path, ip, user_agent FROM web_request WHERE transaction_id = ANY ($1::text[])"
KEEP_ORIGIN = """
INSERT INTO web_request (transaction_id, path, ip, user_agent) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""

DEPTHS = """
SELECT app_id, lane, count(*) AS waiting,
       extract(epoch FROM clock_timestamp() - min(since))::float8 AS lag
FROM dirty GROUP BY app_id, lane ORDER BY app_id, lane
"""

Changes: TypeAlias = dict[tuple[str, int], tuple[dict[str, Any], dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which entries, in which order: by time, or for polling by transaction."""

    narrow: Narrow
    since: datetime | None
    until: datetime | None
    descending: bool
    before_xid: int | None
    """For polling: no entry of this transaction or a later one. None orders by time."""


async def read(connection: Connection, stretch: Stretch, after: tuple[int, int] | None, limit: int) -> list[Entry]:
    """At most `limit` entries after a key: (transaction, seq) when polling, else (microseconds, seq)."""
    parameters = Parameters()
    wanted = [condition for column, values in stretch.narrow for condition in among(column, values, parameters)]
    if stretch.since is not None:
        wanted.append(f"published >= {parameters.add(stretch.since, 'timestamptz')}")
    if stretch.until is not None:
        wanted.append(f"published < {parameters.add(stretch.until, 'timestamptz')}")
    direction, beyond = ("DESC", "<") if stretch.descending else ("ASC", ">")
    key, moment = "published", "'epoch'::timestamptz + {}::bigint * interval '1 microsecond'"
    if stretch.before_xid is not None:
        wanted.append(f"xid < {parameters.add(str(stretch.before_xid))}::xid8")
        key, moment = "xid", "{}::text::xid8"
    if after is not None:
        first, second = parameters.add(after[0], "bigint"), parameters.add(after[1], "bigint")
        wanted.append(f"({key}, seq) {beyond} ({moment.format(first)}, {second})")
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM event WHERE {' AND '.join(wanted) or 'true'} "
        f"ORDER BY {key} {direction}, seq {direction} LIMIT {limit}",
        *parameters.values,
    )
    return [entry(row) for row in rows]


def among(column: str, values: list[str], parameters: Parameters) -> list[str]:
    """Conditions that say that a column has one of some values, in the form that fits an index."""
    if len(values) == 1:
        # An index that begins with the column then gives the order too.
        found = [f"{column} = {parameters.add(values[0])}"]
    else:
        found = [f"{column} = ANY ({parameters.add(values, 'text[]')})"]
    if column == "outcome" and "SUCCESS" not in values:
        found.append("outcome <> 'SUCCESS'")
    return found


async def find(connection: Connection, key: tuple[int, int]) -> Entry | None:
    """The entry of a key (microseconds, seq)."""
    row = await connection.fetchrow(FIND, *key)
    return entry(row) if row else None


async def list_of_transaction(connection: Connection, transaction_id: str, limit: int) -> list[Entry]:
    return [entry(row) for row in await connection.fetch(OF_TRANSACTION, transaction_id, limit)]


def entry(row: asyncpg.Record) -> Entry:
    return Entry(
        row["published"],
        row["seq"],
        int(row["xid"]),
        row["type"],
        row["outcome"],
        row["reason"],
        row["transaction_id"],
        row["actor_id"],
        row["user_id"],
        row["group_id"],
        row["app_id"],
        row["detail"] or {},
    )


async def horizon(connection: Connection) -> int:
    """The oldest transaction that may still write entries; all older ones are over."""
    return int(await connection.fetchval(HORIZON))


async def surroundings(connection: Connection, entries: Sequence[Entry]) -> Surroundings:
    """What the entries' ids stand for, a query for each kind of thing."""

    async def rows(sql: str, ids: Iterable[str | None]) -> list[asyncpg.Record]:
        known = sorted({each for each in ids if each is not None})
        return await connection.fetch(sql, known) if known else []

    pairs = sorted({(each.app_id, each.user_id) for each in entries if each.app_id and each.user_id})
    versions = sorted({(each.user_id, each.detail["version"]) for each in entries if "version" in each.detail})
    users = await rows(USERS, (id for each in entries for id in (each.user_id, each.actor_id)))
    return Surroundings(
        {row["id"]: (row["login"], row["shown"] or row["name"]) for row in users},
        {row["id"]: row["name"] for row in await rows(GROUPS, (each.group_id for each in entries))},
        {row["id"]: row["label"] for row in await rows(APPS, (each.app_id for each in entries))},
        {row["id"]: row["name"] for row in await rows(TOKENS, (each.actor_id for each in entries))},
        {(row["app_id"], row["user_id"]): row["username"] for row in await in_pairs(connection, USERNAMES, pairs)},
        await profile_changes(connection, versions),
        {
            row["transaction_id"]: Origin(row["path"], row["ip"], row["user_agent"])
            for row in await rows(ORIGINS, (each.transaction_id for each in entries))
        },
    )


async def profile_changes(connection: Connection, versions: Sequence[tuple[object, object]]) -> Changes:
    """What changed in whose profile; what is sensitive by now is asterisks."""
    rows = await in_pairs(connection, CHANGES, versions)
    hidden = {row["name"] for row in await connection.fetch(SENSITIVE)} if rows else set()
    return {
        (row["user_id"], row["version"]): (masked(row["before"], hidden), masked(row["after"], hidden)) for row in rows
    }


def masked(profile: dict[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    return {name: ASTERISKS if name in hidden else value for name, value in profile.items()}


async def in_pairs(connection: Connection, sql: str, pairs: Sequence[tuple[object, object]]) -> list[asyncpg.Record]:
    return await connection.fetch(sql, [a for a, _ in pairs], [b for _, b in pairs]) if pairs else []


async def keep_origin(
    connection: Connection, transaction_id: str, path: str, ip: str | None, user_agent: str | None
) -> None:
    """Keep where a transaction's request came from."""
    await connection.execute(KEEP_ORIGIN, transaction_id, path, ip, user_agent)


@dataclass(frozen=True, slots=True)
class QueueDepth:
    app_id: str
    lane: str
    waiting: int
    lag: float
    """Seconds since the oldest mark that is still there."""


async def queue_depths(connection: Connection) -> list[QueueDepth]:
    return [
        QueueDepth(row["app_id"], str(row["lane"]), row["waiting"], row["lag"])
        for row in await connection.fetch(DEPTHS)
    ]
