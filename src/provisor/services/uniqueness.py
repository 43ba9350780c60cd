"""Keeps note of who has which value of attributes that nobody shares, in the transaction that changes profiles."""

from __future__ import annotations

from collections.abc import Sequence

from provisor.directory.uniqueness import Exchange, Holding, rivals
from provisor.services.errors import Invalid
from provisor.store import unique_values
from provisor.store.database import Connection

TAKEN = "somebody else has this value already, and nobody may share it"


class _Lost(Exception):
    """Values that somebody else has."""

    def __init__(self, holdings: Sequence[Holding]) -> None:
        self.late = {each.holder: each.attribute for each in holdings}


async def exchange_values(connection: Connection, owner: str, exchanges: Sequence[Exchange]) -> dict[str, str]:
    """Note what people give up and take. Who cannot have what they want, by attribute; nothing of theirs is noted.

    Whoever is refused keeps what they had, so that others may be refused for that.
    """
    wanted = [each for each in exchanges if each]
    refused: dict[str, str] = {}
    while wanted:
        late = rivals(wanted) or await _try(connection, owner, wanted)
        if not late:
            break
        refused |= late
        wanted = [each for each in wanted if each.holder not in refused]
    return refused


async def exchange_value(connection: Connection, owner: str, wanted: Exchange) -> None:
    """The same for one; raises `Invalid`."""
    for name in (await exchange_values(connection, owner, [wanted])).values():
        raise Invalid.one(name, TAKEN)


async def foresee(connection: Connection, owner: str, exchanges: Sequence[Exchange]) -> dict[str, str]:
    """Who would be refused, by attribute; writes nothing."""
    refused = rivals(exchanges)
    given = {(each.attribute, each.value, each.holder) for one in exchanges for each in one.gives}
    taken = [each for one in exchanges for each in one.takes]
    held = await unique_values.holders(connection, owner, taken) if taken else {}
    for each in taken:
        holder = held.get((each.attribute, each.value), each.holder)
        if holder != each.holder and (each.attribute, each.value, holder) not in given:
            refused.setdefault(each.holder, each.attribute)
    return refused


async def _try(connection: Connection, owner: str, wanted: Sequence[Exchange]) -> dict[str, str]:
    try:
        async with connection.transaction():
            await unique_values.give(connection, owner, [each for one in wanted for each in one.gives])
            lost = await unique_values.take(connection, owner, [each for one in wanted for each in one.takes])
            if lost:
                raise _Lost(lost)
    except _Lost as problem:
        return problem.late
    return {}
