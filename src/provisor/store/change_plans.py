"""Plans of pending changes as rows, with their people; what of an app's set-up they were worked out from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record

from provisor.provisioning.plan import Step
from provisor.provisioning.planned import Planned
from provisor.provisioning.trial import Stage, share_of
from provisor.store.database import Connection

COLUMNS = """id, app_id, change, state, base, counts, overwrites, created, created_by, expires, ended, ended_by, reason,
  type_id, percent, people, stage_since, expires < clock_timestamp() AS expired"""


@dataclass(frozen=True, slots=True)
class PlanRow:
    id: str
    app_id: str
    change: dict[str, Any]
    state: str
    base: dict[str, str]
    counts: dict[str, int]
    """People by step."""
    overwrites: dict[str, int]
    created: datetime
    created_by: str
    expires: datetime
    ended: datetime | None
    ended_by: str | None
    reason: str
    type_id: str | None
    """On trial: for people of this type."""
    stage: Stage
    stage_since: datetime | None
    expired: bool


def plan_row(row: Record) -> PlanRow:
    columns = dict(row)
    stage = Stage(columns.pop("percent"), frozenset(columns.pop("people")))
    return PlanRow(**columns, stage=stage)


async def insert(
    connection: Connection,
    plan_id: str,
    app_id: str,
    change: Mapping[str, Any],
    base: Mapping[str, str],
    actor_id: str,
    seconds: float,
) -> datetime:
    """Begin a plan that can be used for so many seconds; its moment. The counts follow."""
    row: datetime = await connection.fetchval(
        """INSERT INTO change_plan (id, app_id, change, state, base, counts, overwrites, created, created_by, expires)
        VALUES ($1, $2, $3, 'PENDING', $4, '{}', '{}', now(), $5, now() + make_interval(secs => $6))
        RETURNING created""",
        plan_id,
        app_id,
        dict(change),
        dict(base),
        actor_id,
        seconds,
    )
    return row


async def count(
    connection: Connection, plan_id: str, counts: Mapping[Step, int], overwrites: Mapping[str, int]
) -> None:
    await connection.execute(
        "UPDATE change_plan SET counts = $2, overwrites = $3 WHERE id = $1",
        plan_id,
        {step.value: number for step, number in counts.items()},
        dict(overwrites),
    )


async def add_people(connection: Connection, plan_id: str, planned: Sequence[Planned]) -> None:
    """Write a stretch of a plan's people."""
    await connection.copy_records_to_table(
        "planned_operation",
        columns=["plan_id", "user_id", "step", "sent", "held", "share"],
        records=[
            (plan_id, each.user_id, each.step.value, each.sent, each.held, share_of(plan_id, each.user_id))
            for each in planned
        ],
    )


async def find(connection: Connection, plan_id: str) -> PlanRow | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM change_plan WHERE id = $1", plan_id)
    return plan_row(row) if row else None


async def hold(connection: Connection, plan_id: str) -> PlanRow | None:
    """The plan, locked until the transaction ends."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM change_plan WHERE id = $1 FOR UPDATE", plan_id)
    return plan_row(row) if row else None


async def find_trial(connection: Connection, app_id: str) -> PlanRow | None:
    """The plan that is on trial in an app."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM change_plan WHERE app_id = $1 AND state = 'TRIAL'", app_id)
    return plan_row(row) if row else None


async def list_of_app(connection: Connection, app_id: str, limit: int) -> list[PlanRow]:
    """An app's plans, the latest first."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM change_plan WHERE app_id = $1 ORDER BY id DESC LIMIT $2", app_id, limit
    )
    return [plan_row(row) for row in rows]


async def people(
    connection: Connection, plan_id: str, after: str, limit: int, steps: Sequence[Step] | None = None
) -> list[Planned]:
    """The next people of a plan by id, of these steps only if some are named."""
    rows = await connection.fetch(
        """SELECT user_id, step, sent, held FROM planned_operation
        WHERE plan_id = $1 AND user_id > $2 AND ($4::text[] IS NULL OR step = ANY ($4))
        ORDER BY user_id LIMIT $3""",
        plan_id,
        after,
        limit,
        None if steps is None else [step.value for step in steps],
    )
    return [Planned(row[0], Step(row[1]), row[2], row[3]) for row in rows]


async def people_until(connection: Connection, plan_id: str, after: str, last: str | None) -> dict[str, Planned]:
    """A plan's people between two ids, without the first; None = to the end."""
    rows = await connection.fetch(
        """SELECT user_id, step, sent, held FROM planned_operation
        WHERE plan_id = $1 AND user_id > $2 AND ($3::text IS NULL OR user_id <= $3)""",
        plan_id,
        after,
        last,
    )
    return {row[0]: Planned(row[0], Step(row[1]), row[2], row[3]) for row in rows}


async def logins(connection: Connection, user_ids: Sequence[str]) -> dict[str, str]:
    """People's logins by id; those who are gone are absent."""
    rows = await connection.fetch(
        "SELECT id, profile ->> 'login' FROM users WHERE id = ANY ($1::text[]) AND deleted IS NULL", user_ids
    )
    return {row[0]: row[1] for row in rows}


async def end(connection: Connection, plan_id: str, state: str, actor_id: str, reason: str = "") -> None:
    """A plan has come to its end."""
    await connection.execute(
        """UPDATE change_plan SET state = $2, ended = clock_timestamp(), ended_by = $3, reason = $4 WHERE id = $1""",
        plan_id,
        state,
        actor_id,
        reason,
    )


async def set_stage(
    connection: Connection, plan_id: str, type_id: str, properties: Sequence[Mapping[str, Any]], stage: Stage
) -> None:
    """Put a plan on trial, or widen its trial."""
    await connection.execute(
        """UPDATE change_plan SET state = 'TRIAL', type_id = $2, properties = $3, percent = $4, people = $5,
          stage_since = clock_timestamp() WHERE id = $1""",
        plan_id,
        type_id,
        [dict(each) for each in properties],
        stage.percent,
        sorted(stage.people),
    )


async def properties_of(connection: Connection, plan_id: str) -> list[dict[str, Any]]:
    """The mapping that a plan has on trial."""
    found: list[dict[str, Any]] = await connection.fetchval(
        "SELECT coalesce(properties, '[]') FROM change_plan WHERE id = $1", plan_id
    )
    return found


async def delete(connection: Connection, plan_id: str) -> None:
    await connection.execute("DELETE FROM change_plan WHERE id = $1", plan_id)


async def tidy(connection: Connection) -> None:
    """Forget plans that expired unused, and who was in plans that ended long ago."""
    await connection.execute(
        """DELETE FROM change_plan WHERE id IN (SELECT id FROM change_plan
          WHERE state = 'PENDING' AND expires < clock_timestamp() - interval '1 day'
          ORDER BY id FOR UPDATE SKIP LOCKED)"""
    )
    await connection.execute(
        """DELETE FROM planned_operation o USING change_plan p
        WHERE p.id = o.plan_id AND p.ended < clock_timestamp() - interval '30 days'"""
    )


BASE = """
SELECT a.features::text AS "features", a.username_template,
  coalesce(a.settings #>> '{credentials,userNameTemplate,pushStatus}', '') AS push_status,
  (SELECT s.version FROM profile_schema s WHERE s.owner = a.id) AS schema,
  (SELECT jsonb_object_agg(m.id, m.version) FROM mapping m WHERE m.app_id = a.id AND m.direction = 'TO_APP') AS mappings
FROM apps a WHERE a.id = $1
"""


async def base_of(connection: Connection, app_id: str) -> dict[str, str]:
    """What of an app's set-up decides what its accounts look like, by name; {} when there is no such app."""
    row = await connection.fetchrow(BASE, app_id)
    if row is None:
        return {}
    return {
        "settings of provisioning to the app": row["features"],
        "username format": f"{row['username_template']} {row['push_status']}".strip(),
        "attributes of the app": str(row["schema"] or 0),
        **{f"mapping {name}": str(version) for name, version in (row["mappings"] or {}).items()},
    }


async def failed_since(connection: Connection, app_id: str, since: datetime) -> list[tuple[str, str]]:
    """(type of people, person) of those for whom a task was opened in the app since then that is still open."""
    rows = await connection.fetch(
        """SELECT u.type_id, t.user_id FROM task t JOIN users u ON u.id = t.user_id
        WHERE t.app_id = $1 AND t.resolved IS NULL AND t.created >= $2""",
        app_id,
        since,
    )
    return [(row[0], row[1]) for row in rows]


async def count_on_trial(connection: Connection, plan_id: str, stage: Stage) -> int:
    """How many of a plan's people are on trial at this stage."""
    number: int = await connection.fetchval(
        """SELECT count(*) FROM planned_operation
        WHERE plan_id = $1 AND (share < $2 OR user_id = ANY ($3::text[]))""",
        plan_id,
        stage.percent,
        sorted(stage.people),
    )
    return number
