"""Takes away what a run created: deletes it, else switches it off, else says where it was left.

Only what a POST of this run made is touched, under the id that its answer gave; where the answer was lost, what has
exactly the made-up name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisor.conformance.answers import Answer, find
from provisor.conformance.report import Leftover
from provisor.conformance.suite import Suite, Template
from provisor.conformance.target import SILENCES, NoAnswer, Target
from provisor.conformance.variables import fill, substitute
from provisor.scim import urns

CORE_1 = "urn:scim:schemas:core:1.0"
_GONE = frozenset({200, 202, 204, 404, 410})


@dataclass(frozen=True, slots=True)
class Created:
    """One POST that created something, or may have."""

    endpoint: str
    name_attribute: str
    name: str
    id: str | None
    """None = unknown: the answer was lost, or had none."""

    @classmethod
    def of(cls, request: Template, variables: Mapping[str, Any], outcome: Answer | NoAnswer) -> Created | None:
        """What this POST created; None when surely nothing, or nothing that could be found again."""
        body = substitute(request.body, variables) if isinstance(request.body, dict) else {}
        attribute = next((each for each in ("userName", "displayName") if isinstance(body.get(each), str)), None)
        if attribute is None or request.path.count("/") != 1:
            return None
        if isinstance(outcome, NoAnswer):
            return cls(request.path, attribute, body[attribute], None) if outcome.sent else None
        if not 200 <= outcome.status < 300:
            return None
        id_ = find(outcome.parse(), "id")
        return cls(request.path, attribute, body[attribute], id_ if isinstance(id_, str) and id_ else None)


async def clear_away(target: Target, suite: Suite, created: Sequence[Created]) -> tuple[int, int, list[Leftover]]:
    """Return how many were deleted, how many switched off, and what is left. The newest go first."""
    removed, switched_off, left = 0, 0, []
    for each in reversed(created):
        if target.silences >= SILENCES:
            left.append(_left(each, "the server has stopped answering"))
            continue
        ids = [each.id] if each.id else await _look_up(target, suite, each)
        if ids is None:
            left.append(_left(each, "its id is not known, and it was not found by its name"))
        for id_ in ids or ():
            status = await _delete(target, suite, each.endpoint, id_)
            if status in _GONE:
                removed += 1
            elif each.name_attribute == "userName" and await _switch_off(target, suite, each.endpoint, id_):
                switched_off += 1
            else:
                words = f"DELETE was answered {status}" if status else "DELETE was not answered"
                left.append(Leftover(each.name, f"{each.endpoint}/{id_}", words))
    return removed, switched_off, left


def _left(created: Created, why: str) -> Leftover:
    return Leftover(created.name, created.endpoint, why)


async def _delete(target: Target, suite: Suite, endpoint: str, id_: str) -> int | None:
    return await _status(target, suite, Template("DELETE", f"{endpoint}/{{id}}"), id_)


async def _switch_off(target: Target, suite: Suite, endpoint: str, id_: str) -> bool:
    body: dict[str, Any] = {
        "schemas": [urns.PATCH_OP],
        "Operations": [{"op": "replace", "value": {"active": False}}],
    }
    if suite.protocol == "1.1":
        body = {"schemas": [CORE_1], "active": False}
    status = await _status(target, suite, Template("PATCH", f"{endpoint}/{{id}}", body=body), id_)
    return status in (200, 204)


async def _status(target: Target, suite: Suite, template: Template, id_: str) -> int | None:
    outcome, _ = await target.send(fill(template, {"id": id_}), suite.headers)
    return None if isinstance(outcome, NoAnswer) else outcome.status


async def _look_up(target: Target, suite: Suite, created: Created) -> list[str] | None:
    """The ids of what has exactly this name; None when that cannot be told."""
    query = (("filter", f'{created.name_attribute} eq "{{name}}"'),)
    quoted = created.name.replace("\\", "\\\\").replace('"', '\\"')
    request = fill(Template("GET", created.endpoint, query), {"name": quoted})
    outcome, _ = await target.send(request, suite.headers)
    if isinstance(outcome, NoAnswer) or outcome.status != 200:
        return None
    found = find(outcome.parse(), "Resources")
    if not isinstance(found, list):
        return None
    same = [each for each in found if _is_called(each, created)]
    return [each["id"] for each in same if isinstance(each.get("id"), str)]


def _is_called(resource: Any, created: Created) -> bool:
    # A server that ignores the filter returns strangers.
    if not isinstance(resource, dict):
        return False
    return str(resource.get(created.name_attribute, "")).casefold() == created.name.casefold()
