"""Whose accounts had which attribute overwritten lately, and whom somebody's plan covers, as sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from provisor.store.database import Connection


async def counts(connection: Connection, app_id: str, attributes: Sequence[str], window: float) -> dict[str, int]:
    """People by attribute within the last `window` seconds."""
    rows = await connection.fetch(
        """SELECT attribute, count(*) FROM overwrite WHERE app_id = $1 AND attribute = ANY ($2::text[])
          AND at > clock_timestamp() - make_interval(secs => $3) GROUP BY attribute""",
        app_id,
        attributes,
        window,
    )
    return {row[0]: row[1] for row in rows}


async def known(
    connection: Connection, app_id: str, pairs: Sequence[tuple[str, str]], window: float
) -> set[tuple[str, str]]:
    """Those of these (attribute, person) that were counted within the window."""
    rows = await connection.fetch(
        """SELECT o.attribute, o.user_id FROM unnest($2::text[], $3::text[]) AS p (attribute, user_id)
        JOIN overwrite o ON o.app_id = $1 AND o.attribute = p.attribute AND o.user_id = p.user_id
        WHERE o.at > clock_timestamp() - make_interval(secs => $4)""",
        app_id,
        [attribute for attribute, _ in pairs],
        [user_id for _, user_id in pairs],
        window,
    )
    return {(row[0], row[1]) for row in rows}


async def add(connection: Connection, app_id: str, pairs: Sequence[tuple[str, str]], window: float) -> None:
    """Count these distinct (attribute, person), and forget what is older than the window."""
    await connection.execute(
        """INSERT INTO overwrite AS o (app_id, attribute, user_id)
        SELECT $1, attribute, user_id FROM unnest($2::text[], $3::text[]) AS p (attribute, user_id) ORDER BY 2, 3
        ON CONFLICT (app_id, attribute, user_id) DO UPDATE SET at = excluded.at""",
        app_id,
        [attribute for attribute, _ in pairs],
        [user_id for _, user_id in pairs],
    )
    await connection.execute(
        """DELETE FROM overwrite WHERE app_id = $1 AND attribute = ANY ($2::text[])
          AND at <= clock_timestamp() - make_interval(secs => $3)""",
        app_id,
        sorted({attribute for attribute, _ in pairs}),
        window,
    )


async def approved(connection: Connection, app_id: str, sent: Mapping[str, bytes]) -> set[str]:
    """People who would be sent what an applied plan says of them, or one on trial with them."""
    rows = await connection.fetch(
        """SELECT o.user_id FROM change_plan p JOIN planned_operation o ON o.plan_id = p.id
        JOIN unnest($2::text[], $3::bytea[]) AS s (user_id, sent) ON s.user_id = o.user_id AND s.sent = o.sent
        WHERE p.app_id = $1 AND (p.state = 'APPLIED'
          OR p.state = 'TRIAL' AND (o.share < p.percent OR o.user_id = ANY (p.people)))""",
        app_id,
        list(sent),
        list(sent.values()),
    )
    return {row[0] for row in rows}
