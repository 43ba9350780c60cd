"""Which worker owns which app: leases with an epoch, judged by the database's clock; and an app's pauses.

An epoch also counts: claiming adds one, giving up goes on to the next full thousand. What is beyond it is how many
leases have begun since the last one that was given up, so that dying workers are noticed at no cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from provisor.store.database import Connection

# An app is worth owning when it may be worked and something is due, or soon will be.
CLAIMABLE = """
SELECT a.id FROM apps a JOIN app_connection c ON c.app_id = a.id LEFT JOIN app_lease l ON l.app_id = a.id
WHERE a.status = 'ACTIVE' AND c.status = 'ENABLED' AND ($1::text IS NULL OR a.id = $1)
  AND (l.app_id IS NULL OR l.alive_until < clock_timestamp())
  AND NOT EXISTS (SELECT FROM app_pause p WHERE p.app_id = a.id)
  AND (EXISTS (SELECT FROM dirty d WHERE d.app_id = a.id AND d.due < 'infinity')
    OR EXISTS (SELECT FROM drift_run r WHERE r.app_id = a.id AND r.finished IS NULL))
"""

STRETCH = 1000

CLAIM = """
INSERT INTO app_lease AS l (app_id, owner, epoch, alive_until)
VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (app_id) DO UPDATE SET owner = excluded.owner, epoch = l.epoch + 1, alive_until = excluded.alive_until
WHERE l.alive_until < clock_timestamp()
RETURNING epoch
"""


async def claimable(connection: Connection, app_id: str | None = None) -> list[str]:
    """Apps (or this one) with work that nobody alive owns."""
    return [row[0] for row in await connection.fetch(CLAIMABLE, app_id)]


async def claim(connection: Connection, app_id: str, owner: str, seconds: float) -> int | None:
    """Take an app; its new epoch, or None when somebody else was faster."""
    epoch: int | None = await connection.fetchval(CLAIM, app_id, owner, seconds)
    return epoch


def unreleased(epoch: int) -> int:
    """How many leases before this one ended in a row without being given up: their workers died, or lost them."""
    return epoch % STRETCH - 1


async def extend(
    connection: Connection,
    owner: str,
    app_ids: Sequence[str],
    seconds: float,
    throughputs: Sequence[float | None],
) -> set[str]:
    """Keep these apps for a while longer, and store how fast each goes (None: unknown); those that are still ours."""
    rows = await connection.fetch(
        """UPDATE app_lease l SET alive_until = clock_timestamp() + make_interval(secs => $3),
          throughput = t.throughput, measured = clock_timestamp()
        FROM unnest($2::text[], $4::float8[]) AS t (app_id, throughput)
        WHERE l.owner = $1 AND l.app_id = t.app_id AND l.alive_until > clock_timestamp() RETURNING l.app_id""",
        owner,
        app_ids,
        seconds,
        throughputs,
    )
    return {row[0] for row in rows}


async def release(connection: Connection, app_id: str, owner: str, epoch: int) -> None:
    """Give an app up at once, so that nobody waits for the lease to run out."""
    await connection.execute(
        """UPDATE app_lease SET alive_until = '-infinity', epoch = (epoch / $4 + 1) * $4
        WHERE app_id = $1 AND owner = $2 AND epoch = $3 AND alive_until > clock_timestamp()""",
        app_id,
        owner,
        epoch,
        STRETCH,
    )


async def pause(connection: Connection, app_id: str, seconds: float, reason: str) -> bool:
    """Let an app rest for `seconds` (infinity = until a person acts); True when it was not resting for a person yet."""
    before: bool | None = await connection.fetchval(
        """UPDATE app_lease l SET pause_reason = $3, paused_until = CASE WHEN $2 = 'infinity'::float8 THEN 'infinity'
          ELSE greatest(l.paused_until, clock_timestamp() + make_interval(secs => $2)) END
        FROM app_lease old WHERE l.app_id = $1 AND old.app_id = $1
        RETURNING old.paused_until < 'infinity'""",
        app_id,
        seconds,
        reason,
    )
    return bool(before)


async def quarantine(connection: Connection, app_id: str, seconds: float, tries: int, reason: str) -> bool:
    """Leave a failing app alone for `seconds`; True when it was not failing before."""
    before: bool | None = await connection.fetchval(
        """UPDATE app_lease l SET failing_since = coalesce(l.failing_since, clock_timestamp()), failing_tries = $3,
          failing_reason = $4, pause_reason = $4,
          paused_until = greatest(l.paused_until, clock_timestamp() + make_interval(secs => $2))
        FROM app_lease old WHERE l.app_id = $1 AND old.app_id = $1 RETURNING old.failing_since IS NULL""",
        app_id,
        seconds,
        tries,
        reason,
    )
    return bool(before)


async def recover(connection: Connection, app_id: str) -> datetime | None:
    """The app works again; since when it had failed, None when it had not."""
    since: datetime | None = await connection.fetchval(
        """UPDATE app_lease l SET failing_since = NULL, failing_tries = 0, failing_reason = NULL
        FROM app_lease old WHERE l.app_id = $1 AND old.app_id = $1 AND old.failing_since IS NOT NULL
        RETURNING old.failing_since""",
        app_id,
    )
    return since


async def stop(connection: Connection, app_id: str, by: str, reason: str) -> bool:
    """Have nothing sent to the app until it is resumed; False when somebody has stopped it already."""
    done = await connection.execute(
        "INSERT INTO app_pause (app_id, paused_by, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        app_id,
        by,
        reason,
    )
    return bool(done == "INSERT 0 1")


async def resume(connection: Connection, app_id: str) -> bool:
    """End an administrator's pause and any rest; False when there was neither."""
    paused = await connection.execute("DELETE FROM app_pause WHERE app_id = $1", app_id)
    rested = await connection.execute(
        """UPDATE app_lease SET paused_until = '-infinity', pause_reason = NULL, resumed = clock_timestamp()
        WHERE app_id = $1 AND paused_until > clock_timestamp()""",
        app_id,
    )
    return bool(paused == "DELETE 1" or rested == "UPDATE 1")
