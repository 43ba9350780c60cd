"""People who are begun alone because workers died with their app in hand: over whom how many have died since.

The number stands in the mark's attempts, far above any that is reached by trying. Costs nothing while nobody dies.
"""

from __future__ import annotations

from provisor.store.database import Connection

ALONE = 20_000
"""Attempts of somebody who has been begun alone."""
DEATH = 1_000
"""Added whenever they are begun alone once more, by another worker. Tries add less."""


async def begin(connection: Connection, app_id: str, user_id: str) -> int:
    """Note, before anything is decided for them, that a worker begins with a person alone; how many died over it."""
    deaths: int | None = await connection.fetchval(
        """UPDATE dirty SET attempts = CASE
          WHEN attempts < $3 THEN $3 + least(attempts, $4 - 1) ELSE least(attempts + $4, 32000) END
        WHERE app_id = $1 AND user_id = $2 RETURNING (attempts - $3) / $4""",
        app_id,
        user_id,
        ALONE,
        DEATH,
    )
    return deaths or 0


async def forget(connection: Connection, app_id: str) -> None:
    """The worker that began with people alone is alive: only their tries are remembered."""
    await connection.execute(
        "UPDATE dirty SET attempts = attempts % $3 WHERE app_id = $1 AND attempts >= $2", app_id, ALONE, DEATH
    )
