"""What beside the profile bears on an account, as columns of a query over `app_user a`, and as the value it becomes.

What few apps or people have costs others next to nothing: the sub-queries run only where they are asked for, and what
was typed for single people is in a table of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from provisor.apps.layers import GroupValues
from provisor.apps.projection import NOTHING_ELSE, Circumstances, Needs
from provisor.expression import Group

COLUMNS = """
  CASE WHEN {groups} THEN (
    SELECT json_agg(json_build_array(g.id, g.name, g.type, g.profile ->> 'description') ORDER BY g.id)::text
    FROM membership m JOIN groups g ON g.id = m.group_id WHERE m.user_id = a.user_id) END AS groups,
  CASE WHEN {account} THEN (
    SELECT s.pushed::text FROM app_user_state s WHERE s.app_id = a.app_id AND s.user_id = a.user_id) END AS account,
  CASE WHEN EXISTS (SELECT FROM app_user_value x WHERE x.app_id = $1) THEN (
    SELECT v.overrides::text FROM app_user_value v
    WHERE v.app_id = a.app_id AND v.user_id = a.user_id) END AS overrides,
  CASE WHEN EXISTS (SELECT FROM app_user_value x WHERE x.app_id = $1) THEN (
    SELECT v.given::text FROM app_user_value v WHERE v.app_id = a.app_id AND v.user_id = a.user_id) END AS given,
  CASE WHEN EXISTS (SELECT FROM app_group x WHERE x.app_id = $1 AND x.profile <> '{{}}') THEN (
    SELECT json_agg(json_build_array(x.group_id, x.profile) ORDER BY x.priority, x.group_id)::text
    FROM app_group x JOIN membership m ON m.group_id = x.group_id
    WHERE x.app_id = a.app_id AND m.user_id = a.user_id AND x.profile <> '{{}}') END AS group_values
"""
"""The app's id is $1. `groups` and `account` are conditions: whether a mapping reads them (`Needs`)."""


def circumstances(
    needs: Needs,
    user_id: str,
    status: str,
    external_id: str | None,
    groups: str | None,
    account: str | None,
    overrides: str | None,
    given: str | None,
    group_values: str | None,
) -> Circumstances:
    """The columns' values as one; the same object for everybody of whom there is nothing to say."""
    if not (groups or account or overrides or given or group_values or needs.internal or needs.time):
        return NOTHING_ELSE
    return Circumstances(
        {"id": user_id, "status": status} if needs.internal else {},
        [Group(*each) for each in loaded(groups, [])],
        loaded(overrides, {}),
        loaded(given, {}),
        tuple(GroupValues(group_id, values) for group_id, values in loaded(group_values, [])),
        loaded(account, None) if external_id is not None else None,
        datetime.now(UTC) if needs.time else None,
    )


def loaded(text: str | None, otherwise: Any) -> Any:
    return otherwise if text is None else orjson.loads(text)
