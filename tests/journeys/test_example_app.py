"""The example app of `examples/` driven by our own worker: its tables follow the directory."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from examples.fastapi_app.app import app

from provisor.scimserver.serving import QuietServer, bind


@dataclass
class ExampleApp:
    """Where it is, and what its tables hold."""

    url: str
    token: str
    path: Path

    def people(self) -> list[tuple[Any, ...]]:
        """Login, first name, department, whether enabled."""
        with sqlite3.connect(self.path) as connection:
            return connection.execute(
                "SELECT login, first_name, department, enabled FROM person ORDER BY id"
            ).fetchall()


@pytest.fixture
async def example(tmp_path: Path) -> AsyncIterator[ExampleApp]:
    """The app on a port of its own."""
    listener = bind("127.0.0.1", 0)
    path = tmp_path / "people.sqlite"
    server = QuietServer(uvicorn.Config(app(str(path), "token"), lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield ExampleApp(f"http://127.0.0.1:{listener.getsockname()[1]}/scim/v2", "token", path)
    server.end()
    await serving
    listener.close()


@pytest.mark.parametrize("entry", ["scim2_bearer_token", "scim2_custom"])
async def test_the_apps_own_tables_follow_the_directory(company: Any, example: ExampleApp, entry: str) -> None:
    """Hired, moved, switched off and on again, in both dialects; one row, never a second one."""
    app_id = await company.app(example, entry)
    ann = await company.hire("ann", department="IT")
    async with company.worker():
        await company.assign(app_id, ann)
        await company.settled(app_id)
        assert example.people() == [("ann@example.com", "Ann", "IT", 1)]
        await company.edit(ann, department="Sales")
        await company.settled(app_id)
        assert example.people() == [("ann@example.com", "Ann", "Sales", 1)]
        await company.unassign(app_id, ann)
        await company.settled(app_id)
        assert example.people() == [("ann@example.com", "Ann", "Sales", 0)]
        await company.assign(app_id, ann)
        await company.settled(app_id)
        assert example.people() == [("ann@example.com", "Ann", "Sales", 1)]
    assert await company.tasks(app_id) == []
