"""The `sign_in_failure` table: attempts that have not succeeded, by login and by address. Keys are hashes, because
people type passwords into the wrong field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from provisor.store.database import Connection

# In the order given: everybody takes the row of the login before the one of the address.
COUNT = """
INSERT INTO sign_in_failure AS f (key, failures, since)
SELECT key, 1, now() FROM unnest($1::bytea[]) WITH ORDINALITY AS k (key, n) ORDER BY n
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN f.since <= now() - $2::interval THEN 1 ELSE f.failures + 1 END,
  since = CASE WHEN f.since <= now() - $2::interval THEN now() ELSE f.since END
RETURNING key, failures, greatest(0, extract(epoch FROM since + $2::interval - now()))::float8 AS remaining
"""
FORGET = """
DELETE FROM sign_in_failure WHERE key IN
  (SELECT key FROM sign_in_failure WHERE since <= now() - $1::interval LIMIT 100 FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Count:
    failures: int
    remaining: float
    """Seconds until counting begins anew."""


async def count(connection: Connection, keys: Sequence[bytes], window: timedelta) -> list[Count]:
    """Count an attempt under each key before it is made; as if it had failed."""
    rows = {row["key"]: row for row in await connection.fetch(COUNT, keys, window)}
    # Last, when nothing is waited for any more, so that two of us cannot wait for each other.
    await connection.execute(FORGET, window)
    return [Count(rows[key]["failures"], rows[key]["remaining"]) for key in keys]


async def take_back(connection: Connection, key: bytes) -> None:
    """One attempt under this key succeeded after all."""
    await connection.execute("UPDATE sign_in_failure SET failures = greatest(0, failures - 1) WHERE key = $1", key)


async def clear(connection: Connection, key: bytes) -> None:
    """Begin anew under this key."""
    await connection.execute("DELETE FROM sign_in_failure WHERE key = $1", key)
