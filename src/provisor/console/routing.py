"""Which handler answers a path of the console, and what the visitor must be allowed to do to get there.

Services ask for permissions too; the need written here lets a page be refused before it is built, and lets a test
enumerate every route with every role.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from starlette.responses import Response

from provisor.services.actor import Permission

if TYPE_CHECKING:
    from provisor.console.visit import Visit

Handler: TypeAlias = "Callable[[Visit], Awaitable[Response]]"


class Access(Enum):
    """Needs that are not permissions of administrators."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed in"
    """Any person with a session: what concerns only themselves."""


Need: TypeAlias = Access | Permission


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    """For instance `/admin/people/{id}`; the parameters appear in `visit.params`."""
    handler: Handler
    need: Need


def get(path: str, handler: Handler, need: Need = Permission.READ) -> Route:
    return Route("GET", path, handler, need)


def post(path: str, handler: Handler, need: Need) -> Route:
    return Route("POST", path, handler, need)


class WrongMethod(Exception):
    """The path exists, for another method."""


class Router:
    """Finds routes; a literal path wins over one with parameters."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._literal: dict[str, dict[str, Route]] = {}
        patterns: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            kept = patterns if "{" in route.path else self._literal
            methods = kept.setdefault(route.path, {})
            if route.method in methods:
                raise ValueError(f"Two handlers for {route.method} {route.path}.")
            methods[route.method] = route
        self._patterns = [(compile_path(path), methods) for path, methods in patterns.items()]

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """The route and its parameters, or None; raises `WrongMethod`."""
        wanted = "GET" if method == "HEAD" else method
        methods, params = self._match(path)
        if methods is None:
            return None
        if wanted not in methods:
            raise WrongMethod(f"{path} is not there for {method}.")
        return methods[wanted], params

    def _match(self, path: str) -> tuple[Mapping[str, Route] | None, Mapping[str, str]]:
        if path in self._literal:
            return self._literal[path], {}
        for pattern, methods in self._patterns:
            if (found := pattern.fullmatch(path)) and "%00" not in path:
                return methods, {name: unquote(value) for name, value in found.groupdict().items()}
        return None, {}


def compile_path(path: str) -> re.Pattern[str]:
    """A pattern over the raw path, so that a parameter may hold an encoded slash."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))
