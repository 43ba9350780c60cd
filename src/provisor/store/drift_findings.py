"""What the drift check found, as rows: read beside our own records, written set-wise, and what a repair records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from provisor.provisioning.drift import Difference, Earlier, Finding, Kind, Repair
from provisor.store.database import Connection
from provisor.store.marks import UPSERT, Lane

# Whoever was written after the request was sent may be shown as before: the queue, not this, knows about them.
LINKED = """
SELECT a.external_id, a.user_id, a.active, s.pushed::text AS pushed, u.type_id,
  NOT a.wanted OR a.intent_at IS NOT NULL OR coalesce(a.last_push >= $3, false)
    OR EXISTS (SELECT FROM dirty d WHERE d.app_id = $1 AND d.user_id = a.user_id) AS waiting,
  f.differences::text AS differences, coalesce(a.last_push > f.found, false) AS written_since
FROM app_user a JOIN users u ON u.id = a.user_id
LEFT JOIN app_user_state s ON s.app_id = a.app_id AND s.user_id = a.user_id
LEFT JOIN drift_finding f ON f.app_id = a.app_id AND f.account_id = a.external_id
WHERE a.app_id = $1 AND a.external_id = ANY ($2::text[])
"""


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """Our record of an account, as far as it is compared."""

    account_id: str
    user_id: str
    active: bool | None
    pushed: Mapping[str, Any] | None
    type_id: str
    waiting: bool
    earlier: Earlier


async def linked(
    connection: Connection, app_id: str, account_ids: Sequence[str], asked: datetime
) -> dict[str, LinkedRow]:
    """Our records of these accounts, by account: whoever lacks one is nobody of ours."""
    rows = await connection.fetch(LINKED, app_id, account_ids, asked)
    return {row["external_id"]: _linked(row) for row in rows}


def _linked(row: Any) -> LinkedRow:
    differences = [] if row["differences"] is None else orjson.loads(row["differences"])
    return LinkedRow(
        row["external_id"],
        row["user_id"],
        row["active"],
        None if row["pushed"] is None else orjson.loads(row["pushed"]),
        row["type_id"],
        row["waiting"],
        Earlier([Difference.parse(each) for each in differences], row["written_since"]),
    )


PUT = """
INSERT INTO drift_finding (app_id, account_id, run_id, user_id, username, kind, differences, repaired)
SELECT $1, account_id, $2, user_id, username, kind, differences::jsonb, repaired
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[])
  AS f (account_id, user_id, username, kind, differences, repaired)
ORDER BY account_id
ON CONFLICT (app_id, account_id) DO UPDATE SET run_id = excluded.run_id, user_id = excluded.user_id,
  username = excluded.username, kind = excluded.kind, differences = excluded.differences,
  repaired = excluded.repaired, found = clock_timestamp()
"""


async def put(connection: Connection, app_id: str, run_id: str, found: Sequence[Finding]) -> None:
    """Store findings, in the place of what an earlier run found about the same accounts."""
    if found:
        await connection.execute(
            PUT,
            app_id,
            run_id,
            [each.account_id for each in found],
            [each.user_id for each in found],
            [each.username for each in found],
            [each.kind.value for each in found],
            [orjson.dumps([diff.render() for diff in each.differences]).decode() for each in found],
            [each.repaired for each in found],
        )


# Only where nothing is under way: what is written at this moment is newer than what was read.
REPAIR = f"""
WITH r AS (
  SELECT * FROM unnest($2::text[], $3::boolean[], $4::text[], $5::text[], $6::bytea[], $7::boolean[])
    AS r (user_id, active, username, pushed, digest, leaves)
), corrected AS (
  UPDATE app_user a SET active = r.active, username = coalesce(r.username, a.username), digest = r.digest,
    status_changed = CASE WHEN a.active IS DISTINCT FROM r.active THEN clock_timestamp() ELSE a.status_changed END,
    last_updated = clock_timestamp()
  FROM r WHERE a.app_id = $1 AND a.user_id = r.user_id AND a.intent_at IS NULL
  RETURNING a.user_id
), stored AS (
  UPDATE app_user_state s SET pushed = r.pushed::json FROM r JOIN corrected USING (user_id)
  WHERE s.app_id = $1 AND s.user_id = r.user_id
), marked AS (
  INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
  SELECT $1, r.user_id, nextval('generation'), CASE WHEN r.leaves THEN {Lane.LEAVING} ELSE {Lane.BULK} END,
    clock_timestamp(), clock_timestamp(), $8
  FROM r JOIN corrected USING (user_id) ORDER BY r.user_id
  {UPSERT}
)
SELECT user_id FROM corrected
"""


async def record_repairs(connection: Connection, app_id: str, repairs: Sequence[Repair], cause: str) -> set[str]:
    """Have our records say what these accounts hold, and the plan look at them; whom it was done for."""
    if not repairs:
        return set()
    rows = await connection.fetch(
        REPAIR,
        app_id,
        [each.user_id for each in repairs],
        [each.active for each in repairs],
        [each.username for each in repairs],
        [each.pushed.decode() for each in repairs],
        [each.digest for each in repairs],
        [each.leaves for each in repairs],
        cause,
    )
    return {row[0] for row in rows}


async def drop_others(connection: Connection, app_id: str, run_id: str) -> None:
    """Forget what earlier runs found and this one, which has looked at everybody, did not."""
    await connection.execute("DELETE FROM drift_finding WHERE app_id = $1 AND run_id <> $2", app_id, run_id)


@dataclass(frozen=True, slots=True)
class FindingRow:
    account_id: str
    user_id: str | None
    login: str | None
    """The person's; None for somebody deleted, and for nobody of ours."""
    username: str | None
    kind: Kind
    differences: tuple[Difference, ...]
    repaired: bool
    found: datetime


PAGE = """
SELECT f.account_id, f.user_id, u.profile ->> 'login' AS login, f.username, f.kind, f.differences, f.repaired, f.found
FROM drift_finding f LEFT JOIN users u ON u.id = f.user_id AND u.deleted IS NULL
WHERE f.app_id = $1 AND f.run_id = $2 AND f.account_id > $3 AND ($4::text IS NULL OR f.kind = $4)
ORDER BY f.account_id LIMIT $5
"""


async def page(
    connection: Connection, app_id: str, run_id: str, kind: Kind | None, after: str, limit: int
) -> list[FindingRow]:
    """A page of what a run found, by account."""
    rows = await connection.fetch(PAGE, app_id, run_id, after, kind, limit)
    return [
        FindingRow(
            row["account_id"],
            row["user_id"],
            row["login"],
            row["username"],
            Kind(row["kind"]),
            tuple(Difference.parse(each) for each in row["differences"]),
            row["repaired"],
            row["found"],
        )
        for row in rows
    ]


# The link is forgotten because the app itself has said that it does not know the account.
RECREATE = f"""
WITH gone AS (
  SELECT user_id, account_id FROM drift_finding
  WHERE app_id = $1 AND kind = 'MISSING' AND ($2::text[] IS NULL OR user_id = ANY ($2::text[]))
), unlinked AS (
  UPDATE app_user a SET external_id = NULL, active = NULL, digest = NULL, last_updated = clock_timestamp()
  FROM gone WHERE a.app_id = $1 AND a.user_id = gone.user_id AND a.external_id = gone.account_id
    AND a.intent_at IS NULL
  RETURNING a.user_id, gone.account_id
), done AS (
  DELETE FROM drift_finding f USING unlinked WHERE f.app_id = $1 AND f.account_id = unlinked.account_id
), marked AS (
  INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
  SELECT $1, user_id, nextval('generation'), {Lane.BULK}, clock_timestamp(), clock_timestamp(), $3
  FROM unlinked ORDER BY user_id
  {UPSERT}
)
SELECT user_id FROM unlinked
"""


async def recreate(connection: Connection, app_id: str, user_ids: Sequence[str] | None, cause: str) -> list[str]:
    """Let go of accounts that are gone (these people's, or all), so that the plan makes new ones; whose it were."""
    return [row[0] for row in await connection.fetch(RECREATE, app_id, user_ids, cause)]


async def count_missing(connection: Connection, app_id: str) -> int:
    """People whose account is gone, as the latest run found."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM drift_finding WHERE app_id = $1 AND kind = 'MISSING'", app_id
    )
    return number


async def names_of_missing(connection: Connection, app_id: str, limit: int) -> list[str]:
    """The first of them."""
    rows = await connection.fetch(
        """SELECT coalesce(u.profile ->> 'login', f.user_id) FROM drift_finding f
        LEFT JOIN users u ON u.id = f.user_id AND u.deleted IS NULL
        WHERE f.app_id = $1 AND f.kind = 'MISSING' ORDER BY 1 LIMIT $2""",
        app_id,
        limit,
    )
    return [row[0] for row in rows]
