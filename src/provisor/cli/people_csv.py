"""Which columns of a CSV file fill which attributes, as the options of `users load` say.

Reading the file is `directory.people_csv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from provisor.directory.people_csv import Columns, HeaderError


def choose_columns(
    header: Sequence[str], known: Iterable[str], mapping: Mapping[str, str], *, ignore_unknown: bool = False
) -> Columns:
    """Which column feeds which attribute: as `mapping` (attribute: column) says, else by equal names.

    A column that feeds nothing is an error unless it may be ignored; so is a mapping from a column that is not there.
    """
    attributes = set(known)
    absent = sorted({column for column in mapping.values() if column not in header})
    if absent:
        raise HeaderError(f"The file has no column {', '.join(absent)}. Its columns: {', '.join(header)}.")
    strange = sorted(set(mapping) - attributes)
    if strange:
        raise HeaderError(
            f"Profiles have no attribute {', '.join(strange)}. They have: {', '.join(sorted(attributes))}."
        )
    columns = {attribute: header.index(column) for attribute, column in mapping.items()}
    columns |= {name: index for index, name in enumerate(header) if name in attributes and name not in mapping}
    unused = [name or "(no name)" for index, name in enumerate(header) if index not in columns.values()]
    if unused and not ignore_unknown:
        raise HeaderError(
            f"No attribute takes the column {', '.join(unused)}. Map each one "
            f"(--map ATTRIBUTE={unused[0]}), or leave them out with --ignore-unknown."
        )
    if "login" not in columns:
        raise HeaderError("No column gives the login, by which people are told apart. Name one: --map login=COLUMN.")
    return columns
