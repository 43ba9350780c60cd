"""Profile Editor: the attributes of one profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.pages.profiles.definition import TYPES, type_of
from provisor.console.pages.profiles.owners import Owner, for_each_kind, load_owner
from provisor.console.visit import Visit
from provisor.directory.attributes import Attribute, Scope, Unique

TYPE_WORDS = dict(TYPES)


@dataclass(frozen=True, slots=True)
class Row:
    attribute: Attribute
    type: str
    added: bool
    removable: bool

    @property
    def notes(self) -> list[str]:
        """What is special about it."""
        each = self.attribute
        said = {
            "required": each.required,
            "unique": each.unique is Unique.UNIQUE_VALIDATED,
            "becoming unique: values are being looked through": each.unique is Unique.PENDING_UNIQUENESS,
            "user personal": each.scope is Scope.SELF,
            "combined across groups": each.union,
            "sensitive": each.sensitive,
            f"{len(each.choices)} choices": bool(each.choices),
        }
        return [words for words, so in said.items() if so]


@dataclass(frozen=True, slots=True)
class SchemaView:
    owner: Owner
    rows: Sequence[Row]


async def show(visit: Visit) -> Response:
    """Every attribute, those that came with Provisor first."""
    owner = await load_owner(visit)
    rows = [
        Row(each, TYPE_WORDS.get(type_of(each), each.type), each.name not in owner.schema.base, owner.may_remove(each))
        for each in owner.schema.attributes
    ]
    return visit.render("pages/profiles/schema.html", SchemaView(owner, rows))


routes = tuple(for_each_kind("", show, change=False, method="GET"))
