"""What changed in whose profile, by version: enough to know anybody's profile as of any date, erasable per person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisor.directory.profiles import ProfileChange
from provisor.store.database import Connection
from provisor.systemlog import EventType

INSERT = """
INSERT INTO profile_change (user_id, version, event_type, transaction_id, actor_id, before, after)
SELECT user_id, version, event_type, $6, $7, before, after
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::jsonb[], $5::jsonb[])
  AS c (user_id, version, event_type, before, after)
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    user_id: str
    version: int
    """Of the profile that the change led to; 1 is the one at creation."""
    event_type: EventType
    change: ProfileChange


async def insert(connection: Connection, changes: Sequence[Recorded], transaction_id: str, actor_id: str) -> None:
    await connection.execute(
        INSERT,
        [each.user_id for each in changes],
        [each.version for each in changes],
        [each.event_type.value for each in changes],
        [each.change.before for each in changes],
        [each.change.after for each in changes],
        transaction_id,
        actor_id,
    )


async def erase(connection: Connection, user_id: str) -> None:
    """Forget everything that was ever in this person's profile."""
    await connection.execute("DELETE FROM profile_change WHERE user_id = $1", user_id)
