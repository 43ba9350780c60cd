"""Takes our flat attributes out of a resource that an app returned: the way back from `shape`. Judges no value."""

from __future__ import annotations

from provisor.connector import AccountAttribute, Json
from provisor.connectors.scim.attributes import CORE
from provisor.connectors.scim.paths import Where, parse_external_name


def value_of(resource: dict[str, Json], attribute: AccountAttribute) -> Json:
    """What the app holds in the attribute's place; None when there is nothing."""
    here: Json = resource if attribute.external_namespace == CORE else resource.get(attribute.external_namespace)
    for step in parse_external_name(attribute):
        here = here.get(step.name) if isinstance(here, dict) else None
        if step.where is not None:
            here = _element(here, step.where)
    return here


def _element(listed: Json, where: Where) -> Json:
    elements = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    found = next((each for each in elements if each.get(where.key) == where.value), None)
    # Servers that forget `primary` show the one element without it.
    return elements[0] if found is None and len(elements) == 1 and where.key not in elements[0] else found
