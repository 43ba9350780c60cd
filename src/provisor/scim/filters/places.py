"""Where a filter's attribute path leads in a schema, and which operands an attribute can be compared with.

Shared by everything that evaluates filters, so that memory and SQL read a filter alike.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from provisor.scim.errors import BadRequest, ScimType
from provisor.scim.policy import Policy
from provisor.scim.schemas import Attribute, ResourceType, Type

from .tree import AttrPath, Literal, Op

Scope: TypeAlias = ResourceType | Attribute | None
"""Where names are looked up: a resource, the elements of an attribute, or a document without a schema."""

ORDERING: Final = frozenset({Op.GT, Op.GE, Op.LT, Op.LE})
SUBSTRING: Final = frozenset({Op.CO, Op.SW, Op.EW})


@dataclass(frozen=True, slots=True)
class Place:
    """An attribute or sub-attribute, and the extension that holds it (None = the core)."""

    urn: str | None
    attribute: Attribute
    sub: Attribute | None = None

    @property
    def leaf(self) -> Attribute:
        """The attribute whose values are compared."""
        return self.sub or self.attribute

    @property
    def path(self) -> str:
        """The canonical path, such as `meta.lastModified`."""
        name = f"{self.attribute.name}.{self.sub.name}" if self.sub else self.attribute.name
        return f"{self.urn}:{name}" if self.urn else name


def find_place(path: AttrPath, scope: ResourceType | Attribute, *, whole: bool = False) -> Place | None:
    """Return what a path names, or None: an unknown attribute has no value (RFC 7644 §3.4.2.1).

    A complex attribute stands for its `value`, unless `whole` asks for the complex value itself.
    """
    urn: str | None = None
    if isinstance(scope, Attribute):
        if scope.type is not Type.COMPLEX:
            # RFC 7643 §2.4: the elements of a simple attribute are called `value`.
            return Place(None, scope) if path.urn is None and [n.lower() for n in path.names] == ["value"] else None
        attribute = scope.find(path.names[0]) if path.urn is None else None
    else:
        extension, attribute = scope.locate(path.urn, path.names[0])
        urn = extension.id if extension else None
    if attribute is None or len(path.names) > 2:
        return None
    if len(path.names) == 1 and (whole or attribute.type is not Type.COMPLEX):
        return Place(urn, attribute)
    sub = attribute.find(path.names[1] if len(path.names) == 2 else "value")
    return Place(urn, attribute, sub) if sub else None


def is_schemaless(path: AttrPath, scope: Scope) -> bool:
    """Whether no schema describes what the path leads to: no scope at all, or an extension nobody declared."""
    if scope is None:
        return True
    if path.urn is None or isinstance(scope, Attribute):
        return False
    return path.urn.lower() != scope.schema.id.lower() and scope.extension(path.urn) is None


def fitting_operand(attribute: Attribute | None, op: Op, operand: Literal, policy: Policy) -> Literal:
    """Return the operand in the attribute's type, or refuse the comparison with `invalidFilter`."""
    if attribute is None:
        if isinstance(operand, bool) and op not in (Op.EQ, Op.NE):
            raise unfit(f"operator {op.value} does not apply to a boolean")
    else:
        if attribute.type is Type.BOOLEAN and policy.coerce_booleans and isinstance(operand, str):
            operand = {"true": True, "false": False}.get(operand.lower(), operand)
        _check_type(attribute, op, operand)
    if isinstance(operand, int | float) and not isinstance(operand, bool) and op in SUBSTRING:
        raise unfit(f"operator {op.value} does not apply to the number {operand}")
    return operand


def _check_type(attribute: Attribute, op: Op, operand: Literal) -> None:
    if attribute.type is Type.BOOLEAN:
        fits = isinstance(operand, bool)
    elif attribute.type in (Type.DECIMAL, Type.INTEGER):
        fits = isinstance(operand, int | float) and not isinstance(operand, bool)
    else:
        fits = isinstance(operand, str)
    if not fits:
        raise unfit(f"{operand!r} is not a value of the {attribute.type.value} attribute {attribute.name}")
    # RFC 7644 §3.4.2.2: ordering booleans or binaries fails with 400 and invalidFilter.
    unordered = attribute.type in (Type.BOOLEAN, Type.BINARY) and op in ORDERING
    if unordered or (attribute.type is Type.BOOLEAN and op in SUBSTRING):
        raise unfit(f"operator {op.value} does not apply to the {attribute.type.value} attribute {attribute.name}")


def unfit(why: str) -> BadRequest:
    """Build the refusal of a filter that parses but cannot be applied."""
    return BadRequest(ScimType.INVALID_FILTER, f"the filter cannot be applied: {why}")
