"""Which values of an account a plan would overwrite. Pure.

First values are none: nobody loses anything by them. Clearing a value overwrites it.
"""

from __future__ import annotations

from collections.abc import Mapping

from provisor.apps.app import Features
from provisor.apps.layers import has_value
from provisor.apps.mapping import USERNAME
from provisor.connector import Json
from provisor.provisioning.plan import Plan, Step

WRITING = frozenset({Step.UPDATE, Step.REACTIVATE})


def overwritten(plan: Plan, pushed: Mapping[str, Json], features: Features) -> list[str]:
    """The attributes whose value, as last confirmed, would be another one or none."""
    if plan.step not in WRITING or plan.projection is None:
        return []
    after = {USERNAME: plan.projection.username, **plan.projection.attributes}
    keeps = not features.push_nulls
    return [
        name
        for name, value in pushed.items()
        if has_value(value) and after.get(name) != value and not (keeps and name not in after)
    ]
