"""What to tolerate from a peer, as data: each field is one deviation from the RFCs that real clients show.

`STRICT` accepts only what RFC 7643/7644 allow; `TOLERANT` accepts every shape that Okta and Microsoft Entra ID are
known to send. Nothing here is on the wire, and nothing here asks which vendor is talking.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Named tolerances; the default tolerates nothing."""

    fold_op_case: bool = False
    """`"Add"`, `"Replace"`, `"Remove"` are read as their lower-case forms."""

    expand_keys: bool = False
    """Keys `"name.givenName"` and `"urn:…:User:department"` inside a value are paths."""

    ignore_read_only: bool = False
    """`id`, `schemas`, `meta`, `groups` in a PATCH are dropped instead of refused with `mutability`."""

    coerce_booleans: bool = False
    """`"True"` and `"False"` (any case) stand for booleans in boolean attributes."""

    coerce_strings: bool = False
    """Numbers and booleans stand for their text in string attributes."""

    wrap_single_value: bool = False
    """A single object or plain string stands for a one-element list in multi-valued attributes."""

    unwrap_single_value: bool = False
    """`[{"value": x}]` stands for x in simple attributes, and a plain x for `{"value": x}` in complex ones."""

    remove_listed_values: bool = False
    """`remove` with a path and a value list removes those values instead of all."""

    ignore_unmatched_remove: bool = False
    """`remove` with a filter that matches nothing changes nothing instead of failing with `noTarget`."""

    create_unmatched: bool = False
    """`add`/`replace` on `emails[type eq "work"].value` creates the element that does not exist yet."""

    empty_string_clears: bool = False
    """`""` unassigns an attribute as `null` does."""

    ignore_unknown: bool = False
    """Attributes that no schema declares are dropped instead of refused with `invalidSyntax`/`invalidPath`."""

    assume_schemas: bool = False
    """A missing `schemas` stands for the resource type's own."""

    keep_unknown_extensions: bool = False
    """Objects under a URN that no schema declares are stored and returned as they came."""


STRICT = Policy()
TOLERANT = Policy(
    fold_op_case=True,
    expand_keys=True,
    ignore_read_only=True,
    coerce_booleans=True,
    coerce_strings=True,
    wrap_single_value=True,
    unwrap_single_value=True,
    remove_listed_values=True,
    ignore_unmatched_remove=True,
    create_unmatched=True,
    empty_string_clears=True,
    ignore_unknown=True,
    assume_schemas=True,
    keep_unknown_extensions=True,
)
