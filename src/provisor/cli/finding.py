"""Finds the app that a command line means: by id, or by its exact label."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import click

from provisor.cli.server import Refused, Server


async def find_app(server: Server, wanted: str) -> dict[str, Any]:
    """The app with this id, else the only one with this label; none or several is a usage error."""
    if wanted.startswith("0oa"):
        try:
            app: dict[str, Any] = await server.get(f"/api/v1/apps/{quote(wanted, safe='')}")
            return app
        except Refused as refusal:
            if refusal.status != 404:
                raise
    named = [app async for app in every(server, "/api/v1/apps") if app["label"] == wanted]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(app["id"] for app in named)
        raise click.UsageError(f"{len(named)} apps are labelled {wanted!r}. Name one by its id: {ids}.")
    raise click.UsageError(f"No app has the id or the label {wanted!r}. `provisor apps list` shows what there is.")


async def every(server: Server, path: str, **query: str | int | None) -> AsyncIterator[dict[str, Any]]:
    """Every item of a list, page after page."""
    items, following = await server.page(path, **{"limit": 200, **query})
    while True:
        for item in items:
            yield item
        if following is None or not items:
            return
        items, following = await server.page(following)
