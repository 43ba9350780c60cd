"""Safeguards that tripped, as rows: opened by a worker, released by a person."""

from __future__ import annotations

from provisor.store.database import Connection

DEACTIVATIONS = "DEACTIVATIONS"


async def open_hold(connection: Connection, hold_id: str, app_id: str, waiting: int, allowed: int) -> bool:
    """Open a hold on the app's deactivations; False when one is open."""
    done = await connection.execute(
        """INSERT INTO hold (id, app_id, kind, waiting, allowed) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (app_id, kind) WHERE released IS NULL DO NOTHING""",
        hold_id,
        app_id,
        DEACTIVATIONS,
        waiting,
        allowed,
    )
    return bool(done == "INSERT 0 1")


async def release_hold(connection: Connection, app_id: str, actor_id: str) -> bool:
    """Let everybody marked until now go; False when nothing was held."""
    done = await connection.execute(
        """UPDATE hold SET released = clock_timestamp(), released_by = $3,
          released_gen = (SELECT last_value FROM generation)
        WHERE app_id = $1 AND kind = $2 AND released IS NULL""",
        app_id,
        DEACTIVATIONS,
        actor_id,
    )
    return bool(done == "UPDATE 1")
