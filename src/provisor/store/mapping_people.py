"""One person as a mapping sees them, in an app or not, and what the app was last confirmed to hold of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from provisor.apps.projection import Circumstances
from provisor.expression import Group
from provisor.store.database import Connection

PERSON = """
SELECT u.id, u.status, u.profile::text, u.type_id,
  (SELECT json_agg(json_build_array(g.id, g.name, g.type, g.profile ->> 'description') ORDER BY g.id)::text
    FROM membership m JOIN groups g ON g.id = m.group_id WHERE m.user_id = u.id),
  (SELECT s.pushed::text FROM app_user_state s WHERE s.app_id = $2 AND s.user_id = u.id)
FROM users u WHERE u.deleted IS NULL AND (u.id = $1 OR u.login_key = $1) ORDER BY u.id = $1 DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class MappedPerson:
    id: str
    type_id: str
    profile: dict[str, Any]
    beside: Circumstances
    account: dict[str, Any] | None
    """What the app was last confirmed to hold; None when nothing is known."""


async def find_person(connection: Connection, id_or_login_key: str, app_id: str | None) -> MappedPerson | None:
    """The person by id or folded login; None when there is none."""
    row = await connection.fetchrow(PERSON, id_or_login_key, app_id)
    if row is None:
        return None
    user_id, status, profile, type_id, groups, pushed = row
    beside = Circumstances(
        {"id": user_id, "status": status},
        [Group(*each) for each in orjson.loads(groups or "[]")],
        now=datetime.now(UTC),
    )
    account = None if pushed is None else orjson.loads(pushed)
    return MappedPerson(user_id, type_id, orjson.loads(profile), beside, account)
