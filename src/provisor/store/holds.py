"""Safeguards that tripped, as rows: opened by a worker, released or discarded by a person.

Who is released by name gets a mark of a negative generation: no safeguard counts it, and a new change makes a new mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from provisor.store.database import Connection


class HoldKind(StrEnum):
    DEACTIVATIONS = "DEACTIVATIONS"
    OVERWRITES = "OVERWRITES"
    """Updates that overwrite one attribute."""


@dataclass(frozen=True, slots=True)
class OpenHold:
    id: str
    app_id: str
    kind: HoldKind
    attribute: str | None


async def open_hold(
    connection: Connection, hold_id: str, app_id: str, waiting: int, allowed: int, attribute: str | None = None
) -> bool:
    """Open a hold on the app's deactivations, or on what overwrites an attribute; False when one is open."""
    done = await connection.execute(
        """INSERT INTO hold (id, app_id, kind, waiting, allowed, attribute) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (app_id, kind, coalesce(attribute, '')) WHERE released IS NULL DO NOTHING""",
        hold_id,
        app_id,
        HoldKind.DEACTIVATIONS if attribute is None else HoldKind.OVERWRITES,
        waiting,
        allowed,
        attribute,
    )
    return bool(done == "INSERT 0 1")


async def share_overwrites(
    connection: Connection, app_id: str, attributes: Sequence[str]
) -> dict[str, tuple[bool, int]]:
    """By attribute whose overwrites were ever held: whether they are now, and the generation they were released up to.

    Open holds stay open until the transaction ends.
    """
    await connection.execute(
        """SELECT FROM hold
        WHERE app_id = $1 AND kind = 'OVERWRITES' AND released IS NULL AND attribute = ANY ($2::text[])
        ORDER BY id FOR SHARE""",
        app_id,
        attributes,
    )
    rows = await connection.fetch(
        """SELECT attribute, bool_or(released IS NULL), coalesce(max(released_gen), 0) FROM hold
        WHERE app_id = $1 AND kind = 'OVERWRITES' AND attribute = ANY ($2::text[]) GROUP BY attribute""",
        app_id,
        attributes,
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def keep_back(connection: Connection, app_id: str, people: Sequence[tuple[str, str, int]]) -> None:
    """Park people and name them in the open holds of overwrites: (attribute, person, generation of the mark)."""
    attributes, users, generations = ([each[index] for each in people] for index in range(3))
    await connection.execute(
        """INSERT INTO held_person AS p (hold_id, user_id, gen)
        SELECT h.id, s.user_id, s.gen FROM unnest($2::text[], $3::text[], $4::bigint[]) AS s (attribute, user_id, gen)
        JOIN hold h ON h.app_id = $1 AND h.kind = 'OVERWRITES' AND h.attribute = s.attribute AND h.released IS NULL
        ORDER BY h.id, s.user_id
        ON CONFLICT (hold_id, user_id) DO UPDATE SET gen = excluded.gen""",
        app_id,
        attributes,
        users,
        generations,
    )
    await connection.execute(
        """UPDATE dirty d SET due = 'infinity' FROM unnest($2::text[], $3::bigint[]) AS s (user_id, gen)
        WHERE d.app_id = $1 AND d.user_id = s.user_id AND d.gen = s.gen""",
        app_id,
        users,
        generations,
    )


async def lock(connection: Connection, hold_id: str) -> OpenHold | None:
    """An open hold, locked until the transaction ends; None when there is none with this id."""
    row = await connection.fetchrow(
        "SELECT id, app_id, kind, attribute FROM hold WHERE id = $1 AND released IS NULL FOR UPDATE", hold_id
    )
    return OpenHold(row[0], row[1], HoldKind(row[2]), row[3]) if row else None


async def find_open(connection: Connection, app_id: str, kind: HoldKind) -> str | None:
    """The id of the app's open hold of a kind, the oldest."""
    found: str | None = await connection.fetchval(
        "SELECT id FROM hold WHERE app_id = $1 AND kind = $2 AND released IS NULL ORDER BY id LIMIT 1", app_id, kind
    )
    return found


# Deactivations up to the latest that could be seen: a generation may be taken by a transaction that is still under way.
CLOSE = """
UPDATE hold SET released = clock_timestamp(), released_by = $2, discarded = $3,
  released_gen = CASE WHEN $3 THEN NULL WHEN kind = 'OVERWRITES' THEN (SELECT last_value FROM generation)
    ELSE greatest(0, (SELECT max(gen) FROM dirty d WHERE d.app_id = hold.app_id AND d.lane = 0)) END
WHERE id = $1
"""
# Marks that a hold keeps back; `d` is the mark, `h` the hold. All of them, or those of $2.
HELD = {
    HoldKind.DEACTIVATIONS: """d.app_id = h.app_id AND d.lane = 0 AND ($2::text[] IS NULL OR d.user_id = ANY ($2))
      AND d.gen > coalesce((SELECT max(released_gen) FROM hold r
        WHERE r.app_id = h.app_id AND r.kind = 'DEACTIVATIONS'), 0)""",
    HoldKind.OVERWRITES: """d.app_id = h.app_id AND ($2::text[] IS NULL OR d.user_id = ANY ($2)) AND EXISTS (
      SELECT FROM held_person p WHERE p.hold_id = h.id AND p.user_id = d.user_id AND p.gen = d.gen)""",
}


async def release(connection: Connection, hold: OpenHold, actor_id: str) -> None:
    """Let go what is marked until now, and close the hold."""
    if hold.kind is HoldKind.OVERWRITES:
        await connection.execute(
            f"""UPDATE dirty d SET due = clock_timestamp() FROM hold h
            WHERE h.id = $1 AND {HELD[hold.kind]}""",
            hold.id,
            None,
        )
        await connection.execute(
            "DELETE FROM overwrite WHERE app_id = $1 AND attribute = $2", hold.app_id, hold.attribute
        )
    await connection.execute(CLOSE, hold.id, actor_id, False)


async def release_some(connection: Connection, hold: OpenHold, user_ids: Sequence[str]) -> list[str]:
    """Let these people go by name; those of them who were kept back. The hold stays."""
    rows = await connection.fetch(
        f"""UPDATE dirty d SET gen = -nextval('generation'), due = clock_timestamp() FROM hold h
        WHERE h.id = $1 AND {HELD[hold.kind]} RETURNING d.user_id""",
        hold.id,
        user_ids,
    )
    return [row[0] for row in rows]


async def discard(connection: Connection, hold: OpenHold, user_ids: Sequence[str] | None) -> list[str]:
    """Forget what is kept back, of these people or of all; whose it was.

    Somebody marked as leaving who belongs to the app again is no deactivation: they are looked at like others.
    """
    if hold.kind is HoldKind.DEACTIVATIONS:
        await connection.execute(
            f"""UPDATE dirty d SET lane = 1 FROM hold h, app_user a
            WHERE h.id = $1 AND {HELD[hold.kind]} AND a.app_id = d.app_id AND a.user_id = d.user_id AND a.assigned""",
            hold.id,
            user_ids,
        )
    rows = await connection.fetch(
        f"DELETE FROM dirty d USING hold h WHERE h.id = $1 AND {HELD[hold.kind]} RETURNING d.user_id",
        hold.id,
        user_ids,
    )
    return [row[0] for row in rows]


async def close_discarded(connection: Connection, hold_id: str, actor_id: str) -> None:
    await connection.execute(CLOSE, hold_id, actor_id, True)
