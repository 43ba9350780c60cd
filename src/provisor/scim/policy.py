"""What to tolerate from a peer, as data: each field is one deviation from the RFCs that real clients show.

`STRICT` accepts only what RFC 7643/7644 allow; `TOLERANT` accepts every shape that Okta and Microsoft Entra ID are
known to send. Nothing here is on the wire, and nothing here asks which vendor is talking. Each field has fixtures in
`tests/unit/scim/deviations`: what was seen, what it must become, and how it is refused without the field.
"""

from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class Policy:
    """Named tolerances; the default tolerates nothing."""

    fold_op_case: bool = False
    """`"Add"`, `"Replace"`, `"Remove"` are read as their lower-case forms."""

    ignore_extra_keys: bool = False
    """Keys that a PatchOp does not have (`"name"` in an operation, `"id"` beside `schemas`) are passed over."""

    expand_keys: bool = False
    """Keys `"name.givenName"`, `"urn:…:User:department"`, `"emails[type eq …].value"` inside a value are paths."""

    ignore_read_only: bool = False
    """`id`, `schemas`, `meta`, `groups` in a PATCH are dropped instead of refused with `mutability`."""

    coerce_booleans: bool = False
    """`"True"` and `"False"` (any case) stand for booleans, in values and in filters."""

    coerce_strings: bool = False
    """Numbers and booleans stand for their text in string attributes."""

    coerce_numbers: bool = False
    """`"7"` stands for the number in integer and decimal attributes."""

    wrap_single_value: bool = False
    """A single object stands for a list of one in multi-valued attributes."""

    wrap_plain_value: bool = False
    """`"manager": "id"` stands for `{"value": "id"}`, and `"members": "id"` or `["id"]` for a list of such objects."""

    unwrap_single_value: bool = False
    """`[{"value": x}]` and `{"value": x}` stand for x in simple attributes, `[{…}]` for `{…}` in complex ones."""

    remove_listed_values: bool = False
    """`remove` with a path and a value list removes those values instead of all."""

    ignore_unmatched_remove: bool = False
    """`remove` with a filter that matches nothing changes nothing instead of failing with `noTarget`."""

    create_unmatched: bool = False
    """`add`/`replace` on `emails[type eq "work"].value` creates the element that does not exist yet."""

    sub_attribute_after_filter: bool = False
    """In a filter, `emails[type eq "work"].value eq "x"` stands for `emails[type eq "work" and value eq "x"]`."""

    empty_string_clears: bool = False
    """`""` unassigns an attribute as `null` does."""

    ignore_unknown: bool = False
    """Attributes that no schema declares are dropped instead of refused with `invalidSyntax`/`invalidPath`."""

    assume_schemas: bool = False
    """A missing `schemas`, or one without the resource type's own URN, stands for that URN."""

    ignore_unknown_schemas: bool = False
    """URNs in `schemas` that the resource type does not have are dropped (RFC 7643 §3 forbids them)."""

    keep_unknown_extensions: bool = False
    """Objects under a URN that no schema declares are stored and returned as they came."""

    loose_references: bool = False
    """References need not be URIs: photos and profile URLs arrive with blanks and worse."""

    restrict_canonical_values: bool = False
    """Not a tolerance but the opposite, so TOLERANT leaves it off too: only an attribute's `canonicalValues` are
    accepted, which RFC 7643 §7 merely suggests."""

    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Compiled plans are looked up by policy for every value, so the hash is computed once.
        object.__setattr__(self, "_hash", hash(tuple(getattr(self, name) for name in self.names())))

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the fields."""
        return tuple(each.name for each in fields(cls) if each.init)


STRICT = Policy()
TOLERANT = Policy(**{name: name != "restrict_canonical_values" for name in Policy.names()})
