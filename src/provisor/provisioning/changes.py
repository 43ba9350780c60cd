"""What a plan would change at the app, value by value, each with its explanation. Pure.

The explanations are those of the projection that is going to be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from provisor.apps.layers import Origin
from provisor.apps.mapping import USERNAME
from provisor.apps.projection import Explanation
from provisor.connector import Json
from provisor.provisioning.plan import Plan, Step

ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One attribute of an account, before and after, and why."""

    attribute: str
    before: Json
    """None when the account has no value as far as we know."""
    after: Json
    """None when the value goes."""
    source: str | None
    """The profile attribute it comes from; None for constants and for what a state decides."""
    mapping: str
    """The mapping's expression, or the state that decides; empty for what was set by hand."""
    origin: Origin = Origin.MAPPING
    group_ids: tuple[str, ...] = ()
    """The groups that set it."""


def changes(plan: Plan, pushed: Mapping[str, Json]) -> list[ValueChange]:
    """Every value that differs from what was last confirmed, in the mapping's order."""
    found = [each for each in values(plan, pushed) if each.before != each.after]
    if plan.step in (Step.DEACTIVATE, Step.CLEAN_UP):
        found.append(ValueChange(ACTIVE, True, False, None, plan.reason))
    elif plan.step is Step.REACTIVATE:
        found.append(ValueChange(ACTIVE, False, True, None, plan.reason))
    return found


def values(plan: Plan, pushed: Mapping[str, Json]) -> list[ValueChange]:
    """Every value of the account with its explanation, changed or not; empty when nothing is written."""
    if plan.projection is None:
        return []
    rule = plan.projection.mappings.username
    found = [ValueChange(USERNAME, pushed.get(USERNAME), plan.projection.username, rule.source, rule.expression)]
    explained = plan.projection.explain()
    found += [_change(each, pushed) for each in explained]
    held = {each.target for each in explained} | {USERNAME}
    sources = {each.target: each for each in plan.projection.mappings.compiled}
    for attribute, before in pushed.items():
        if attribute not in held:
            gone = sources.get(attribute)
            found.append(
                ValueChange(attribute, before, None, gone.source if gone else None, gone.expression if gone else "")
            )
    return found


def _change(each: Explanation, pushed: Mapping[str, Json]) -> ValueChange:
    before = pushed.get(each.target)
    return ValueChange(each.target, before, each.value, each.source, each.expression, each.origin, each.group_ids)
