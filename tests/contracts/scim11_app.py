"""An app that speaks SCIM 1.1 and nothing else, written from the standard alone: it shares no code with ours.

SCIM 1.1 API §3 (and what Okta's published suite asks for beyond it: `detail` in errors). Attributes are kept as they
come; names are compared as written. It remembers every request, and can lose an answer after carrying out a write.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

CORE = "urn:scim:schemas:core:1.0"
ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0"
FILTER = re.compile(r'(userName|displayName) eq "((?:[^"\\]|\\.)*)"')
NAMES = {"Users": "userName", "Groups": "displayName"}
SUPPORTED = {"supported": True}
CONFIG = {
    "schemas": [CORE],
    "documentationUrl": "https://app.example/help",
    "patch": SUPPORTED,
    "bulk": {"supported": False, "maxOperations": 1, "maxPayloadSize": 1000},
    "filter": {"supported": True, "maxResults": 200},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": SUPPORTED,
    "xmlDataFormat": {"supported": False},
    "authenticationSchemes": [{"type": "oauthbearertoken", "name": "Token", "description": "A bearer token."}],
}
TYPES = [{"schemas": [CORE], "name": "User", "endpoint": "/Users", "schema": CORE}]
SCHEMAS = [
    {"id": CORE, "name": "User", "attributes": [{"name": name, "type": "string"} for name in ("userName", "title")]}
]


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class Scim11App:
    """The running app and what it holds."""

    token: str
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    kept: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {"Users": {}, "Groups": {}})
    lose_answers_to: list[str] = field(default_factory=list)
    """Methods whose next request is carried out without an answer."""
    refused: dict[str, int] = field(default_factory=dict)
    """Statuses by method that are answered without carrying anything out."""
    _numbers: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """What lets one in."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def methods(self) -> list[str]:
        """Of the requests for accounts so far, oldest first; probes are none."""
        return [each.method for each in self.asked if each.path.startswith("/Users") and "count=2" not in each.query]

    def users(self) -> list[dict[str, Any]]:
        """What it shows."""
        return [_shown(user) for user in self.kept["Users"].values()]

    def user(self, name: str) -> dict[str, Any]:
        """The only user of this name."""
        (found,) = [user for user in self.users() if user["userName"].casefold() == name.casefold()]
        return found

    # ------------------------------------------------------------------ serving

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        text = await request.text()
        path = "/" + request.match_info["tail"]
        body = await request.json() if text.startswith("{") else None
        self.asked.append(Asked(request.method, path, request.query_string, dict(request.headers), body))
        try:
            status, answer = self._answer(request, path.strip("/").split("/"), body)
        except Refused as refusal:
            words = str(refusal)
            error = {"Errors": [{"description": words, "code": str(refusal.status)}], "detail": words}
            return web.json_response(error, status=refusal.status)
        if request.method in self.lose_answers_to:
            self.lose_answers_to.remove(request.method)
            assert request.transport is not None
            request.transport.abort()
        if answer is None:
            return web.Response(status=status)
        return web.json_response(answer, status=status)

    def _answer(self, request: web.Request, parts: list[str], body: Any) -> tuple[int, Any]:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise Refused(401, "The token is not valid.")
        if status := self.refused.get(request.method):
            raise Refused(status, f"{request.method} is refused here.")
        match request.method, parts:
            case "GET", ["ServiceProviderConfigs"]:
                return 200, CONFIG
            case "GET", ["ResourceTypes"]:
                return 200, _listed(TYPES)
            case "GET", ["Schemas"]:
                return 200, _listed(SCHEMAS)
            case "GET", [("Users" | "Groups") as kind]:
                return 200, self._list(kind, request)
            case "POST", [("Users" | "Groups") as kind]:
                return 201, self._create(kind, body)
            case method, [("Users" | "Groups") as kind, key]:
                return self._one(method, kind, key, body, request.headers.get("If-Match"))
            case _, ["ServiceProviderConfigs" | "ResourceTypes" | "Schemas"]:
                raise Refused(405, "This can only be read.")
        raise Refused(404, "There is nothing here.")

    def _list(self, kind: str, request: web.Request) -> Any:
        found = list(self.kept[kind].values())
        if (text := request.query.get("filter")) is not None:
            match = FILTER.fullmatch(text)
            if match is None:
                raise Refused(400, "The filter cannot be read.")
            value = match[2].encode().decode("unicode_escape") if "\\" in match[2] else match[2]
            found = [each for each in found if str(each.get(match[1], "")).casefold() == value.casefold()]
        start, count = int(request.query.get("startIndex", 1)), int(request.query.get("count", 100))
        return _listed([_shown(each) for each in found[start - 1 : start - 1 + count]], len(found), start)

    def _create(self, kind: str, body: Any) -> Any:
        _check(body)
        self._free(kind, body)
        self._numbers += 1
        key = f"k{self._numbers}"
        resource = {**body, "id": key, "meta": {"version": 'W/"1"'}}
        resource.setdefault("active", True)
        self.kept[kind][key] = resource
        return _shown(resource)

    def _one(self, method: str, kind: str, key: str, body: Any, version: str | None) -> tuple[int, Any]:
        held = self.kept[kind].get(key)
        if held is None:
            raise Refused(404, f"There is no {key}.")
        if version is not None and version != held["meta"]["version"]:
            raise Refused(412, "The resource has changed.")
        if method == "GET":
            return 200, _shown(held)
        if method == "DELETE":
            del self.kept[kind][key]
            return 204, None
        _check(body)
        if method == "PUT":
            fresh = {"password": held.get("password"), **body}
        elif method == "PATCH":
            fresh = _patched(held, body)
        else:
            raise Refused(405, "No such method.")
        self._free(kind, fresh, but=key)
        number = int(held["meta"]["version"].strip('W/"')) + 1
        self.kept[kind][key] = {**fresh, "id": key, "meta": {"version": f'W/"{number}"'}}
        return 200, _shown(self.kept[kind][key])

    def _free(self, kind: str, body: Any, but: str = "") -> None:
        name = NAMES[kind]
        wanted = str(body.get(name, "")).casefold()
        for key, each in self.kept[kind].items():
            if key != but and str(each[name]).casefold() == wanted:
                raise Refused(409, "User already exists in the database.")


def _check(body: Any) -> None:
    """Let nothing of SCIM 2.0 through."""
    if not isinstance(body, dict) or CORE not in body.get("schemas", []):
        raise Refused(400, f"schemas has to name {CORE}.")
    if "2.0" in str([*body["schemas"], *body]) or "Operations" in body:
        raise Refused(400, "This is SCIM 1.1.")


def _patched(held: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """SCIM 1.1 API §3.3.2: what `meta.attributes` names goes, what is listed is merged."""
    fresh = dict(held)
    for path in body.get("meta", {}).get("attributes", []):
        holder, name = fresh, path
        if path.startswith("urn:"):
            urn, _, name = path.rpartition(":")
            holder = fresh[urn] = dict(fresh.get(urn, {}))
        name, _, part = name.partition(".")
        if part:
            holder[name] = {key: value for key, value in holder.get(name, {}).items() if key != part}
        else:
            holder.pop(name, None)
    for name, value in body.items():
        if name not in ("schemas", "id", "meta"):
            fresh[name] = _merged(fresh.get(name), value)
    return fresh


def _merged(old: Any, new: Any) -> Any:
    if isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        return {**before, **{name: _merged(before.get(name), value) for name, value in new.items()}}
    if isinstance(new, list) and isinstance(old, list):
        gone = [each.get("value") for each in new]
        return [each for each in old if each.get("value") not in gone] + [
            each for each in new if each.get("operation") != "delete"
        ]
    return new


def _shown(resource: dict[str, Any]) -> dict[str, Any]:
    hidden = {"password"} | {name for name, value in resource.items() if value in ({}, None)}
    return {name: value for name, value in resource.items() if name not in hidden}


def _listed(resources: list[Any], total: int | None = None, start: int = 1) -> dict[str, Any]:
    return {
        "schemas": [CORE, f"{CORE}:ListResponse"],
        "totalResults": len(resources) if total is None else total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


@asynccontextmanager
async def scim11_app(token: str = "token-of-the-old-app") -> AsyncIterator[Scim11App]:
    """Serve an empty app on a free port."""
    app = Scim11App(token)
    site = web.Application()
    site.router.add_route("*", "/scim/v1/{tail:.*}", app.serve)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    app.url = f"http://127.0.0.1:{runner.addresses[0][1]}/scim/v1"
    try:
        yield app
    finally:
        await runner.cleanup()
