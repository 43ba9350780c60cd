"""The `app_policy` table: what administrators decided on how an app is treated, and what the last probe found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from provisor.store.database import Connection

PUT = """
INSERT INTO app_policy AS p (app_id, changes, version, last_updated, last_updated_by)
VALUES ($1, $2, 1, clock_timestamp(), $3)
ON CONFLICT (app_id) DO UPDATE SET changes = excluded.changes, version = p.version + 1,
  last_updated = excluded.last_updated, last_updated_by = excluded.last_updated_by
"""

PUT_PROBE = """
INSERT INTO app_policy (app_id, probed, findings, remains) VALUES ($1, clock_timestamp(), $2, $3)
ON CONFLICT (app_id) DO UPDATE SET probed = excluded.probed, findings = excluded.findings, remains = excluded.remains
"""


PUT_FINDINGS = """
INSERT INTO app_policy (app_id, findings) VALUES ($1, $2)
ON CONFLICT (app_id) DO UPDATE SET findings = excluded.findings
"""


@dataclass(frozen=True, slots=True)
class AppPolicy:
    changes: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    """Rises with every change of the fields; 0 = never changed."""
    last_updated: datetime | None = None
    last_updated_by: str | None = None
    probed: datetime | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    remains: str = ""
    """What a scratch account left in the app, in words."""


async def find(connection: Connection, app_id: str) -> AppPolicy:
    """The app's policy; an untouched one when nothing was ever decided or probed."""
    row = await connection.fetchrow(
        """SELECT changes, version, last_updated, last_updated_by, probed, findings, remains
        FROM app_policy WHERE app_id = $1""",
        app_id,
    )
    return AppPolicy(*row) if row else AppPolicy()


async def put(connection: Connection, app_id: str, changes: Mapping[str, Any], by: str) -> None:
    """Store the fields that differ. The app counts as changed, so whoever works it opens its connector anew."""
    await connection.execute(PUT, app_id, dict(changes), by)
    await connection.execute("UPDATE apps SET last_updated = clock_timestamp() WHERE id = $1", app_id)


async def put_probe(connection: Connection, app_id: str, findings: Sequence[Mapping[str, Any]], remains: str) -> None:
    """Store what a probe found, in place of what the last one did."""
    await connection.execute(PUT_PROBE, app_id, list(findings), remains)


async def put_findings(connection: Connection, app_id: str, findings: Sequence[Mapping[str, Any]]) -> None:
    """Store findings beside a probe's."""
    await connection.execute(PUT_FINDINGS, app_id, list(findings))
