"""Says all our values as the operations of one PATCH (RFC 7644 §3.5.2), seen or unseen. Sends nothing.

Unseen: whatever the account holds, afterwards it holds our values where they are mapped, and the rest as before.
Seen: the app's representation is at hand, so whole attributes go back as Okta's client would write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import orjson

from provisor.connector import Desired, Json
from provisor.connectors.scim.attributes import CORE
from provisor.connectors.scim.overlay import overlay, says_something
from provisor.connectors.scim.policy import ClearAs, ExternalId, Lists, PeerPolicy
from provisor.connectors.scim.render import Values, has_value
from provisor.connectors.scim.shape import Branch, Element, Elements, Leaf, Node, Shape

Operation = dict[str, Any]


def switch(active: bool) -> list[Operation]:
    """Switch an account, in Okta's form: no path, lower-case op, a JSON boolean."""
    return [{"op": "replace", "value": {"active": active}}]


def unseen(shape: Shape, policy: PeerPolicy, desired: Desired, *, activate: bool) -> list[Operation]:
    """Write every mapped attribute without having looked; the shape is one of `patchable`."""
    writing = _Writing(policy, desired.attributes)
    value: dict[str, Json] = {"userName": desired.username}
    writing.object(shape.core, "", value)
    for extension in shape.extensions:
        if part := writing.extension(extension):
            value[extension.key] = part
    if policy.external_id is ExternalId.CLAIM:
        value["externalId"] = desired.subject
    if activate:
        value["active"] = True
    return [*writing.operations, {"op": "replace", "value": value}]


def seen(
    shape: Shape, policy: PeerPolicy, current: dict[str, Json], desired: Desired, *, activate: bool
) -> list[Operation]:
    """Write every mapped attribute over the representation just read, each as a whole."""
    after = deepcopy(current)
    overlay(shape, policy, after, desired, activate=activate)
    keys = ["userName", *(node.key for node in (*shape.core, *shape.extensions)), "externalId"]
    value = {key: _named(current.get(key), after.get(key)) for key in keys if key in after or key in current}
    if activate:
        value["active"] = True
    return [{"op": "replace", "value": value}]


def _named(before: Json, after: Json) -> Json:
    """Name what the overlay took away: a PATCH leaves alone what it does not mention."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    gone: dict[str, Json] = {key: None for key in before if key not in after and key != "$ref"}
    return {key: _named(before.get(key), value) for key, value in after.items()} | gone


class _Writing:
    """Walks the shape once; what does not fit into one nested value becomes an operation before it."""

    def __init__(self, policy: PeerPolicy, values: Values) -> None:
        self._clear_as = policy.clear_as
        self._lists = policy.lists
        self._values = values
        self.operations: list[Operation] = []

    def object(self, nodes: Sequence[Node], at: str, into: dict[str, Json]) -> None:
        """Write into an object; `at` is what its attributes' paths begin with."""
        for node in nodes:
            match node:
                case Leaf(key, source):
                    self._leaf(key, source, at, into)
                case Branch(key, children):
                    self._branch(key, children, at, into)
                case Elements():
                    self._list(node, at, into)

    def extension(self, branch: Branch) -> dict[str, Json]:
        """What is written into an extension.

        One for which we have nothing is not written as an object of nulls: servers fail at giving it to an account
        that never had it.
        """
        if self._clear_as is ClearAs.NULL and not says_something(branch.children, self._values):
            self.operations += [{"op": "remove", "path": f"{branch.key}:{node.key}"} for node in branch.children]
            return {}
        part: dict[str, Json] = {}
        self.object(branch.children, f"{branch.key}:", part)
        # Values first, for servers that make the extension of what comes first.
        return dict(sorted(part.items(), key=lambda item: item[1] is None))

    def _leaf(self, key: str, source: str, at: str, into: dict[str, Json]) -> None:
        value = self._values.get(source)
        if has_value(value):
            into[key] = value
        else:
            self._clear(key, "", at, into)

    def _branch(self, key: str, children: Sequence[Node], at: str, into: dict[str, Json]) -> None:
        """Parts are replaced, the others are left alone; without any of ours the whole attribute is cleared."""
        if not says_something(children, self._values, but_type=False):
            self._clear(key, None, at, into)
            return
        part: dict[str, Json] = {}
        self.object(children, f"{at}{key}.", part)
        into[key] = part

    def _list(self, node: Elements, at: str, into: dict[str, Json]) -> None:
        ours = [element for element in node.elements if says_something(element.children, self._values)]
        rendered: list[Json] = [_element(element, self._values) for element in ours]
        if self._lists is Lists.WHOLE:
            if rendered:
                into[node.key] = rendered
            else:
                self._clear(node.key, [], at, into)
            return
        path = f"{at}{node.key}"
        # To keep what the app has, only what is added anew is taken out.
        for element in ours if self._clear_as is ClearAs.KEEP else node.elements:
            marker = orjson.dumps(element.where.value).decode()
            self.operations.append({"op": "remove", "path": f"{path}[{element.where.key} eq {marker}]"})
        if rendered:
            self.operations.append({"op": "add", "path": path, "value": rendered})

    def _clear(self, key: str, empty: Json, at: str, into: dict[str, Json]) -> None:
        match self._clear_as:
            case ClearAs.OMIT:
                self.operations.append({"op": "remove", "path": f"{at}{key}"})
            case ClearAs.NULL:
                into[key] = None
            case ClearAs.EMPTY:
                into[key] = empty
            case ClearAs.KEEP:
                pass


def _element(element: Element, values: Values) -> Json:
    """Render an element from what has a value; a new one needs no clearing."""
    rendered: dict[str, Json] = {element.where.key: element.where.value}
    _fill(element.children, values, rendered)
    return rendered


def _fill(nodes: Sequence[Node], values: Values, into: dict[str, Json]) -> None:
    for node in nodes:
        match node:
            case Leaf(key, source):
                if has_value(value := values.get(source)):
                    into[key] = value
            case Branch(key, children):
                part: dict[str, Json] = {}
                _fill(children, values, part)
                if part:
                    into[key] = part
            case Elements(key, elements):
                if inner := [_element(each, values) for each in elements if says_something(each.children, values)]:
                    into[key] = inner


def patchable(shape: Shape, policy: PeerPolicy) -> Shape:
    """Leave out what the policy says only the server writes."""
    extensions = [Branch(e.key, _writable(e.children, f"{e.key}:", policy.server_only)) for e in shape.extensions]
    return Shape(_writable(shape.core, f"{CORE}:", policy.server_only), tuple(extensions))


def _writable(nodes: Sequence[Node], at: str, server_only: Sequence[str]) -> tuple[Node, ...]:
    kept: list[Node] = []
    for node in nodes:
        if f"{at}{node.key}" in server_only:
            continue
        if isinstance(node, Branch):
            node = Branch(node.key, _writable(node.children, f"{at}{node.key}.", server_only))
        kept.append(node)
    return tuple(kept)
