"""SCIM 1.1 at the wire: its shapes to and from those of SCIM 2.0, for clients, servers and checks alike (JSON only).

Everything behind the wire is SCIM 2.0. What differs: one core URN for all, `managerId`, partial resources instead of
PATCH operations (`v1_patch`), `Errors`, `ServiceProviderConfigs`. Values pass unchanged; `resources` judges them.

>>> from provisor.scim.schemas import USER
>>> render_resource({"schemas": [USER.schema.id], "userName": "babs"}, USER)
{'schemas': ['urn:scim:schemas:core:1.0'], 'userName': 'babs'}
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import BadRequest, ScimError, ScimType
from .messages import read_status
from .schemas import ResourceType
from .v1_names import CORE, OLD_NAMES, is_core, new_name, new_urn, old_urn
from .v1_patch import parse_patch, render_patch

__all__ = [
    "CORE",
    "list_response",
    "parse_config",
    "parse_error",
    "parse_patch",
    "parse_resource",
    "render_config",
    "render_error",
    "render_patch",
    "render_resource",
]


def render_resource(resource: Mapping[str, Any], kind: ResourceType) -> dict[str, Any]:
    """Return a SCIM 2.0 resource in the shape of 1.1; `parse_resource` is the inverse."""
    out: dict[str, Any] = {}
    for name, value in resource.items():
        if name == "schemas":
            out[name] = [CORE, *(old_urn(urn) for urn in value if not is_core(urn, kind))]
        elif name == "meta" and isinstance(value, dict):
            out[name] = {key: item for key, item in value.items() if key != "resourceType"}
        elif ":" in name and isinstance(value, dict):
            out[old_urn(name)] = {key: _renamed(key, item, OLD_NAMES) for key, item in value.items()}
        else:
            out[name] = value
    return out


def parse_resource(document: Any, kind: ResourceType) -> dict[str, Any]:
    """Return a resource of 1.1 in the shape of 2.0, unvalidated; raises `invalidSyntax` for what is no object.

    The core URN stands for the resource type that the endpoint says it is.
    """
    if not isinstance(document, dict):
        raise BadRequest(ScimType.INVALID_SYNTAX, f"the body must be a JSON object that describes a {kind.name}")
    out: dict[str, Any] = {}
    for name, value in document.items():
        folded = name.lower()
        if folded == "schemas" and isinstance(value, list):
            out["schemas"] = [new_urn(urn, kind) if isinstance(urn, str) else urn for urn in value]
        elif folded == "meta" and isinstance(value, dict):
            rest = {key: item for key, item in value.items() if key.lower() not in ("attributes", "resourcetype")}
            out["meta"] = {"resourceType": kind.name, **rest}
        elif ":" in name and isinstance(value, dict):
            out[new_urn(name, kind)] = {key: _renamed(key, item, None) for key, item in value.items()}
        else:
            out[name] = value
    return out


def _renamed(name: str, value: Any, names: Mapping[tuple[str, str], str] | None) -> Any:
    """Rename the parts of a complex value: to 1.1 by the table, from 1.1 without one."""
    if not isinstance(value, dict):
        return value
    if names is None:
        return {new_name(name, part): item for part, item in value.items()}
    return {names.get((name, part), part): item for part, item in value.items()}


def list_response(resources: Sequence[Any], total: int, start_index: int = 1) -> dict[str, Any]:
    """Build a list; `messages.parse_list_response` reads it, for only the URN differs."""
    return {
        "schemas": [CORE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def render_error(error: ScimError) -> dict[str, Any]:
    """Build `Errors`; `detail` is there too, because Okta's published suite for 1.1 looks for it."""
    return {
        "Errors": [{"description": error.detail, "code": str(error.status)}],
        "detail": error.detail,
        "status": error.status,
    }


def parse_error(document: Any) -> tuple[int | None, str | None]:
    """Read code and description of the first error, as far as they are there."""
    given = {name.lower(): value for name, value in document.items()} if isinstance(document, dict) else {}
    errors = given.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    parts = {name.lower(): value for name, value in first.items()}
    text = parts.get("description")
    return read_status(parts.get("code")), text if isinstance(text, str) else None


_RENAMED_CONFIG = {"documentationUri": "documentationUrl", "specUri": "specUrl"}


def render_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ServiceProviderConfig of 2.0 as `ServiceProviderConfigs` shows it; `parse_config` is the inverse."""
    out = _with_names(config, _RENAMED_CONFIG)
    out.pop("pagination", None)
    out["schemas"] = [CORE]
    if isinstance(meta := out.get("meta"), dict):
        out["meta"] = {name: value for name, value in meta.items() if name != "resourceType"}
    return {**out, "xmlDataFormat": {"supported": False}}


def parse_config(document: Any) -> dict[str, Any]:
    """Return `ServiceProviderConfigs` in the shape of 2.0; some servers answer a list of one."""
    if isinstance(document, dict) and isinstance(listed := document.get("Resources"), list) and listed:
        document = listed[0]
    if not isinstance(document, dict):
        raise BadRequest(ScimType.INVALID_SYNTAX, "ServiceProviderConfigs must be a JSON object")
    out = _with_names(document, {old: new for new, old in _RENAMED_CONFIG.items()})
    out.pop("xmlDataFormat", None)
    return {**out, "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]}


def _with_names(document: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    out = {names.get(name, name): value for name, value in document.items()}
    schemes = out.get("authenticationSchemes")
    if isinstance(schemes, list):
        out["authenticationSchemes"] = [
            {names.get(name, name): value for name, value in scheme.items()} if isinstance(scheme, dict) else scheme
            for scheme in schemes
        ]
    return out
