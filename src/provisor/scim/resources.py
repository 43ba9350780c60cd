"""Client payload to canonical resource: declared names, values of declared types, nothing unassigned.

Every later step relies on it: filters compile to plain dict look-ups, equality means equality. Read-only attributes
are dropped (RFC 7644 §3.3); whether a required one is missing is asked separately, because PATCH asks it later.
Attributes are compiled once for each resource type and policy (`values`); this module knows the whole resource.

>>> from provisor.scim.schemas import USER
>>> for violation in validate({"userName": 7, "emails": [{"valu": "x"}]}, USER)[1]:
...     print(violation)
schemas must be a list of URNs that contains urn:ietf:params:scim:schemas:core:2.0:User
userName must be text, not a number
emails[0].valu is declared by no schema of this resource
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .errors import BadRequest, Invalid, ScimError, ScimType, Violation
from .limits import check_depth
from .policy import STRICT, Policy
from .schemas import COMMON, Attribute, Mutability, ResourceType, Type
from .values import Cleaner, Faults, cleaner, element_cleaner, fault, repeated, sub_cleaners, unknown


def validate(payload: Any, kind: ResourceType, policy: Policy = STRICT) -> tuple[dict[str, Any], tuple[Violation, ...]]:
    """Return the canonical form of a POST or PUT body, as far as it can be read, and everything wrong with it."""
    faults: Faults = []
    resource = _plan(kind, policy).clean(payload, faults)
    # An attribute with a value of the wrong type is named once, not once more as missing.
    wrong = {violation.path for violation in faults}
    faults += [violation for violation in missing(resource, kind) if violation.path not in wrong]
    return resource, tuple(faults)


def validated(payload: Any, kind: ResourceType, policy: Policy = STRICT) -> dict[str, Any]:
    """Return the canonical form of a POST or PUT body, or raise `Invalid` with every violation."""
    resource, violations = validate(payload, kind, policy)
    if violations:
        raise Invalid(violations)
    return resource


def normalise(payload: Any, kind: ResourceType, policy: Policy = STRICT) -> dict[str, Any]:
    """Return the canonical form without asking for required attributes, or raise `Invalid`."""
    faults: Faults = []
    resource = _plan(kind, policy).clean(payload, faults)
    if faults:
        raise Invalid(faults)
    return resource


def schemas_of(resource: Mapping[str, Any], kind: ResourceType) -> list[str]:
    """Return the URNs the resource's content calls for: the core schema, then each extension that has values."""
    return [kind.schema.id, *(key for key in resource if ":" in key)]


def require(resource: Mapping[str, Any], kind: ResourceType, scim_type: ScimType = ScimType.INVALID_VALUE) -> None:
    """Refuse a resource that lacks a required attribute."""
    violations = [Violation(found.path, scim_type, found.problem) for found in missing(resource, kind)]
    if violations:
        raise Invalid(violations)


def missing(resource: Mapping[str, Any], kind: ResourceType) -> Iterator[Violation]:
    """Yield a violation for each required attribute without a value, in elements and present extensions too."""
    for path, name, urn, attribute in _required(kind):
        holder = resource if urn is None else resource.get(urn)
        if holder is None:
            if attribute is None:
                yield fault(path, f"is required for a {kind.name} and is not there")
            continue
        if attribute is None:
            continue
        value = holder.get(name)
        if attribute.required and value in (None, "", []):
            yield fault(path, f"is required for a {kind.name} and has no value")
        elif value is not None and attribute.type is Type.COMPLEX:
            yield from _missing_parts(path, attribute, value)


def _missing_parts(path: str, attribute: Attribute, value: Any) -> Iterator[Violation]:
    for sub in attribute.sub_attributes:
        if sub.required and not sub.read_only:
            for index, item in enumerate(value if attribute.multi_valued else [value]):
                if isinstance(item, dict) and item.get(sub.name) in (None, ""):
                    where = f"{path}[{index}]" if attribute.multi_valued else path
                    yield fault(f"{where}.{sub.name}", "is required and has no value")


@lru_cache(maxsize=256)
def _required(kind: ResourceType) -> tuple[tuple[str, str, str | None, Attribute | None], ...]:
    """Return path, name, extension and attribute of all that must be asked for; no attribute = the extension itself."""
    found: list[tuple[str, str, str | None, Attribute | None]] = []
    for schema in (kind.schema, *kind.extensions):
        urn = None if schema is kind.schema else schema.id
        if urn in kind.required_extensions:
            found.append((schema.id, "", urn, None))
        for attribute in schema.attributes:
            if not attribute.read_only and (attribute.required or any(s.required for s in attribute.sub_attributes)):
                path = attribute.name if urn is None else f"{urn}:{attribute.name}"
                found.append((path, attribute.name, urn, attribute))
    return tuple(found)


def check_immutable(old: Mapping[str, Any], new: Mapping[str, Any], kind: ResourceType) -> None:
    """Refuse a PUT or PATCH that changes what can be set only once: `mutability` (RFC 7644 §3.5.1)."""
    violations: list[Violation] = []
    for path, urn, attribute in _fixed(kind):
        before, after = (old, new) if urn is None else (old.get(urn) or {}, new.get(urn) or {})
        violations += _changed(attribute, path, before.get(attribute.name), after.get(attribute.name))
    if violations:
        raise Invalid(violations)


@lru_cache(maxsize=256)
def _fixed(kind: ResourceType) -> tuple[tuple[str, str | None, Attribute], ...]:
    """Return path, extension and attribute of all that is immutable, or has an immutable part and one value."""
    found: list[tuple[str, str | None, Attribute]] = []
    for schema in (kind.schema, *kind.extensions):
        for attribute in schema.attributes:
            parts = () if attribute.multi_valued else attribute.sub_attributes
            if any(each.mutability is Mutability.IMMUTABLE for each in (attribute, *parts)):
                core = schema is kind.schema
                path = attribute.name if core else f"{schema.id}:{attribute.name}"
                found.append((path, None if core else schema.id, attribute))
    return tuple(found)


def _changed(attribute: Attribute, path: str, old: Any, new: Any) -> Iterator[Violation]:
    if attribute.mutability is Mutability.IMMUTABLE and old is not None and new != old:
        yield Violation(path, ScimType.MUTABILITY, "is immutable once it has a value")
    elif attribute.type is Type.COMPLEX and isinstance(old, dict):
        for sub in attribute.sub_attributes:
            yield from _changed(sub, f"{path}.{sub.name}", old.get(sub.name), (new or {}).get(sub.name))


def clean(attribute: Attribute, value: Any, policy: Policy) -> Any:
    """Return the canonical value of an attribute, or None when it leaves it unassigned (RFC 7643 §2.5)."""
    faults: Faults = []
    cleaned = cleaner(attribute, policy)(value, faults)
    if faults:
        raise Invalid(faults)
    return cleaned


def clean_one(attribute: Attribute, value: Any, policy: Policy) -> Any:
    """Return the canonical value of a simple attribute, or of one element of a multi-valued one."""
    faults: Faults = []
    cleaned = element_cleaner(attribute, policy)(value, faults)
    if faults:
        raise Invalid(faults)
    return cleaned


@lru_cache(maxsize=256)
def _plan(kind: ResourceType, policy: Policy) -> "_Plan":
    attributes = tuple(attribute for attribute in (*COMMON, *kind.schema.attributes) if attribute.name != "schemas")
    extensions = {
        urn: (schema.id, sub_cleaners(schema.attributes, policy, f"{schema.id}:"))
        for urn, schema in kind.by_urn.items()
    }
    return _Plan(kind, policy, sub_cleaners(attributes, policy, ""), extensions)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A resource type under a policy, compiled."""

    kind: ResourceType
    policy: Policy
    attributes: Mapping[str, tuple[str, Cleaner | None]]
    extensions: Mapping[str, tuple[str, Mapping[str, tuple[str, Cleaner | None]]]]

    def clean(self, payload: Any, faults: Faults) -> dict[str, Any]:
        """Return the canonical resource and append what is wrong."""
        if payload.__class__ is not dict:
            raise BadRequest(
                ScimType.INVALID_SYNTAX, f"the body must be a JSON object that describes a {self.kind.name}"
            )
        out: dict[str, Any] = {"schemas": None}
        self._check_schemas(payload, faults)
        find = self.attributes.get
        for key, value in payload.items():
            entry = find(key)
            if entry is None:
                entry = find(key.lower())
                if entry is None:
                    self._rare(out, key, value, faults)
                    continue
                if entry[0] in payload:
                    faults.append(repeated(key))
            name, clean = entry
            if clean is not None and value is not None:
                value = clean(value, faults)
                if value is not None:
                    out[name] = value
        out["schemas"] = schemas_of(out, self.kind)
        return out

    def _check_schemas(self, payload: Mapping[str, Any], faults: Faults) -> None:
        given = payload.get("schemas")
        if given is None:
            given = next((value for key, value in payload.items() if key.lower() == "schemas"), None)
        if given is None and self.policy.assume_schemas:
            return
        own = self.kind.schema.id
        if not isinstance(given, list) or not all(isinstance(urn, str) for urn in given):
            problem = f"must be a list of URNs that contains {own}"
            faults.append(fault("schemas", problem, ScimType.INVALID_SYNTAX))
            return
        if own not in given and not self.policy.assume_schemas and own.lower() not in map(str.lower, given):
            faults.append(fault("schemas", f"must contain {own} for a {self.kind.name}", ScimType.INVALID_SYNTAX))
        if self.policy.ignore_unknown_schemas or self.policy.keep_unknown_extensions:
            return
        for urn in given:
            if urn != own and self.kind.extension(urn) is None and urn.lower() != own.lower():
                problem = f"names {urn[:200]!r}, which a {self.kind.name} does not have"
                faults.append(fault("schemas", problem, ScimType.INVALID_SYNTAX))

    def _rare(self, out: dict[str, Any], key: str, value: Any, faults: Faults) -> None:
        """Take what is neither a core nor a common attribute: an extension, `schemas`, or something unknown."""
        found = self.extensions.get(key) or self.extensions.get(key.lower())
        if found is not None:
            self._extension(out, *found, value, faults)
        elif ":" in key and self.policy.keep_unknown_extensions and isinstance(value, dict):
            if value:
                try:
                    check_depth(value)
                except ScimError as error:
                    faults.append(fault(key, error.detail, ScimType.INVALID_SYNTAX))
                else:
                    out[key] = value
        elif not self.policy.ignore_unknown and key.lower() != "schemas":
            faults.append(unknown(key))

    def _extension(
        self,
        out: dict[str, Any],
        urn: str,
        attributes: Mapping[str, tuple[str, Cleaner | None]],
        value: Any,
        faults: Faults,
    ) -> None:
        if value is None:
            return
        if not isinstance(value, dict):
            faults.append(fault(urn, "must be an object"))
            return
        cleaned: dict[str, Any] = {}
        for key, item in value.items():
            entry = attributes.get(key) or attributes.get(key.lower())
            if entry is None:
                if not self.policy.ignore_unknown and key != "schemas":
                    faults.append(unknown(f"{urn}:{key}"))
            elif entry[1] is not None and item is not None:
                item = entry[1](item, faults)
                if item is not None:
                    cleaned[entry[0]] = item
        if cleaned:
            out[urn] = cleaned
