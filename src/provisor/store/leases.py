"""Which worker owns which app: leases with an epoch, judged by the database's clock; and an app's pauses."""

from __future__ import annotations

from collections.abc import Sequence

from provisor.store.database import Connection

# An app is worth owning when it may be worked and something is due, or soon will be.
CLAIMABLE = """
SELECT a.id FROM apps a JOIN app_connection c ON c.app_id = a.id LEFT JOIN app_lease l ON l.app_id = a.id
WHERE a.status = 'ACTIVE' AND c.status = 'ENABLED' AND ($1::text IS NULL OR a.id = $1)
  AND (l.app_id IS NULL OR l.alive_until < clock_timestamp())
  AND EXISTS (SELECT FROM dirty d WHERE d.app_id = a.id AND d.due < 'infinity')
"""

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


async def extend(connection: Connection, owner: str, app_ids: Sequence[str], seconds: float) -> set[str]:
    """Keep these apps for a while longer; those that are still ours."""
    rows = await connection.fetch(
        """UPDATE app_lease SET alive_until = clock_timestamp() + make_interval(secs => $3)
        WHERE owner = $1 AND app_id = ANY ($2::text[]) AND alive_until > clock_timestamp() RETURNING app_id""",
        owner,
        app_ids,
        seconds,
    )
    return {row[0] for row in rows}


async def release(connection: Connection, app_id: str, owner: str, epoch: int) -> None:
    """Give an app up at once, so that nobody waits for the lease to run out."""
    await connection.execute(
        "UPDATE app_lease SET alive_until = '-infinity' WHERE app_id = $1 AND owner = $2 AND epoch = $3",
        app_id,
        owner,
        epoch,
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
