"""Compiles an app's attributes into the function that makes the user of a create. Sends nothing.

Every new account passes here, so the tree is walked once, when the app is opened, and not per person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import TypeAlias

from provisor.connector import Desired, Json
from provisor.connectors.scim.attributes import CORE
from provisor.connectors.scim.shape import Branch, Elements, Leaf, Node, Shape

Values: TypeAlias = Mapping[str, Json]
Fill: TypeAlias = Callable[[dict[str, Json], Values], None]
Part: TypeAlias = Callable[[Values], Json]


def has_value(value: Json) -> bool:
    """Tell a value from none: an empty string or list is none, False and 0 are values."""
    return bool(value) or value == 0


def compile_create(shape: Shape, *, empty_groups: bool = True) -> Callable[[Desired, str], dict[str, Json]]:
    """Return what makes the user of `POST /Users` (RFC 7644 §3.3), in the key order of Okta's client."""
    core = _fill(shape.core)
    extensions = [(branch.key, _branch(branch)) for branch in shape.extensions]

    def render(desired: Desired, password: str) -> dict[str, Json]:
        values = desired.attributes
        schemas: list[Json] = [CORE]
        body: dict[str, Json] = {"schemas": schemas, "userName": desired.username}
        core(body, values)
        for urn, extension in extensions:
            if part := extension(values):
                schemas.append(urn)
                body[urn] = part
        body["externalId"] = desired.subject
        if empty_groups:
            body["groups"] = []
        body["password"] = password
        body["active"] = True
        return body

    return render


def _fill(nodes: tuple[Node, ...]) -> Fill:
    """Return the function that writes what has a value into an object, in the order of the nodes."""
    runs = [
        _leaves(tuple(run)) if simple else _parts(tuple(run))
        for simple, run in groupby(nodes, key=lambda node: isinstance(node, Leaf))
    ]
    if len(runs) == 1:
        return runs[0]

    def fill(into: dict[str, Json], values: Values) -> None:
        for run in runs:
            run(into, values)

    return fill


def _leaves(nodes: tuple[Node, ...]) -> Fill:
    pairs = [(node.key, node.source) for node in nodes if isinstance(node, Leaf)]

    def fill(into: dict[str, Json], values: Values) -> None:
        get = values.get
        for key, source in pairs:
            value = get(source)
            if value or (value is not None and value == 0):  # has_value, spelt out: this is the innermost loop
                into[key] = value

    return fill


def _parts(nodes: tuple[Node, ...]) -> Fill:
    parts = [(n.key, _branch(n) if isinstance(n, Branch) else _array(n)) for n in nodes if not isinstance(n, Leaf)]

    def fill(into: dict[str, Json], values: Values) -> None:
        for key, part in parts:
            if built := part(values):
                into[key] = built

    return fill


def _branch(node: Branch) -> Part:
    fill = _fill(node.children)

    def build(values: Values) -> Json:
        built: dict[str, Json] = {}
        fill(built, values)
        return built

    return build


def _array(node: Elements) -> Part:
    plan = [(element.where.key, element.where.value, _fill(element.children)) for element in node.elements]

    def build(values: Values) -> Json:
        built: list[Json] = []
        for key, marker, fill in plan:
            element: dict[str, Json] = {key: marker}
            fill(element, values)
            if len(element) > (2 if "type" in element and key != "type" else 1):  # a type alone says nothing
                built.append(element)
        return built

    return build
