"""Liveness, readiness and metrics, without a token."""

import asyncpg


async def test_a_server_whose_database_answers_is_ready(api):
    """Both probes answer 200."""
    for path in ("/healthz", "/readyz"):
        assert (await api.get(api.url + path, headers={"Authorization": ""})).status == 200


async def test_a_database_that_takes_no_changes_is_not_ready(api, database):
    """As after a failover to a standby: reading goes on, writing is refused with E0000010."""
    await api.get("/users")
    admin = await asyncpg.connect(database)
    name = await admin.fetchval("SELECT current_database()")
    await admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await admin.close()
    await api.database.pool.expire_connections()
    answer = await api.get(api.url + "/readyz")
    assert answer.status == 503
    assert "takes no changes" in answer.body["reason"]
    assert (await api.get("/users")).status == 200
    answer = await api.post("/groups", {"profile": {"name": "Sales"}})
    assert (answer.status, answer.code) == (503, "E0000010")


async def test_a_database_that_is_gone_is_not_ready(api, database):
    """The server lives on; requests get a 503 that says to try again."""
    admin = await asyncpg.connect(database)
    name = await admin.fetchval("SELECT current_database()")
    await admin.execute(f"ALTER DATABASE {name} WITH CONNECTION LIMIT 0")
    await admin.close()
    await api.database.pool.expire_connections()
    assert (await api.get(api.url + "/healthz")).status == 200
    assert (await api.get(api.url + "/readyz")).status == 503


async def test_metrics_show_requests_and_waiting_work(api):
    """By route, not by id; by app and lane."""
    await api.get("/users/00uabc")
    await api.database.pool.execute(
        """INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
        VALUES ('0oawiki', '00u1', 1, 1, now(), now() - interval '1 hour', 't')"""
    )
    text = (await api.get(api.url + "/metrics")).body
    assert 'provisor_api_requests_total{method="GET",path="/api/v1/users/{id}",status="404"} 1.0' in text
    assert 'provisor_queue_depth{app="0oawiki",lane="1"} 1.0' in text
    assert 'provisor_queue_lag_seconds{app="0oawiki"} 36' in text
    assert "00uabc" not in text
