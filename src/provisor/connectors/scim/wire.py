"""What differs between SCIM 2.0 and SCIM 1.1 on the wire. Everything behind it is SCIM 2.0."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

import orjson

from provisor.connector import Json
from provisor.connectors.scim.patching import Operation
from provisor.connectors.scim.policy import Version
from provisor.scim import urns, v1
from provisor.scim.messages import parse_patch
from provisor.scim.policy import TOLERANT
from provisor.scim.schemas import USER


class Wire(Protocol):
    media_type: str
    list_schema: str
    """The URN that a list's `schemas` names."""
    config_path: str

    def render_user(self, user: dict[str, Json]) -> bytes: ...

    def render_patch(self, account_id: str, operations: list[Operation]) -> bytes: ...

    def parse_user(self, user: dict[str, Json]) -> dict[str, Json]: ...

    def parse_config(self, config: dict[str, Any]) -> dict[str, Any]: ...


class _Version2:
    media_type = "application/scim+json"
    list_schema = urns.LIST_RESPONSE
    config_path = "/ServiceProviderConfig"

    def render_user(self, user: dict[str, Json]) -> bytes:
        return orjson.dumps(user)

    def render_patch(self, account_id: str, operations: list[Operation]) -> bytes:
        return orjson.dumps({"schemas": [urns.PATCH_OP], "Operations": operations})

    def parse_user(self, user: dict[str, Json]) -> dict[str, Json]:
        return user

    def parse_config(self, config: dict[str, Any]) -> dict[str, Any]:
        return config


class _Version1:
    media_type = "application/json"
    list_schema = v1.CORE
    config_path = "/ServiceProviderConfigs"

    def render_user(self, user: dict[str, Json]) -> bytes:
        return orjson.dumps(v1.render_resource(user, USER))

    def render_patch(self, account_id: str, operations: list[Operation]) -> bytes:
        """A partial resource, which names its id as Okta's does."""
        document = {"schemas": [urns.PATCH_OP], "Operations": operations}
        partial = v1.render_patch(parse_patch(document, TOLERANT), USER)
        return orjson.dumps({"schemas": partial.pop("schemas"), "id": account_id, **partial})

    def parse_user(self, user: dict[str, Json]) -> dict[str, Json]:
        return v1.parse_resource(user, USER)

    def parse_config(self, config: dict[str, Any]) -> dict[str, Any]:
        return v1.parse_config(config)


WIRES: Mapping[Version, Wire] = MappingProxyType({Version.V2: _Version2(), Version.V1: _Version1()})
