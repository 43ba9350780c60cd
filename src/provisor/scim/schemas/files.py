"""Resource types and schemas from a schema file: roles, entitlements, licences, and extensions of users and groups.

The file holds what discovery answers (RFC 7644 §4), so that a server's own answers can be pasted:
`{"schemas": [Schema…], "resourceTypes": [ResourceType…]}`. Every mistake in it is named at once. It reads JSON that is
in memory already; `governance.json` beside it is an example.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .attributes import Mutability, ResourceType, Returned, Schema, Type, Uniqueness, parse_schema
from .core import ENTERPRISE_USER_SCHEMA, GROUP, GROUP_SCHEMA, USER, USER_SCHEMA

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*\Z|\$ref\Z")  # attrName of RFC 7643 §2.1
_ENDPOINT: Final = re.compile(r"/[A-Za-z][A-Za-z0-9_\-]*\Z")
_URN: Final = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9\-]*:\S+\Z")
_TAKEN: Final = frozenset({"/schemas", "/resourcetypes", "/serviceproviderconfig", "/bulk", "/me"})
_COMMON: Final = frozenset({"schemas", "id", "externalid", "meta"})
_CHOICES: Final = {"type": Type, "mutability": Mutability, "returned": Returned, "uniqueness": Uniqueness}
_FLAGS: Final = ("multiValued", "required", "caseExact")
_LISTS: Final = ("canonicalValues", "referenceTypes")


class SchemaFileError(ValueError):
    """A schema file that cannot be used, with every reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("the schema file cannot be used:\n" + "\n".join(f"- {problem}" for problem in problems))
        self.problems = problems


def parse_resource_types(document: Any) -> tuple[ResourceType, ...]:
    """Return User and Group, as the file extends them, and the file's own types; raises `SchemaFileError`."""
    problems: list[str] = []
    if not isinstance(document, Mapping):
        raise SchemaFileError(['it must be a JSON object with "schemas" and "resourceTypes"'])
    schemas = {s.id.lower(): s for s in (USER_SCHEMA, GROUP_SCHEMA, ENTERPRISE_USER_SCHEMA)}
    for at, entry in enumerate(_entries(document, "schemas", problems), 1):
        found = list(_schema_faults(entry, f"schema {at}"))
        problems += found
        if not found:
            schema = parse_schema(entry)
            schemas[schema.id.lower()] = schema
    kinds = {kind.name.lower(): kind for kind in (USER, GROUP)}
    for at, entry in enumerate(_entries(document, "resourceTypes", problems), 1):
        found = list(_type_faults(entry, f"resource type {at}", schemas))
        problems += found
        if not found:
            kind = _resource_type(entry, schemas)
            kinds[kind.name.lower()] = kind
    problems += _clashes(tuple(kinds.values()))
    if problems:
        raise SchemaFileError(problems)
    return tuple(kinds.values())


def _entries(document: Mapping[str, Any], name: str, problems: list[str]) -> list[Any]:
    """Return a list of the file, which may also be a whole ListResponse."""
    given = document.get(name, [])
    if isinstance(given, Mapping):
        given = given.get("Resources", [])
    if isinstance(given, list):
        return given
    problems.append(f"{name} must be a list")
    return []


def _schema_faults(entry: Any, where: str) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield f"{where} must be an object"
        return
    urn = entry.get("id")
    if not isinstance(urn, str) or not _URN.match(urn):
        yield f"{where}: id must be a URN such as urn:example:scim:schemas:1.0:Licence"
    else:
        where = urn
    yield from _texts(entry, where, "name", "description")
    yield from _attribute_list(entry.get("attributes"), where, nested=False)


def _texts(entry: Mapping[str, Any], where: str, *names: str) -> Iterator[str]:
    for name in names:
        if not isinstance(entry.get(name, ""), str):
            yield f"{where}: {name} must be text"


def _attribute_list(given: Any, where: str, *, nested: bool) -> Iterator[str]:
    if not isinstance(given, list) or not given:
        yield f"{where}: {'subAttributes' if nested else 'attributes'} must be a list of at least one attribute"
        return
    taken: set[str] = set()
    for at, entry in enumerate(given, 1):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not _NAME.match(entry["name"]):
            yield f"{where}: attribute {at} needs a name of letters, digits, - and _"
            continue
        name = entry["name"]
        if name.lower() in taken:
            yield f"{where}: the attribute {name} is there twice; names ignore case"
        if not nested and name.lower() in _COMMON:
            yield f"{where}: {name} is an attribute of every resource and cannot be declared (RFC 7643 §3.1)"
        taken.add(name.lower())
        yield from _attribute_faults(entry, f"{where}:{name}" if not nested else f"{where}.{name}", nested=nested)


def _attribute_faults(entry: Mapping[str, Any], where: str, *, nested: bool) -> Iterator[str]:
    for name, choices in _CHOICES.items():
        values = [choice.value for choice in choices]
        if name in entry and entry[name] not in values:
            yield f"{where}: {name} must be one of {', '.join(values)}"
    for name in _FLAGS:
        if not isinstance(entry.get(name, False), bool):
            yield f"{where}: {name} must be true or false"
    for name in _LISTS:
        given = entry.get(name, [])
        if not isinstance(given, list) or not all(isinstance(value, str) for value in given):
            yield f"{where}: {name} must be a list of texts"
    yield from _texts(entry, where, "description")
    if entry.get("type") != Type.COMPLEX:
        if entry.get("subAttributes"):
            yield f"{where}: only an attribute of type complex has subAttributes"
    elif nested:
        yield f"{where}: a complex attribute cannot be inside another one (RFC 7643 §2.3.8)"
    else:
        yield from _attribute_list(entry.get("subAttributes"), where, nested=True)


def _type_faults(entry: Any, where: str, schemas: Mapping[str, Schema]) -> Iterator[str]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not entry["name"]:
        yield f"{where} must be an object with a name"
        return
    where = f"resource type {entry['name']}"
    endpoint = entry.get("endpoint")
    if not isinstance(endpoint, str) or not _ENDPOINT.match(endpoint) or endpoint.lower() in _TAKEN:
        yield f"{where}: endpoint must be a path of one part that SCIM does not use itself, such as /Licences"
    yield from _texts(entry, where, "description")
    extensions = entry.get("schemaExtensions", [])
    if not isinstance(extensions, list) or not all(isinstance(item, Mapping) for item in extensions):
        yield f"{where}: schemaExtensions must be a list of objects with schema and required"
        extensions = []
    for urn in (entry.get("schema"), *(item.get("schema") for item in extensions)):
        if not isinstance(urn, str) or urn.lower() not in schemas:
            yield f"{where}: no schema of the file, and none of RFC 7643, is called {urn!r}"


def _resource_type(entry: Mapping[str, Any], schemas: Mapping[str, Schema]) -> ResourceType:
    given = entry.get("schemaExtensions", [])
    extensions = [(schemas[item["schema"].lower()], item.get("required") is True) for item in given]
    return ResourceType(
        entry["name"],
        entry["endpoint"],
        entry.get("description", ""),
        schemas[entry["schema"].lower()],
        tuple(schema for schema, _ in extensions),
        frozenset(schema.id for schema, required in extensions if required),
    )


def _clashes(kinds: tuple[ResourceType, ...]) -> Iterator[str]:
    endpoints: dict[str, ResourceType] = {}
    for kind in kinds:
        other = endpoints.setdefault(kind.endpoint.lower(), kind)
        if other is not kind:
            yield f"resource types {other.name} and {kind.name} have the same endpoint {kind.endpoint}"
