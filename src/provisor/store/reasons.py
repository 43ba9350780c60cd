"""Reads what is known of people in apps, as `provisioning.reasons` wants it: one query for one person or for a page.

The text is a part of a query over `wanted w (app_id, user_id)`; lists join it to what else they show.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provisor.apps.app import Features
from provisor.provisioning.reasons import AppFacts, Facts, MarkFacts, TaskFacts
from provisor.store.database import Connection

MOST_BEFORE = 100_000
"""Marks that are counted before somebody's own."""
NAMED = 3
"""Groups that are named as a way into the app."""

JOINS = """
JOIN apps p ON p.id = w.app_id JOIN users u ON u.id = w.user_id
LEFT JOIN app_user a ON a.app_id = w.app_id AND a.user_id = w.user_id
LEFT JOIN app_connection c ON c.app_id = w.app_id
LEFT JOIN app_lease l ON l.app_id = w.app_id
LEFT JOIN app_pause s ON s.app_id = w.app_id
LEFT JOIN dirty d ON d.app_id = w.app_id AND d.user_id = w.user_id
LEFT JOIN LATERAL (
  SELECT id, kind, summary, detail, created, last_seen FROM task
  WHERE app_id = w.app_id AND user_id = w.user_id AND resolved IS NULL ORDER BY id DESC LIMIT 1) AS t ON true
"""

COLUMNS = """
  p.id, p.label, p.status = 'ACTIVE', c.app_id IS NOT NULL, coalesce(c.status = 'ENABLED', false), p.features,
  s.since, coalesce(s.reason, ''), coalesce(l.paused_until = 'infinity', false),
  CASE WHEN l.paused_until > clock_timestamp() AND l.paused_until < 'infinity' THEN l.paused_until END,
  coalesce(l.failing_reason, l.pause_reason, ''), l.failing_since, coalesce(l.failing_tries, 0),
  (SELECT min(h.created) FROM hold h WHERE h.app_id = p.id AND h.kind = 'DEACTIVATIONS' AND h.released IS NULL),
  CASE WHEN u.deleted IS NULL THEN u.status ELSE 'DELETED' END,
  coalesce(a.assigned, false), coalesce(a.wanted, false), a.external_id, a.active, a.username,
  coalesce(a.status_changed, a.created), a.intent_at, a.last_push,
  d.since, d.lane, d.attempts, d.due = 'infinity',
  d.lane = 0 AND d.gen > coalesce((
    SELECT max(released_gen) FROM hold h WHERE h.app_id = p.id AND h.kind = 'DEACTIVATIONS'), 0),
  CASE WHEN d.due = 'infinity' THEN (
    SELECT min(h.attribute) FROM hold h JOIN held_person b ON b.hold_id = h.id
    WHERE h.app_id = p.id AND h.released IS NULL AND b.user_id = d.user_id AND b.gen = d.gen) END,
  t.id, t.kind, t.summary, t.detail, t.created, t.last_seen
"""
WIDTH = 35
"""How many columns that are."""

ONE = f"""
SELECT {COLUMNS},
  u.profile ->> 'login', concat_ws(' ', u.profile ->> 'firstName', u.profile ->> 'lastName'),
  CASE WHEN d.due < 'infinity' THEN (SELECT count(*) FROM (
    SELECT FROM dirty o WHERE o.app_id = d.app_id AND (o.lane, o.due, o.user_id) < (d.lane, d.due, d.user_id)
    LIMIT {MOST_BEFORE}) AS x) END,
  CASE WHEN NOT coalesce(a.assigned, false) THEN ARRAY(
    SELECT g.name FROM app_group ag JOIN groups g ON g.id = ag.group_id WHERE ag.app_id = p.id
    ORDER BY ag.priority, g.id LIMIT {NAMED}) END,
  CASE WHEN a.external_id IS NULL AND t.id IS NOT NULL THEN (
    SELECT o.profile ->> 'login' FROM app_user b JOIN users o ON o.id = b.user_id
    WHERE b.app_id = a.app_id AND b.user_id <> a.user_id AND b.external_id IS NOT NULL
      AND lower(b.username) = lower(a.username) LIMIT 1) END
FROM (SELECT $1::text AS app_id, $2::text AS user_id) AS w {JOINS}
"""


def facts(
    row: Sequence[Any], ways: Sequence[str] = (), position: int | None = None, holder: str | None = None
) -> Facts:
    """The columns' values as one."""
    (app_id, label, active, connected, enabled, features, paused_since, paused_for, stopped, resting_until, rest_reason,
     failing_since, failing_tries, held_since, status, assigned, wanted, external_id, there, username, since,
     intent_since, last_push, marked, lane, attempts, parked, behind_hold, overwriting,
     task_id, kind, summary, detail, created, last_seen) = row  # fmt: skip
    return Facts(
        AppFacts(
            app_id,
            label,
            active,
            connected,
            enabled,
            Features.parse(features),
            paused_since,
            paused_for,
            stopped,
            resting_until,
            rest_reason,
            failing_since,
            failing_tries,
            held_since,
        ),
        status,
        assigned,
        wanted,
        external_id,
        there,
        username,
        since,
        intent_since,
        last_push,
        MarkFacts(marked, lane, attempts, parked, behind_hold, position, overwriting) if marked is not None else None,
        TaskFacts(task_id, kind, summary, detail, created, last_seen) if task_id is not None else None,
        ways,
        holder=holder,
    )


async def find_facts(connection: Connection, app_id: str, user_id: str) -> tuple[Facts, str, str] | None:
    """What is known of one person in one app, their login and name; None when there is no such app or person."""
    row = await connection.fetchrow(ONE, app_id, user_id)
    if row is None:
        return None
    *columns, login, name, position, ways, holder = row
    return facts(columns, ways or (), position, holder), login or "", name or login or user_id
