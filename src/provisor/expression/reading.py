"""What an expression reads: which attributes of whom, and what its functions ask for.

It tells which changes can change a value, so that only those who are concerned are evaluated again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisor.expression.functions import FUNCTIONS
from provisor.expression.functions.signature import Source
from provisor.expression.tree import Call, Member, Name, Node, walk


@dataclass(frozen=True, slots=True)
class Reads:
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By root: `{"user": {"firstName"}}`."""
    sources: frozenset[Source] = frozenset()

    @property
    def user(self) -> frozenset[str]:
        """Attributes of the person's own profile, by either of its names."""
        return self.attributes.get("user", frozenset()) | self.attributes.get("source", frozenset())

    @property
    def is_constant(self) -> bool:
        return not self.attributes and not self.sources


def reads_of(node: Node, bare: str | None) -> Reads:
    """What evaluating the tree may look at."""
    attributes: dict[str, set[str]] = {}
    sources: set[Source] = set()
    roots: set[int] = set()
    for each in walk(node):
        match each:
            case Member(Name(root) as base, name):
                attributes.setdefault(root, set()).add(name)
                roots.add(id(base))
            case Name(name) if id(each) not in roots:
                attributes.setdefault(bare or "source", set()).add(name)
            case Call(name):
                asked = FUNCTIONS[name].reads
                if asked is not None:
                    sources.add(asked)
    return Reads({root: frozenset(names) for root, names in attributes.items()}, frozenset(sources))
