"""The demo's company as Provisor holds it: people, departments, apps. Everything goes through the public API."""

from __future__ import annotations

import csv
import secrets
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from provisor.cli.demo.stage import RunningApp, Stage

READERS = {
    "Chat": ["Everyone"],
    "Wiki": ["IT", "Finance", "Accounting", "Administration", "Executive", "Human Resources"],
    "CRM": ["Sales", "Marketing", "Public Relations"],
}
"""App: the groups that get it."""


@dataclass(slots=True)
class Company:
    stage: Stage
    groups: dict[str, str] = field(default_factory=dict)
    """Name: id."""

    async def load_people(self) -> dict[str, Any]:
        """Load the bundled HR file; the report."""
        text = files("provisor.cli.demo").joinpath("people.csv").read_text(encoding="utf-8")
        rows = [
            {"line": number, "profile": {name: value for name, value in row.items() if value}}
            for number, row in enumerate(csv.DictReader(text.splitlines()), start=2)
        ]
        report: dict[str, Any] = await self.stage.server.post(
            "/provisor/v1/users/load", {"activate": True, "rows": rows}
        )
        return report

    async def make_administrator(self) -> tuple[str, str]:
        """Somebody who may do everything in the console; login and password."""
        login, password = "admin@example.com", secrets.token_urlsafe(9)
        profile = {"login": login, "email": login, "firstName": "Demo", "lastName": "Administrator"}
        body = {"profile": profile, "credentials": {"password": {"value": password}}}
        made = await self.stage.server.post("/api/v1/users?activate=true", body)
        await self.stage.server.post(f"/api/v1/users/{made['id']}/roles", {"type": "SUPER_ADMIN"})
        return login, password

    async def users(self) -> list[dict[str, Any]]:
        """Everybody in the directory, deactivated people included."""
        users: list[dict[str, Any]] = []
        path: str | None = "/api/v1/users?limit=200&search=status+pr"
        while path:
            page, path = await self.stage.server.page(path)
            users += page
        return users

    async def user(self, login: str) -> dict[str, Any]:
        user: dict[str, Any] = await self.stage.server.get(f"/api/v1/users/{login}")
        return user

    async def make_departments(self) -> int:
        """A group for each department, with its people; how many people have one."""
        everyone = await self.stage.server.get("/api/v1/groups", q="Everyone")
        self.groups["Everyone"] = everyone[0]["id"]
        placed = 0
        for user in await self.users():
            department = user["profile"].get("department")
            if not department:
                continue
            if department not in self.groups:
                group = await self.stage.server.post("/api/v1/groups", {"profile": {"name": department}})
                self.groups[department] = group["id"]
            await self.join(user["id"], department)
            placed += 1
        return placed

    async def join(self, user_id: str, group: str) -> None:
        await self.stage.server.put(f"/api/v1/groups/{self.groups[group]}/users/{user_id}", None)

    async def leave(self, user_id: str, group: str) -> None:
        await self.stage.server.delete(f"/api/v1/groups/{self.groups[group]}/users/{user_id}")

    async def connect(self, app: RunningApp) -> None:
        """Add an app from the catalogue, test its credentials, and switch provisioning on."""
        server = self.stage.server
        made = await server.post("/api/v1/apps", {"name": app.kind.entry, "label": app.kind.label})
        app.id = made["id"]
        await server.post(
            f"/api/v1/apps/{app.id}/connections/default?activate=true",
            {"baseUrl": app.url, "profile": app.kind.profile},
        )
        on = {"status": "ENABLED"}
        await server.put(
            f"/api/v1/apps/{app.id}/features/USER_PROVISIONING",
            {"create": {"lifecycleCreate": on}, "update": {"profile": on, "lifecycleDeactivate": on}},
        )

    async def assign(self, app: RunningApp) -> None:
        for group in READERS[app.kind.label]:
            await self.stage.server.put(f"/api/v1/apps/{app.id}/groups/{self.groups[group]}", {})

    async def members(self, app: RunningApp) -> list[dict[str, Any]]:
        """Who ought to have the app now: live people of its groups, as the directory says."""
        found: dict[str, dict[str, Any]] = {}
        for group in READERS[app.kind.label]:
            path: str | None = f"/api/v1/groups/{self.groups[group]}/users?limit=200"
            while path:
                page, path = await self.stage.server.page(path)
                found |= {user["id"]: user for user in page if user["status"] != "DEPROVISIONED"}
        return list(found.values())

    async def preview(self, user_id: str, **change: Any) -> list[dict[str, Any]]:
        """What apps would be sent if this change were made."""
        answer = await self.stage.server.post(f"/provisor/v1/users/{user_id}/preview", change)
        operations: list[dict[str, Any]] = answer["operations"]
        return operations
