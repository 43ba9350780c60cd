"""The SCIM kernel alone, one core: parse and validate, match, patch, project; beside scim2-models in the same run.

Microseconds, the best of many rounds, because what else the machine does only ever adds; `yardstick` says how fast
the machine was. Targets of the design: parse and validate a 1.8 KB user 60, one filter match 2, PATCH of one attribute
40.
    python -m benchmarks.scim_kernel [--rounds 60] [--without-peer]
"""

from __future__ import annotations

import argparse
import copy
import json
import time
import timeit
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from provisor.scim import urns
from provisor.scim.diff import diff
from provisor.scim.filters import compile_filter, parse_filter
from provisor.scim.filters.parser import Parser
from provisor.scim.messages import parse_patch
from provisor.scim.patch import apply
from provisor.scim.policy import STRICT, TOLERANT
from provisor.scim.projection import parse_projection, project
from provisor.scim.resources import validated
from provisor.scim.schemas import GROUP, USER
from provisor.scim.sql import render_where

SAMPLE = Path(__file__).parents[1] / "tests" / "spec" / "samples" / "rfc7643-8.2-user_full.json"
TARGETS = {"parse + validate": 60.0, "match": 2.0, "patch": 40.0}
FILTERS = {
    "look-up": 'userName eq "bjensen@example.com"',
    "extension": f'{urns.ENTERPRISE_USER}:department eq "tour operations"',
    "three terms": '(title sw "T" and active eq true) or meta.lastModified gt "2011-05-13T04:42:34Z"',
    "value path": 'emails[type eq "work" and value co "@example.com"] and not (userType eq "Intern")',
}
OPERATIONS: dict[str, dict[str, Any]] = {
    "one attribute": {"op": "replace", "path": "displayName", "value": "Babs"},
    "without path": {"op": "replace", "value": {"active": False}},
    "selected value": {"op": "replace", "path": 'emails[type eq "work"].value', "value": "x@example.com"},
    "remove by filter": {"op": "remove", "path": 'emails[type eq "home"]'},
}
Case = tuple[str, str, Callable[[], object]]


def user() -> dict[str, Any]:
    """The RFC's full user without what only servers write, 1.8 KB."""
    document: dict[str, Any] = json.loads(SAMPLE.read_text())
    document["nickName"] = "Babs" + " of the Tour Guides" * 4
    return {name: value for name, value in document.items() if name not in ("id", "meta", "groups")}


def kernel_cases() -> Iterator[Case]:
    """What the kernel does for one request."""
    raw = orjson.dumps(user())
    babs = validated(orjson.loads(raw), USER) | {"id": "1", "meta": {"lastModified": "2011-05-13T04:42:34Z"}}
    yield "yardstick", f"orjson.loads of {len(raw)} bytes", lambda: orjson.loads(raw)
    yield "parse + validate", f"{len(raw)} bytes, strict", lambda: validated(orjson.loads(raw), USER, STRICT)
    yield "parse + validate", f"{len(raw)} bytes, tolerant", lambda: validated(orjson.loads(raw), USER, TOLERANT)
    for name, text in FILTERS.items():
        matches = compile_filter(parse_filter(text), USER)
        yield "match", name, lambda matches=matches: matches(babs)  # type: ignore[misc]
    for name, text in FILTERS.items():
        yield "compile", name, lambda text=text: compile_filter(Parser(text).disjunction(0), USER)  # type: ignore[misc]
        yield "sql", name, lambda text=text: render_where(parse_filter(text), USER)  # type: ignore[misc]
    for name, operation in OPERATIONS.items():
        body = {"schemas": [urns.PATCH_OP], "Operations": [operation]}
        yield "patch", name, lambda body=body: apply(babs, parse_patch(body), USER)  # type: ignore[misc]
    shown = parse_projection("userName,emails.value", None)
    yield "project", "two attributes", lambda: project(babs, USER, shown)
    changed = {**babs, "title": "Lead", "emails": babs["emails"][:1]}
    yield "diff", "two attributes", lambda: diff(babs, changed, USER)
    members = [{"value": str(number)} for number in range(1000)]
    group = {"schemas": [urns.GROUP], "displayName": "g", "members": members}
    add = {"op": "add", "path": "members", "value": [{"value": "new"}]}
    body = {"schemas": [urns.PATCH_OP], "Operations": [add]}
    yield "group of 1,000", "add one member", lambda: apply(group, parse_patch(body), GROUP)


def peer_cases() -> Iterator[Case]:
    """The same by scim2-models."""
    from scim2_models import Context, EnterpriseUser, PatchOp, ScimFilter, User

    model = User[EnterpriseUser]
    raw = json.dumps(user())
    babs = model.model_validate(user())
    creation = Context.RESOURCE_CREATION_REQUEST
    yield "parse + validate", "creation request", lambda: model.model_validate_json(raw, scim_ctx=creation)
    for name, text in FILTERS.items():
        matcher = ScimFilter[model](text)  # type: ignore[valid-type]
        yield "match", name, lambda matcher=matcher: matcher.match(babs)  # type: ignore[misc]
    for name, operation in OPERATIONS.items():
        body = {"schemas": [urns.PATCH_OP], "Operations": [operation]}

        def patch(body: dict[str, Any] = body) -> object:
            parsed = PatchOp[model].model_validate(  # type: ignore[valid-type]
                copy.deepcopy(body), scim_ctx=Context.RESOURCE_PATCH_REQUEST
            )
            return parsed.patch(babs.model_copy(deep=True))

        yield "patch", name, patch


def measure(run: Callable[[], object], rounds: int) -> float:
    """Microseconds of CPU of one call, in the best of many rounds of some 3 ms: short enough to be left alone in."""
    timer = timeit.Timer(run, timer=time.process_time)
    once = max(timer.timeit(10) / 10, 1e-8)
    number = max(3, int(0.003 / once))
    return min(timer.repeat(rounds, number)) / number * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--without-peer", action="store_true")
    arguments = parser.parse_args()
    ours: dict[tuple[str, str], float] = {}
    for what, name, run in kernel_cases():
        ours[what, name] = measure(run, arguments.rounds)
        line: dict[str, Any] = {"what": what, "case": name, "us": round(ours[what, name], 2)}
        print(json.dumps(line | ({"target_us": TARGETS[what]} if what in TARGETS else {})), flush=True)
    for what, name, run in () if arguments.without_peer else peer_cases():
        took = measure(run, arguments.rounds)
        same = ours.get((what, name)) or next(us for (each, _), us in ours.items() if each == what)
        print(json.dumps({"scim2-models": what, "case": name, "us": round(took, 1), "times": round(took / same, 1)}))


if __name__ == "__main__":
    main()
