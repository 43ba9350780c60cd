"""Reads the bodies of successful answers: list responses and users. Judges no status and knows no transport.

What cannot be read raises `Unreadable`; every leniency is a field of the policy.
"""

from __future__ import annotations

from typing import NoReturn

import orjson

from provisor.connector import Account, Json
from provisor.connectors.scim.policy import PeerPolicy
from provisor.connectors.scim.wire import WIRES

_LIST_KEYS = ("schemas", "totalResults", "startIndex", "itemsPerPage", "Resources")
_BY_LOWER_KEY = {key.lower(): key for key in _LIST_KEYS}


class Unreadable(ValueError):
    """The body is not what RFC 7644 promises; the text says what is wrong with it."""

    def __init__(self, reason: str, tolerance: str | None = None) -> None:
        super().__init__(reason)
        self.tolerance = tolerance
        """The field of the policy that would let it pass, if there is one."""


def parse_object(body: bytes) -> dict[str, Json]:
    """Return the JSON object that the body is."""
    if not body.strip():
        raise Unreadable("the body is empty")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unreadable("the body is not JSON") from None
    if not isinstance(value, dict):
        raise Unreadable("the body is not a JSON object")
    return value


def forget_password(resource: dict[str, Json]) -> None:
    """Drop a password that a server shows: Okta's client sends it back, ours lets it go no further."""
    if "password" in map(str.lower, resource):
        for key in [key for key in resource if key.lower() == "password"]:
            del resource[key]


def parse_list(body: bytes, policy: PeerPolicy, *, may_be_empty: bool = False) -> list[dict[str, Json]]:
    """Return the resources of a ListResponse (RFC 7644 §3.4.2).

    A page that is empty although there are results can be read only where it `may_be_empty`.
    """
    answer = _list_object(body, policy)
    schemas = answer.get("schemas")
    wanted = WIRES[policy.version].list_schema
    if not (isinstance(schemas, list) and wanted in schemas) and not policy.optional_list_schemas:
        raise Unreadable("it is not a ListResponse: 'schemas' does not name one", "optional_list_schemas")
    total = _count(answer, "totalResults", policy)
    for name in ("startIndex", "itemsPerPage"):
        if name in answer or not policy.optional_list_counts:
            _count(answer, name, policy)
    resources = answer.get("Resources")
    if resources is None and (
        total == 0 or may_be_empty
    ):  # RFC 7644 §3.4.2 asks for Resources only when there are results
        return []
    users = [user for user in resources if isinstance(user, dict)] if isinstance(resources, list) else []
    if not isinstance(resources, list) or len(users) < len(resources):
        raise Unreadable("'Resources' is not an array of objects")
    # An empty page for a match would make us create the person a second time.
    if total < len(users) or (total > 0 and not users and not may_be_empty):
        raise Unreadable(f"'totalResults' is {total}, but 'Resources' holds {len(users)}")
    return users


def count_of(body: bytes, policy: PeerPolicy) -> int:
    """Return how many resources a ListResponse that `parse_list` can read says there are."""
    return _count(_list_object(body, policy), "totalResults", policy)


def _list_object(body: bytes, policy: PeerPolicy) -> dict[str, Json]:
    answer = parse_object(body)
    if policy.lowercase_list_keys and "totalResults" not in answer:
        return {_BY_LOWER_KEY.get(key.lower(), key): value for key, value in answer.items()}
    return answer


def parse_account(resource: dict[str, Json], policy: PeerPolicy) -> Account:
    """Return the account that a User resource describes (RFC 7643 §4.1)."""
    resource = WIRES[policy.version].parse_user(resource)
    forget_password(resource)
    account_id = resource.get("id")
    if policy.integer_ids and type(account_id) is int:
        account_id = str(account_id)
    if not isinstance(account_id, str) or account_id in ("", ".", ".."):
        _wrong(resource, "id", "a non-empty string", "integer_ids" if type(account_id) is int else None)
    username = resource.get("userName")
    if username is not None and not isinstance(username, str):
        _wrong(resource, "userName", "a string")
    active = resource.get("active")
    if policy.quoted_booleans and isinstance(active, str):
        active = {"true": True, "false": False}.get(active.lower(), active)
    if active is not None and not isinstance(active, bool):
        _wrong(resource, "active", "true or false", "quoted_booleans" if isinstance(active, str) else None)
    subject = resource.get("externalId")
    return Account(
        id=account_id,
        username=username,
        active=active,
        subject=subject if isinstance(subject, str) and subject else None,
        resource=resource,
    )


def _count(answer: dict[str, Json], name: str, policy: PeerPolicy) -> int:
    value = answer.get(name)
    if policy.quoted_integers and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:18])
    if type(value) is not int:
        _wrong(answer, name, "an integer", "quoted_integers" if isinstance(value, str) else None)
    return value


def _wrong(holder: dict[str, Json], name: str, wanted: str, tolerance: str | None = None) -> NoReturn:
    if name in holder:
        raise Unreadable(f"{name!r} is {orjson.dumps(holder[name]).decode()[:40]}, not {wanted}", tolerance)
    raise Unreadable(
        f"{name!r} is missing", "optional_list_counts" if name in ("startIndex", "itemsPerPage") else tolerance
    )
