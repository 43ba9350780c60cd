"""Takes our flat attributes out of a resource that an app returned: the way back from `shape`. Judges no value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from provisor.connector import AccountAttribute, Json
from provisor.connectors.scim.attributes import CORE
from provisor.connectors.scim.paths import Step, Where, parse_external_name
from provisor.connectors.scim.render import has_value


def value_of(resource: Mapping[str, Json], attribute: AccountAttribute) -> Json:
    """What the app holds in the attribute's place; None when there is nothing."""
    return _walk(resource, attribute.external_namespace, parse_external_name(attribute))


def compile_observed(attributes: Iterable[AccountAttribute]) -> Callable[[Mapping[str, Json]], dict[str, Json]]:
    """Return what takes these attributes out of a resource; those without a value are left out."""
    places = [(each.name, each.external_namespace, parse_external_name(each)) for each in attributes]

    def observed(resource: Mapping[str, Json]) -> dict[str, Json]:
        found = ((name, _walk(resource, namespace, steps)) for name, namespace, steps in places)
        return {name: value for name, value in found if has_value(value)}

    return observed


def _walk(resource: Mapping[str, Json], namespace: str, steps: Sequence[Step]) -> Json:
    here: object = resource if namespace == CORE else resource.get(namespace)
    for step in steps:
        here = here.get(step.name) if isinstance(here, Mapping) else None
        if step.where is not None:
            here = _element(here, step.where)
    return here  # type: ignore[return-value]  # JSON all the way down


def _element(listed: object, where: Where) -> object:
    elements = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    found = next((each for each in elements if each.get(where.key) == where.value), None)
    # Servers that forget `primary` show the one element without it.
    return elements[0] if found is None and len(elements) == 1 and where.key not in elements[0] else found
