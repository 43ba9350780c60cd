"""The PostgreSQL storage under the whole server: all survives, pages are right at any depth, batches are fair."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from provisor.scim import urns
from provisor.scim.errors import BadRequest, ScimError, ScimType
from provisor.scim.schemas import GROUP, USER
from provisor.scimserver.auth import bearer
from provisor.scimserver.options import Options, Tenant
from provisor.scimserver.postgres.batching import Batched
from provisor.scimserver.postgres.storage import Database, DatabaseError
from provisor.scimserver.postgres.tables import STRETCH
from provisor.scimserver.records import Member, make_record
from provisor.scimserver.testing import running
from provisor.scimserver.testing_storage import NOW


def test_everything_survives_a_restart(empty_database: str, kit: Any) -> None:
    """Users, groups, memberships, passwords, versions, for each tenant; PATCH, filter, sort and Bulk in between."""
    options = Options(credential=bearer("t"), database=empty_database, tenants=(Tenant("red", bearer("r")),))
    auth = {"Authorization": "Bearer t"}
    with running(options, token="t") as peer:
        call = kit.caller(peer)
        ids = [call("POST", "/Users", kit.user(f"u{n}@example.com", password="pw")).body["id"] for n in range(3)]
        members = [{"value": ids[0]}, {"value": ids[2]}, {"value": "ghost"}]
        group = call("POST", "/Groups", {"schemas": [urns.GROUP], "displayName": "Guides", "members": members}).body
        call("PATCH", f"/Users/{ids[1]}", kit.patch({"op": "add", "path": "title", "value": "Guide"}))
        assert call("POST", "/Users", kit.user("U0@EXAMPLE.com")).status == 409
        one = {"method": "DELETE", "path": f"/Users/{ids[2]}"}
        call("POST", "/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": [one]})
    with running(options, token="t") as peer:
        call = kit.caller(peer)
        assert call("GET", "/Users").body["totalResults"] == 2
        found = call("GET", '/Users?filter=title co "UID"&sortBy=userName').body
        assert [user["id"] for user in found["Resources"]] == [ids[1]]
        assert found["Resources"][0]["meta"]["version"] == 'W/"2"'
        shown = call("GET", f"/Groups/{group['id']}").body
        assert [member["value"] for member in shown["members"]] == [ids[0], "ghost"]
        assert call("GET", f"/Users/{ids[0]}").body["groups"][0]["display"] == "Guides"
        assert call("GET", f'/Users?filter=groups.value eq "{group["id"]}"').body["totalResults"] == 1
        assert call("GET", '/Groups?filter=members.display eq "Babs Jensen"').body["totalResults"] == 1
        red = peer.url.replace("/scim/v2", "/red/scim/v2")
        assert kit.send(red, "GET", "/Users", None, auth).status == 401
        assert kit.send(red, "GET", "/Users", None, {"Authorization": "Bearer r"}).body["totalResults"] == 0


async def test_pages_are_right_across_stretches(empty_database: str) -> None:
    """Positions are counted by stretches of sequence numbers; holes in them move nothing."""
    database = await Database.connect(empty_database)
    storage = await database.open()
    number = 2 * STRETCH + 40
    users = [make_record(USER, f"u{n:05}", {"schemas": [], "userName": f"u{n}"}, NOW, NOW) for n in range(number)]
    for first in range(0, number, 64):
        await asyncio.gather(*(storage.insert(user) for user in users[first : first + 64]))
    everything = [user.id for user in await storage.page(USER, 0, number + 10)]
    for id in everything[5 : STRETCH + 5 : 3]:
        await storage.delete(USER, id)
    left = [user.id for user in await storage.page(USER, 0, number)]
    assert len(left) == await storage.count(USER)
    for offset in (0, 1, STRETCH // 2, STRETCH, len(left) - 7, len(left), len(left) + 5):
        assert [user.id for user in await storage.page(USER, offset, 9)] == left[offset : offset + 9]
    await database.close()


async def test_text_that_cannot_be_stored_is_the_clients_fault(empty_database: str) -> None:
    """U+0000 anywhere and a userName longer than an index entry are a 400; in a question they find nothing."""
    database = await Database.connect(empty_database)
    storage = await database.open()
    for resource in ({"userName": "a\0b"}, {"userName": "a", "title": "x\0"}, {"userName": "x" * 3000}):
        with pytest.raises(BadRequest) as refusal:
            await storage.insert(make_record(USER, "1", {"schemas": [], **resource}, NOW, NOW))
        assert refusal.value.scim_type is ScimType.INVALID_VALUE
    assert await storage.find(USER, "a\0b") is None
    assert await storage.lookup(USER, "userName", "a\0b") == []
    long = make_record(USER, "1", {"schemas": [], "userName": "a", "displayName": "é" * 5000}, NOW, NOW)
    await storage.insert(long)
    assert [user.id for user in await storage.lookup(USER, "displayName", "é" * 5000)] == ["1"]
    await database.close()


async def test_two_processes_share_a_database(empty_database: str) -> None:
    """What one wrote the other reads, and only one of two updates of the same version wins."""
    one, two = await Database.connect(empty_database), await Database.connect(empty_database)
    first, second = await asyncio.gather(one.open(), two.open())
    made = await first.insert(make_record(GROUP, "g", {"schemas": [], "displayName": "G"}, NOW, NOW), [Member("a")])
    assert await second.find(GROUP, "g") == made
    assert await second.present("g", ["a", "b"]) == {"a"}
    await one.close()
    await two.close()


async def test_a_database_that_cannot_be_used_is_a_sentence_without_its_password(cluster: Any) -> None:
    """It says what to check."""
    for dsn in ("postgresql://me:s3cret@127.0.0.1:1/x", cluster.dsn("no_such_database")):
        with pytest.raises(DatabaseError) as refusal:
            await Database.connect(dsn)
        assert "--database" in str(refusal.value)
        assert "s3cret" not in str(refusal.value)


async def test_a_database_that_goes_away_is_a_503(empty_database: str, cluster: Any) -> None:
    """Something to wait for, not a bug of the server; for reads, batched reads and writes."""
    database = await Database.connect(empty_database)
    storage = await database.open()
    administrator = await asyncpg.connect(cluster.dsn())
    await administrator.execute(f"DROP DATABASE {urlsplit(empty_database).path[1:]} WITH (FORCE)")
    record = make_record(USER, "1", {"schemas": [], "userName": "a"}, NOW, NOW)
    for attempt in (storage.count(USER), storage.find(USER, "1"), storage.insert(record)):
        with pytest.raises(ScimError) as refusal:
            await attempt
        assert refusal.value.status == 503
    await administrator.close()
    await database.close()


async def test_questions_of_one_turn_are_asked_together() -> None:
    """The first goes at once with whoever is ready; what comes while it runs goes next, each key once."""
    asked: list[list[str]] = []
    gate = asyncio.Event()

    async def load(keys: Sequence[str]) -> Mapping[str, str]:
        asked.append(list(keys))
        await gate.wait()
        return {key: key.upper() for key in keys if key != "nobody"}

    batched = Batched[str](load)
    first = [asyncio.create_task(batched.get(key)) for key in ("a", "b", "a")]
    while not asked:
        await asyncio.sleep(0)
    later = [asyncio.create_task(batched.get(key)) for key in ("a", "nobody")]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*first, *later) == ["A", "B", "A", "A", None]
    assert asked == [["a", "b"], ["a", "nobody"]]


async def test_a_question_that_fails_fails_for_those_who_asked() -> None:
    """The next one is asked anew; somebody who left in the meantime disturbs nobody."""
    failing = True

    async def load(keys: Sequence[str]) -> Mapping[str, str]:
        await asyncio.sleep(0)
        if failing:
            raise OSError("gone")
        return dict.fromkeys(keys, "there")

    batched = Batched[str](load)
    gone = asyncio.create_task(batched.get("a"))
    stays = asyncio.create_task(batched.get("a"))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(OSError, match="gone"):
        await stays
    failing = False
    assert await batched.get("a") == "there"
