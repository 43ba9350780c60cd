"""The attributes an app's accounts have: what a SCIM app begins with, and what its connector has to know of them.

Reading and writing definitions is the directory's `schemas`; whether one may be changed is decided by the services.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from provisor.connector import AccountAttribute
from provisor.directory.attributes import Attribute, Scope
from provisor.scim.template import CORE, REQUIRED, TEMPLATE

WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
TITLES = {"userName": "Username", "nickName": "Nickname", "timezone": "Time zone", "locality": "City"}


def title_of(name: str) -> str:
    """What people read for a name: “Given name”."""
    first, *rest = WORDS.split(name)
    return TITLES.get(name) or " ".join([first[:1].upper() + first[1:], *(word.lower() for word in rest)])


SCIM_SCHEMA: tuple[Attribute, ...] = tuple(
    Attribute(
        name,
        title_of(name),
        required=name in REQUIRED,
        # Who somebody is, no group decides.
        scope=Scope.SELF if name in REQUIRED else Scope.NONE,
        external_name=external_name,
        external_namespace=namespace,
    )
    for namespace, attributes in TEMPLATE.items()
    for name, external_name in attributes.items()
)
"""What every SCIM app begins with, Okta's template profile."""
TEMPLATE_NAMES = frozenset(each.name for each in SCIM_SCHEMA)


def account_attributes(schema: Iterable[Attribute]) -> tuple[AccountAttribute, ...]:
    """What the connector has to know: names here and there."""
    return tuple(
        AccountAttribute(each.name, each.external_name or each.name, each.external_namespace or CORE, each.required)
        for each in schema
    )
