"""What the API's handlers work with, and how they reach it from a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from provisor.api.metrics import Metrics
from provisor.services.actor import Actor
from provisor.services.work import Database
from provisor.settings import Settings


def host_url(request: Request) -> str:
    """The address the caller used, which is the one it can follow links to."""
    return f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"


@dataclass(frozen=True, slots=True)
class ApiContext:
    database: Database
    settings: Settings
    base_url: Callable[[Request], str] = host_url
    """The beginning of every link, without a slash at the end."""
    apps: Any = field(default=None)
    """The services of apps."""
    metrics: Metrics = field(default_factory=Metrics)
    """Shared with inbound SCIM, so that `/metrics` shows both."""


def context_of(request: Request) -> ApiContext:
    context: ApiContext = request.scope["state"]["context"]
    return context


def actor_of(request: Request) -> Actor:
    actor: Actor = request.scope["state"]["actor"]
    return actor


def database_of(request: Request) -> Database:
    return context_of(request).database


def link_to(request: Request, path: str) -> str:
    """An absolute link, for instance to `/api/v1/users/00u...`."""
    return context_of(request).base_url(request) + path
