"""Looks at a SCIM server, to learn how it should be spoken to. Changes nothing there and decides nothing here.

It reads the server's description of itself (RFC 7644 §4) and twice a page of users; `proposal` draws the conclusions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from provisor.connector import AccountAttribute, Discovered, Finding, Json, PeerError, Response, Transport
from provisor.connectors.scim.discovering import discovered
from provisor.connectors.scim.exchange import Exchange
from provisor.connectors.scim.policy import Dialect, PeerPolicy, Version, load_policy, parse_policy
from provisor.connectors.scim.proposal import NOBODY, Proposal, Seen, propose
from provisor.connectors.scim.reading import Unreadable, parse_account, parse_list, parse_object
from provisor.connectors.scim.settings import ScimSettings
from provisor.connectors.scim.wire import WIRES
from provisor.scim.schemas import USER
from provisor.scim.v1_names import new_urn


async def probe(transport: Transport, settings: ScimSettings) -> Proposal:
    """Look at the server; raises what keeps its users from being read at all. The transport stays open."""
    return await look(Exchange(transport, settings), settings.attributes)


async def look(exchange: Exchange, attributes: Iterable[AccountAttribute]) -> Proposal:
    """The same for who has an exchange with the server already."""
    version, config = await _describes_itself(exchange)
    first = await exchange.send("GET", f"{exchange.users}?startIndex=1&count=2")
    if not config:
        version = _version_of(first)
    policy = load_policy(Dialect.MINIMAL if version is Version.V2 else Dialect.SCIM11)
    policy, tolerances, users = _readable(exchange, first, policy)
    name = next((user["userName"] for user in users if isinstance(user.get("userName"), str)), NOBODY)
    policy, more, found = await _look_up(exchange, str(name), policy)
    seen = Seen(
        config,
        _declared(await _resources(exchange, "/Schemas")),
        len(await _resources(exchange, "/ResourceTypes")),
        tuple(users),
        str(name),
        None if found is None else tuple(str(user.get("userName", "")) for user in found),
    )
    return propose(policy, seen, attributes, [*tolerances, *more])


async def declared_attributes(exchange: Exchange, version: Version) -> list[Discovered]:
    """What the server declares that its users can have; empty when it declares nothing."""
    schemas = await _resources(exchange, "/Schemas")
    if not schemas and version is Version.V1:
        # SCIM 1.1 core schema §11.1 has one schema for each kind of resource, under the resource's name.
        schemas = [each for each in [await _document(exchange, "/Schemas/Users")] if each]
    return discovered(schemas, await _resources(exchange, "/ResourceTypes"))


async def _describes_itself(exchange: Exchange) -> tuple[Version, Mapping[str, Any]]:
    for version, wire in WIRES.items():
        if config := await _document(exchange, wire.config_path):
            return version, wire.parse_config(config)
    return Version.V2, {}


def _version_of(users: Response) -> Version:
    """Tell by a list what a server that does not describe itself speaks."""
    try:
        schemas = parse_object(users.body).get("schemas")
    except Unreadable:
        return Version.V2
    old = WIRES[Version.V1].list_schema
    return Version.V1 if isinstance(schemas, list) and old in schemas else Version.V2


async def _document(exchange: Exchange, path: str) -> dict[str, Any]:
    """Read a document that a server need not have."""
    try:
        return parse_object((await exchange.send("GET", exchange.base + path)).body)
    except (PeerError, Unreadable):
        return {}


async def _resources(exchange: Exchange, path: str) -> list[dict[str, Any]]:
    listed = (await _document(exchange, path)).get("Resources")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _readable(
    exchange: Exchange, answer: Response, policy: PeerPolicy
) -> tuple[PeerPolicy, list[Finding], list[dict[str, Json]]]:
    """Read a page of users, granting what the policy can grant; raises what it cannot."""
    granted: list[Finding] = []
    while True:
        try:
            users = parse_list(answer.body, policy)
            return policy, granted, [dict(parse_account(user, policy).resource) for user in users]
        except Unreadable as reason:
            if reason.tolerance is None or getattr(policy, reason.tolerance):
                raise exchange.nonconformant("The list of users cannot be read", reason, answer) from None
            policy = parse_policy(f"{reason.tolerance} = true", policy)
            granted.append(Finding(reason.tolerance, "true", f"In its list of users, {reason}.", True))


async def _look_up(
    exchange: Exchange, name: str, policy: PeerPolicy
) -> tuple[PeerPolicy, list[Finding], list[dict[str, Json]] | None]:
    """Ask for a user by name; None when the app does not answer to that."""
    literal = quote(orjson.dumps(name).decode(), safe="")
    try:
        answer = await exchange.send("GET", f"{exchange.users}?filter=userName%20eq%20{literal}&startIndex=1&count=2")
        return _readable(exchange, answer, policy)
    except PeerError as error:
        if error.status == 404 and name == NOBODY:
            return policy, [], []
        return policy, [Finding("filter", "refused", f"A look-up by userName failed: {error.message}")], None


def _declared(schemas: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for schema in schemas:
        urn = new_urn(str(schema.get("id", "")), USER)
        _declare(schema.get("attributes"), f"{urn}:", found)
    return found


def _declare(attributes: Any, at: str, found: dict[str, str]) -> None:
    for attribute in attributes if isinstance(attributes, list) else ():
        if isinstance(attribute, dict) and isinstance(name := attribute.get("name"), str):
            found[f"{at}{name}".lower()] = str(attribute.get("mutability", "readWrite"))
            _declare(attribute.get("subAttributes"), f"{at}{name}.", found)
