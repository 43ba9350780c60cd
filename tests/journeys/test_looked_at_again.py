"""Whoever's account may have to change is looked at again, whatever it was that changed."""

from typing import Any

from provisor.scimserver.testing import Peer

UNANNOUNCED = """
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
VALUES ($1, $2, nextval('generation'), 1, now(), now(), 'trn')
"""


async def test_what_nobody_announced_is_found_however_much_is_announced(company: Any, peer: Peer) -> None:
    """News of other apps without end, as beside a second worker or a paused app, keeps no rescan from coming."""
    ann, bob = await company.hire("ann"), await company.hire("bob")
    first, second = await company.app(peer), await company.app(peer)
    await company.assign(first, ann)
    await company.assign(second, bob)
    await company.database.pool.execute("DELETE FROM dirty WHERE app_id = $1", second)
    async with company.worker():
        await company.settled(first)
        await company.database.pool.execute(UNANNOUNCED, second, bob)

        async def served() -> bool:
            await company.database.pool.execute("SELECT pg_notify('provisor_dirty', 'elsewhere')")
            return len(peer.users()) == 2

        await company.until(served, "the mark that nobody announced")
