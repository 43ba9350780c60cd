"""Applies PATCH operations to a resource (RFC 7644 §3.5.2): all of them, on a copy, or none.

`apply` takes a canonical resource (see `resources`) and returns a new one; containers that no operation touches are
shared with the old one, so treat both as read-only. Deviations from the RFC happen only where the policy names them.

Two readings to know: `replace` on a complex attribute leaves sub-attributes it does not name (§3.5.2.3), while
`replace` on `emails[filter]` puts the value in the place of the matching element; and a path into nothing
(`emails[type eq "work"]` without such an e-mail) is `noTarget`.

>>> from provisor.scim.messages import parse_patch
>>> from provisor.scim.policy import TOLERANT
>>> from provisor.scim.schemas import USER
>>> body = {"Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
>>> apply({"userName": "babs", "active": True}, parse_patch(body, TOLERANT), USER, TOLERANT)["active"]
False
"""

from collections.abc import Iterable, Mapping
from typing import Any

from .errors import BadRequest, ScimType
from .filters import AttrPath
from .limits import check_depth
from .messages import Operation, Verb
from .patch_values import Target, write
from .paths import Path, parse_path
from .policy import STRICT, Policy
from .resources import check_immutable, require, schemas_of
from .schemas import ResourceType, Schema


def apply(
    resource: Mapping[str, Any], operations: Iterable[Operation], kind: ResourceType, policy: Policy = STRICT
) -> dict[str, Any]:
    """Return the patched resource, or raise `BadRequest`; the given resource is never changed."""
    out = dict(resource)
    for operation in operations:
        if operation.path is None:
            _apply_object(out, operation, kind, policy)
        else:
            _apply_path(out, operation.path, operation, kind, policy)
    # RFC 7644 §3.5.2.2: a required attribute that would become unassigned is a mutability error.
    require(out, kind, ScimType.MUTABILITY)
    check_immutable(resource, out, kind)
    out["schemas"] = schemas_of(out, kind)
    return out


def _apply_object(out: dict[str, Any], operation: Operation, kind: ResourceType, policy: Policy) -> None:
    """Without a path, each key of the value is one (§3.5.2.1, §3.5.2.3)."""
    if not isinstance(operation.value, dict):
        raise BadRequest(ScimType.INVALID_VALUE, f"{operation.verb.value} without a path needs an object as its value")
    for key, value in operation.value.items():
        dotted = "." in key or "[" in key or ":" in key
        if kind.find(key) is not None or kind.extension(key) is not None or key == kind.schema.id or not dotted:
            path = Path(_literal_path(key))
        elif policy.expand_keys:
            path = parse_path(key)
        elif policy.ignore_unknown and not policy.keep_unknown_extensions:
            continue
        else:
            path = Path(_literal_path(key))
        _apply_path(out, path, Operation(operation.verb, path, value), kind, policy)


def _literal_path(key: str) -> AttrPath:
    urn, _, name = key.rpartition(":")
    return AttrPath((name,), urn or None)


def _apply_path(out: dict[str, Any], path: Path, operation: Operation, kind: ResourceType, policy: Policy) -> None:
    whole = _whole_extension(path, kind)
    if whole is not None:
        _apply_extension(out, whole, operation, kind, policy)
        return
    if _is_unknown_extension(path, kind, policy):
        _apply_unknown_extension(out, path, operation)
        return
    target = resolve(path, kind, policy)
    if target is None:
        return
    if target.urn is None:
        write(out, target, operation, policy)
        return
    holder = dict(out.get(target.urn, ()))
    write(holder, target, operation, policy)
    if holder:
        out[target.urn] = holder
    else:
        out.pop(target.urn, None)


def resolve(path: Path, kind: ResourceType, policy: Policy = STRICT) -> Target | None:
    """Find what a path means in this resource type; None = the policy says to pass over it."""
    extension, attribute = kind.locate(path.attr.urn, path.attr.names[0])
    sub_name = path.sub or (path.attr.names[1] if len(path.attr.names) > 1 else None)
    sub = attribute.find(sub_name) if attribute and sub_name else None
    if attribute is None or (sub_name and sub is None) or len(path.attr.names) > 2:
        if policy.ignore_unknown:
            return None
        raise BadRequest(ScimType.INVALID_PATH, f"no schema of a {kind.name} declares {str(path)[:200]!r}")
    if attribute.name == "schemas":
        # The kernel derives `schemas` from the content, so writing it has no effect of its own.
        return None
    if attribute.read_only or (sub is not None and sub.read_only):
        if policy.ignore_read_only:
            return None
        raise BadRequest(ScimType.MUTABILITY, f"{path} is read-only")
    if path.term is not None and not attribute.multi_valued:
        raise BadRequest(ScimType.INVALID_PATH, f"{attribute.name} has a single value; a filter cannot select in it")
    return Target(attribute, extension.id if extension else None, path.term, sub)


def _whole_extension(path: Path, kind: ResourceType) -> Schema | None:
    """A URN that names an extension parses as `urn-prefix` + `last part`; put it together again."""
    if path.attr.urn is None or path.term is not None or len(path.attr.names) != 1:
        return None
    text = str(path.attr)
    return kind.schema if text.lower() == kind.schema.id.lower() else kind.extension(text)


def _apply_extension(
    out: dict[str, Any], schema: Schema, operation: Operation, kind: ResourceType, policy: Policy
) -> None:
    if operation.verb is Verb.REMOVE or operation.value is None:
        if schema is kind.schema:
            raise BadRequest(ScimType.MUTABILITY, f"{schema.id} is what the resource is; it cannot be removed")
        out.pop(schema.id, None)
        return
    if not isinstance(operation.value, dict):
        raise BadRequest(ScimType.INVALID_VALUE, f"{schema.id} must be an object")
    prefix = None if schema is kind.schema else schema.id
    for key, value in operation.value.items():
        if key == "schemas":
            # scim2-client writes an extension's own URN into it; it says nothing new.
            continue
        path = Path(AttrPath(tuple(key.split(".")) if policy.expand_keys else (key,), prefix))
        _apply_path(out, path, Operation(operation.verb, path, value), kind, policy)


def _is_unknown_extension(path: Path, kind: ResourceType, policy: Policy) -> bool:
    urn = path.attr.urn
    return (
        policy.keep_unknown_extensions
        and urn is not None
        # A URN has two colons at least (RFC 8141 §2); as a key of a resource, nothing else is an extension.
        and ":" in urn
        and path.term is None
        and kind.extension(urn) is None
        and urn.lower() != kind.schema.id.lower()
    )


def _apply_unknown_extension(out: dict[str, Any], path: Path, operation: Operation) -> None:
    """Keep what no schema describes as it came: a whole object, or one key of an object."""
    check_depth(operation.value)
    text, value = str(path.attr), operation.value
    if operation.verb is Verb.REMOVE or value is None:
        whole = text in out
    else:
        whole = isinstance(value, dict)
    urn = text if whole else path.attr.urn
    assert urn is not None
    holder = dict(out.get(urn, ()))
    if operation.verb is not Verb.REMOVE and value is not None:
        holder.update(value if whole else {".".join(path.attr.names): value})
    elif whole:
        holder = {}
    else:
        holder.pop(".".join(path.attr.names), None)
    if holder:
        out[urn] = holder
    else:
        out.pop(urn, None)
