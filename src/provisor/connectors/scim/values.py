"""Takes our flat attributes out of a resource that an app returned: the way back from `shape`. Judges no value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

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
    # An element that one attribute means is not taken for that of another.
    claimed = {step.where for _, _, steps in places for step in steps if step.where is not None}

    def observed(resource: Mapping[str, Json]) -> dict[str, Json]:
        found = ((name, _walk(resource, namespace, steps, claimed)) for name, namespace, steps in places)
        return {name: value for name, value in found if has_value(value)}

    return observed


def _walk(resource: Mapping[str, Json], namespace: str, steps: Sequence[Step], claimed: Collection[Where] = ()) -> Json:
    here: object = resource if namespace == CORE else resource.get(namespace)
    for step in steps:
        here = here.get(step.name) if isinstance(here, Mapping) else None
        if step.where is not None:
            here = _element(here, step.where, claimed)
    return here  # type: ignore[return-value]  # JSON all the way down


def _element(listed: object, where: Where, claimed: Collection[Where]) -> object:
    elements = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    found = next((each for each in elements if _is_at(each, where)), None)
    if found is not None or len(elements) != 1 or where.key in elements[0]:
        return found
    # Servers that forget `primary` show the one element without it.
    return None if any(_is_at(elements[0], other) for other in claimed) else elements[0]


def _is_at(element: Mapping[str, object], where: Where) -> bool:
    return where.key in element and element[where.key] == where.value
