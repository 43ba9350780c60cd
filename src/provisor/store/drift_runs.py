"""Runs of the drift check as rows: one may be open for an app, and it moves on page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record

from provisor.provisioning.drift import Mode, Phase, Tally
from provisor.store.database import Connection

COLUMNS = """id, app_id, repair, phase, position, asked, total, counts, unkept, started, started_by, cause, finished,
  complete, reason"""


@dataclass(frozen=True, slots=True)
class DriftRun:
    id: str
    app_id: str
    repair: bool
    phase: Phase
    position: str | None
    asked: datetime
    """Before the next request is sent: whoever was written after it may be shown as they were before."""
    total: int | None
    tally: Tally
    unkept: dict[str, int]
    """By attribute, how many accounts do not keep it as it was sent."""
    started: datetime
    started_by: str
    cause: str
    finished: datetime | None
    complete: bool | None
    """Proven to have seen every account; None while under way."""
    reason: str


def _run(row: Record | None) -> DriftRun | None:
    if row is None:
        return None
    columns = dict(row)
    tally = Tally.parse(columns.pop("counts"))
    columns["phase"] = Phase(columns["phase"])
    return DriftRun(**columns, tally=tally)


async def insert(
    connection: Connection, run_id: str, app_id: str, *, repair: bool, started_by: str, cause: str
) -> bool:
    """Open a run; False while another one of the app is open."""
    done = await connection.execute(
        """INSERT INTO drift_run (id, app_id, repair, started_by, cause) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (app_id) WHERE finished IS NULL DO NOTHING""",
        run_id,
        app_id,
        repair,
        started_by,
        cause,
    )
    return bool(done == "INSERT 0 1")


async def find_last(connection: Connection, app_id: str) -> DriftRun | None:
    """The app's latest run, under way or not."""
    return _run(
        await connection.fetchrow(f"SELECT {COLUMNS} FROM drift_run WHERE app_id = $1 ORDER BY id DESC LIMIT 1", app_id)
    )


async def find_open(connection: Connection, app_id: str, *, hold: bool = False) -> DriftRun | None:
    """The run under way; held until the transaction ends if that is asked for."""
    return _run(
        await connection.fetchrow(
            f"SELECT {COLUMNS} FROM drift_run WHERE app_id = $1 AND finished IS NULL {'FOR UPDATE' if hold else ''}",
            app_id,
        )
    )


# An app whose last run began long enough ago, or that never had one. What was begun by hand counts.
DUE = """
SELECT a.id, s.mode = 'REPAIR' FROM drift_schedule s JOIN apps a ON a.id = s.app_id
JOIN app_connection c ON c.app_id = a.id
WHERE s.mode <> 'OFF' AND a.status = 'ACTIVE' AND c.status = 'ENABLED'
  AND NOT EXISTS (SELECT FROM drift_run r WHERE r.app_id = a.id
    AND (r.finished IS NULL OR r.started > clock_timestamp() - make_interval(hours => s.hours)))
ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class Schedule:
    mode: Mode = Mode.OFF
    hours: int = 24
    """Between the beginnings of two runs."""


async def find_schedule(connection: Connection, app_id: str) -> Schedule:
    """What happens by itself; nothing where nobody has said."""
    row = await connection.fetchrow("SELECT mode, hours FROM drift_schedule WHERE app_id = $1", app_id)
    return Schedule() if row is None else Schedule(Mode(row[0]), row[1])


async def put_schedule(connection: Connection, app_id: str, schedule: Schedule) -> None:
    await connection.execute(
        """INSERT INTO drift_schedule (app_id, mode, hours) VALUES ($1, $2, $3)
        ON CONFLICT (app_id) DO UPDATE SET mode = excluded.mode, hours = excluded.hours""",
        app_id,
        schedule.mode,
        schedule.hours,
    )


async def due(connection: Connection) -> list[tuple[str, bool]]:
    """Apps whose check is due, each with whether it repairs."""
    return [(row[0], row[1]) for row in await connection.fetch(DUE)]


async def move(
    connection: Connection, run_id: str, phase: Phase, position: str | None, total: int | None, tally: Tally
) -> None:
    """Note where the run stands; the next request is sent after this."""
    await connection.execute(
        """UPDATE drift_run SET phase = $2, position = $3, total = $4, counts = $5, asked = clock_timestamp()
        WHERE id = $1""",
        run_id,
        phase,
        position,
        total,
        tally.render(),
    )


KEPT_RUNS = 30
"""Finished runs that an app's history keeps."""

UNKEPT = """
SELECT coalesce(json_object_agg(name, number), '{}')::jsonb FROM (
  SELECT d.each ->> 'name' AS name, count(*) AS number
  FROM drift_finding f, jsonb_array_elements(f.differences) AS d (each)
  WHERE f.run_id = $1 AND NOT (d.each ->> 'kept')::boolean GROUP BY 1) AS n
"""


async def finish(connection: Connection, run: DriftRun, *, complete: bool, reason: str) -> dict[str, int]:
    """End a run and forget whom it saw; by attribute, how many accounts do not keep what they were sent."""
    unkept: dict[str, int] = await connection.fetchval(UNKEPT, run.id)
    await connection.execute(
        """UPDATE drift_run SET finished = clock_timestamp(), phase = 'DONE', position = NULL, complete = $2,
          reason = $3, unkept = $4 WHERE id = $1""",
        run.id,
        complete,
        reason,
        unkept,
    )
    await connection.execute("DELETE FROM drift_seen WHERE run_id = $1", run.id)
    await connection.execute(
        """DELETE FROM drift_run WHERE app_id = $1 AND id < (
          SELECT id FROM drift_run WHERE app_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)""",
        run.app_id,
        KEPT_RUNS - 1,
    )
    return unkept


async def see(connection: Connection, run_id: str, account_ids: Sequence[str]) -> int:
    """Note that these accounts were listed; how many of them had not been before."""
    done = await connection.execute(
        """INSERT INTO drift_seen (run_id, account_id) SELECT DISTINCT $1, id FROM unnest($2::text[]) AS a (id)
        ORDER BY 2 ON CONFLICT DO NOTHING""",
        run_id,
        account_ids,
    )
    return int(done.rpartition(" ")[2])


UNSEEN = """
SELECT a.user_id, a.external_id FROM app_user a
WHERE a.app_id = $2 AND a.user_id > $3 AND a.active AND a.wanted AND a.external_id IS NOT NULL
  AND coalesce(a.last_push, '-infinity') < $5
  AND NOT EXISTS (SELECT FROM drift_seen s WHERE s.run_id = $1 AND s.account_id = a.external_id)
ORDER BY a.user_id LIMIT $4
"""


async def unseen(connection: Connection, run: DriftRun, after: str, limit: int) -> list[tuple[str, str]]:
    """People whose account was there before the run began and was not listed: (user id, account id), by person."""
    rows: list[Any] = await connection.fetch(UNSEEN, run.id, run.app_id, after, limit, run.started)
    return [(row[0], row[1]) for row in rows]
