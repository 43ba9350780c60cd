"""Client payload to canonical resource: declared names, values of declared types, nothing unassigned.

Every later step relies on it: filters compile to plain dict look-ups, equality means equality. Read-only attributes
are dropped (RFC 7644 §3.3); whether a required one is missing is asked separately, because PATCH asks it later.
"""

import binascii
from collections.abc import Mapping
from typing import Any

from .errors import BadRequest, ScimType
from .filters.matcher import parse_instant
from .policy import STRICT, Policy
from .schemas import Attribute, ResourceType, Type


def normalise(payload: Any, kind: ResourceType, policy: Policy = STRICT) -> dict[str, Any]:
    """Return the canonical form of a POST or PUT body, or raise `BadRequest` naming the attribute at fault."""
    if not isinstance(payload, dict):
        raise BadRequest(ScimType.INVALID_SYNTAX, f"the body must be a JSON object that describes a {kind.name}")
    _check_schemas(payload, kind, policy)
    out: dict[str, Any] = {"schemas": None}
    for key, value in payload.items():
        attribute = kind.find(key)
        if attribute is not None:
            if attribute.read_only or attribute.name == "schemas":
                continue
            cleaned = clean(attribute, value, policy)
            if cleaned is not None:
                out[attribute.name] = cleaned
        elif key.startswith("urn:") or ":" in key:
            _take_extension(out, key, value, kind, policy)
        elif not policy.ignore_unknown:
            raise unknown(key)
    out["schemas"] = schemas_of(out, kind)
    return out


def schemas_of(resource: Mapping[str, Any], kind: ResourceType) -> list[str]:
    """Return the URNs the resource's content calls for: the core schema, then each extension that has values."""
    return [kind.schema.id, *(key for key in resource if ":" in key)]


def require(resource: Mapping[str, Any], kind: ResourceType, scim_type: ScimType = ScimType.INVALID_VALUE) -> None:
    """Refuse a resource that lacks a required attribute."""
    for attribute in kind.schema.attributes:
        if attribute.required and resource.get(attribute.name) in (None, ""):
            raise BadRequest(scim_type, f"{attribute.name} is required for a {kind.name} and has no value")


def unknown(name: str) -> BadRequest:
    """Build the refusal of an attribute that no schema declares."""
    return BadRequest(ScimType.INVALID_SYNTAX, f"no schema of this resource declares the attribute {name[:200]!r}")


def _check_schemas(payload: Mapping[str, Any], kind: ResourceType, policy: Policy) -> None:
    given = payload.get("schemas")
    if given is None and (policy.assume_schemas or any(key.lower() == "schemas" for key in payload)):
        return
    if not isinstance(given, list) or not all(isinstance(urn, str) for urn in given):
        raise BadRequest(ScimType.INVALID_SYNTAX, f"schemas must be a list of URNs that contains {kind.schema.id}")
    wanted = kind.schema.id.lower()
    if not policy.assume_schemas and not any(urn.lower() == wanted for urn in given):
        raise BadRequest(ScimType.INVALID_SYNTAX, f"schemas must contain {kind.schema.id} for a {kind.name}")


def _take_extension(out: dict[str, Any], urn: str, value: Any, kind: ResourceType, policy: Policy) -> None:
    schema = kind.extension(urn)
    if schema is None:
        if policy.keep_unknown_extensions and isinstance(value, dict):
            if value:
                out[urn] = value
        elif not policy.ignore_unknown:
            raise unknown(urn)
        return
    if value is None:
        return
    if not isinstance(value, dict):
        raise BadRequest(ScimType.INVALID_VALUE, f"{schema.id} must be an object")
    cleaned: dict[str, Any] = {}
    for key, item in value.items():
        attribute = schema.find(key)
        if attribute is None:
            if not policy.ignore_unknown and key != "schemas":
                raise unknown(f"{schema.id}:{key}")
            continue
        result = None if attribute.read_only else clean(attribute, item, policy)
        if result is not None:
            cleaned[attribute.name] = result
    if cleaned:
        out[schema.id] = cleaned


def clean(attribute: Attribute, value: Any, policy: Policy) -> Any:
    """Return the canonical value, or None when it leaves the attribute unassigned (RFC 7643 §2.5)."""
    if value is None or (value == "" and policy.empty_string_clears):
        return None
    if not attribute.multi_valued:
        return clean_one(attribute, value, policy)
    if not isinstance(value, list):
        if not policy.wrap_single_value:
            raise _wrong(attribute, "a list", value)
        value = [value]
    cleaned = [item for item in (clean_one(attribute, item, policy) for item in value) if item is not None]
    if attribute.type is Type.COMPLEX and sum(item.get("primary") is True for item in cleaned) > 1:
        raise BadRequest(ScimType.INVALID_VALUE, f"only one value of {attribute.name} can be primary")
    return cleaned or None


def clean_one(attribute: Attribute, value: Any, policy: Policy) -> Any:
    """Return one canonical value of a simple attribute, or one element of a multi-valued one."""
    kind = attribute.type
    if kind is Type.COMPLEX:
        return _clean_complex(attribute, value, policy)
    if policy.unwrap_single_value and isinstance(value, list | dict):
        value = _unwrap(value)
    if value is None or (value == "" and policy.empty_string_clears):
        return None
    if kind is Type.STRING or kind is Type.REFERENCE:
        if isinstance(value, str):
            return value
        if policy.coerce_strings and isinstance(value, bool | int | float):
            return str(value).lower() if isinstance(value, bool) else str(value)
        raise _wrong(attribute, "text", value)
    if kind is Type.BOOLEAN:
        if isinstance(value, bool):
            return value
        if policy.coerce_booleans and isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise _wrong(attribute, "true or false", value)
    return _clean_rare(attribute, value)


def _clean_rare(attribute: Attribute, value: Any) -> Any:
    match attribute.type:
        case Type.INTEGER if isinstance(value, int) and not isinstance(value, bool):
            return value
        case Type.DECIMAL if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        case Type.DATE_TIME if isinstance(value, str) and parse_instant(value):
            return value
        case Type.BINARY if isinstance(value, str) and _is_base64(value):
            return value
        case kind:
            raise _wrong(attribute, f"a value of type {kind.value}", value)


def _clean_complex(attribute: Attribute, value: Any, policy: Policy) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        value = _wrap_complex(attribute, value, policy)
    cleaned: dict[str, Any] = {}
    for key, item in value.items():
        sub = attribute.find(key)
        if sub is None:
            if not policy.ignore_unknown:
                raise unknown(f"{attribute.name}.{key}")
        elif item is not None and not sub.read_only:
            result = clean(sub, item, policy)
            if result is not None:
                cleaned[sub.name] = result
    return cleaned or None


def _wrap_complex(attribute: Attribute, value: Any, policy: Policy) -> dict[str, Any]:
    """Read `"manager": "id"`, `"members": ["id"]` and `"manager": [{"value": "id"}]` as the objects they stand for."""
    allowed = policy.wrap_single_value if attribute.multi_valued else policy.unwrap_single_value
    if allowed and attribute.find("value") is not None and isinstance(value, str | int | float):
        return {"value": value}
    if allowed and not attribute.multi_valued and isinstance(value, list) and len(value) == 1:
        return value[0] if isinstance(value[0], dict) else {"value": value[0]}
    raise _wrong(attribute, "an object", value)


def _unwrap(value: list[Any] | dict[str, Any]) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and "value" in value:
        return value["value"]
    return value


def _is_base64(text: str) -> bool:
    try:
        binascii.a2b_base64(text.encode(), strict_mode=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _wrong(attribute: Attribute, wanted: str, value: Any) -> BadRequest:
    # The value itself stays out of the sentence: it may be a password.
    return BadRequest(ScimType.INVALID_VALUE, f"{attribute.name} must be {wanted}, not {_JSON_NAMES.get(type(value))}")


_JSON_NAMES = {
    str: "such text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}
