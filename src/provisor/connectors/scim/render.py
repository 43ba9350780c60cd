"""Compiles an app's attributes into the function that renders the body of a create. Sends nothing.

Every new account passes here, so the tree is walked once, when the app is opened, and not per person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import orjson

from provisor.connector import Desired, Json
from provisor.connectors.scim.attributes import CORE
from provisor.connectors.scim.shape import Branch, Elements, Leaf, Node, Shape

Values: TypeAlias = Mapping[str, Json]


def has_value(value: Json) -> bool:
    """Tell a value from none: an empty string or list is none, False and 0 are values."""
    return bool(value) or value == 0


def compile_create(shape: Shape) -> Callable[[Desired, str], bytes]:
    """Return the renderer of `POST /Users` (RFC 7644 §3.3), in the key order of Okta's client."""
    core = _object(shape.core)
    extensions = [(branch.key, _object(branch.children)) for branch in shape.extensions]

    def render(desired: Desired, password: str) -> bytes:
        values = desired.attributes
        schemas: list[Json] = [CORE]
        body: dict[str, Json] = {"schemas": schemas, "userName": desired.username}
        body.update(core(values))
        for urn, extension in extensions:
            if part := extension(values):
                schemas.append(urn)
                body[urn] = part
        body["externalId"] = desired.subject
        body["groups"] = []
        body["password"] = password
        body["active"] = True
        return orjson.dumps(body)

    return render


def _object(nodes: tuple[Node, ...]) -> Callable[[Values], dict[str, Json]]:
    plan: list[tuple[str, str, Callable[[Values], Json] | None]] = []
    for node in nodes:
        match node:
            case Leaf(key, source):
                plan.append((key, source, None))
            case Branch(key, children):
                plan.append((key, "", _object(children)))
            case Elements(key):
                plan.append((key, "", _array(node)))

    def build(values: Values) -> dict[str, Json]:
        built: dict[str, Json] = {}
        get = values.get
        for key, source, part in plan:
            value = get(source) if part is None else part(values)
            if value or value == 0:  # has_value, spelt out: this is the innermost loop
                built[key] = value
        return built

    return build


def _array(node: Elements) -> Callable[[Values], list[Json]]:
    plan = [(element.where.key, element.where.value, _object(element.children)) for element in node.elements]

    def build(values: Values) -> list[Json]:
        built: list[Json] = []
        for key, marker, element in plan:
            part = element(values)
            if len(part) > ("type" in part):  # a type alone says nothing
                built.append({key: marker, **part})
        return built

    return build
