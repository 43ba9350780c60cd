"""Finds the handler of a request. A literal segment wins over a parameter; segments are decoded one by one.

Splitting before decoding lets an id hold a slash (`/users/a%2Fb`), as logins may.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.errors import ApiError

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

PARAMETER = "*"


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    """For instance `/api/v1/users/{id}`; the parameters appear in `request.path_params`."""
    handler: Handler
    public: bool = False
    """Answers without a token."""


@dataclass(slots=True)
class Node:
    routes: dict[str, Route] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)


class Router:
    """A tree of path segments, built once."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = Node()
        for route in routes:
            node = self._root
            for segment in segments(route.path):
                key = PARAMETER if segment.startswith("{") else segment
                node = node.children.setdefault(key, Node())
            if route.method in node.routes:
                raise ValueError(f"Two handlers for {route.method} {route.path}.")
            node.routes[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and its parameters for a raw path; raises E0000008 or E0000022."""
        parts = [unquote(part) for part in segments(path)]
        node = find_node(self._root, parts, 0)
        if node is None:
            raise ApiError("E0000008", path)
        route = node.routes.get("GET" if method == "HEAD" else method)
        if route is None:
            raise ApiError("E0000022", causes=[f"{path} supports {', '.join(sorted(node.routes))}."])
        names = segments(route.path)
        return route, {name[1:-1]: part for name, part in zip(names, parts, strict=True) if name.startswith("{")}


def segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def find_node(node: Node, parts: list[str], at: int) -> Node | None:
    if at == len(parts):
        return node if node.routes else None
    for key in (parts[at], PARAMETER):
        child = node.children.get(key)
        found = find_node(child, parts, at + 1) if child else None
        if found:
            return found
    return None
