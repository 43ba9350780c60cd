"""A mapping as two dropdowns and an expression beside them: what the fields hold, and the expression they mean."""

from __future__ import annotations

from collections.abc import Mapping as Map
from enum import StrEnum

from provisor.apps.compiling import LITERAL
from provisor.apps.mapping import Direction, Mapping, PushStatus
from provisor.console.forms import Form
from provisor.directory.attributes import Attribute, AttributeType

ROOTS = {Direction.TO_APP: "user", Direction.FROM_APP: "appuser"}
"""What stands before an attribute of the other side."""
FIELDS = ("how", "attribute", "constant", "expression", "occasion")


class How(StrEnum):
    """The first dropdown."""

    ATTRIBUTE = "attribute"
    CONSTANT = "constant"
    EXPRESSION = "expression"
    NOTHING = "nothing"


def as_form(mapping: Mapping | None, direction: Direction, sources: Map[str, Attribute]) -> dict[str, str]:
    """What the fields hold for a mapping; None: nothing is mapped."""
    values = {"how": How.NOTHING.value, "attribute": "", "constant": "", "expression": ""}
    values["occasion"] = (PushStatus.PUSH if mapping is None else mapping.push_status).value
    if mapping is None:
        return values
    root, dot, name = mapping.expression.strip().partition(".")
    found = LITERAL.match(mapping.expression.strip())
    if dot and root in (ROOTS[direction], "source") and name in sources:
        return {**values, "how": How.ATTRIBUTE.value, "attribute": name, "expression": mapping.expression}
    if found is not None:
        return {
            **values,
            "how": How.CONSTANT.value,
            "constant": found[1] or found[2] or "",
            "expression": mapping.expression,
        }
    return {**values, "how": How.EXPRESSION.value, "expression": mapping.expression}


def typed(form: Form) -> dict[str, str]:
    return {name: form.text(name) for name in FIELDS}


def read_mapping(
    values: Map[str, str], target: Attribute, direction: Direction, before: Mapping | None
) -> Mapping | None:
    """The mapping that the fields mean; None: do not map."""
    how = values["how"]
    if how == How.NOTHING:
        return None
    if how == How.ATTRIBUTE:
        expression = f"{ROOTS[direction]}.{values['attribute']}"
    elif how == How.CONSTANT:
        expression = literal(values["constant"], target)
    else:
        expression = values["expression"]
    occasion = PushStatus(values["occasion"]) if values["occasion"] in set(PushStatus) else PushStatus.PUSH
    return Mapping(target.name, expression, occasion, before.along_with if before is not None else None)


def literal(text: str, target: Attribute) -> str:
    """The same value for everybody, as an expression of the attribute's type."""
    if target.type in (AttributeType.NUMBER, AttributeType.INTEGER, AttributeType.BOOLEAN):
        return text.lower()
    return "'" + text.replace("'", "''") + "'"
