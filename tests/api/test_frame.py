"""What every request meets, whatever it asks for."""

import asyncio
import hashlib

import aiohttp
import pytest

from provisor.settings import Settings

PERSON = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}


async def test_a_token_is_accepted_in_every_spelling(api):
    """Okta's own SDK sends SSWS without the blank."""
    for header in ("SSWS {}", "SSWS{}", "ssws {}", "Bearer {}", "bearer  {}"):
        answer = await api.get("/nothing", headers={"Authorization": header.format(api.token)})
        assert answer.code == "E0000008", header


async def test_a_request_without_a_valid_token_is_refused(api):
    """Nobody learns anything without a token, not even which paths exist."""
    for header in ("", "SSWS", "SSWS wrong", "Basic dTpw", "Bearer", "Bearer ", "SSWS \u00e9"):
        for path in ("/users", "/nothing"):
            answer = await api.get(path, headers={"Authorization": header})
            assert (answer.status, answer.code) == (401, "E0000011"), header


async def test_a_token_without_the_scope_reads_only(api):
    """A read token gets 403 for a write, and nothing is written."""
    digest = hashlib.sha256(b"reader").digest()
    await api.database.pool.execute(
        "INSERT INTO api_token (id, name, hash, scopes) VALUES ('00Treader', 'reader', $1, '{read}')", digest
    )
    headers = {"Authorization": "SSWS reader"}
    assert (await api.get("/users", headers=headers)).status == 200
    answer = await api.post("/users", {"profile": PERSON}, headers=headers)
    assert (answer.status, answer.code) == (403, "E0000006")
    assert (await api.get("/users")).body == []


async def test_an_expired_token_is_no_token(api):
    """Expiry is the database's clock."""
    digest = hashlib.sha256(b"old").digest()
    await api.database.pool.execute(
        """INSERT INTO api_token (id, name, hash, scopes, expires)
        VALUES ('00Told', 'old', $1, '{read}', now() - interval '1 second')""",
        digest,
    )
    assert (await api.get("/users", headers={"Authorization": "SSWS old"})).code == "E0000011"


async def test_the_use_of_a_token_is_noted(api):
    """An administrator sees which tokens nobody needs any more."""
    await api.get("/users")
    assert await api.database.pool.fetchval("SELECT last_used FROM api_token") is not None


async def test_every_answer_has_the_headers_that_clients_wait_by(api):
    """Refusals too; the request id is the transaction id of the log."""
    names = ("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "date", "x-okta-request-id")
    for answer in (
        await api.get("/users"),
        await api.get("/nothing"),
        await api.get("/users", headers={"Authorization": "SSWS wrong"}),
        await api.get(api.url + "/healthz"),
    ):
        assert all(len(answer.headers.getall(name)) == 1 for name in names), answer
    made = await api.post("/users", {"profile": PERSON})
    events = (await api.get("/logs")).body
    assert events[-1]["transaction"]["id"] == made.headers["x-okta-request-id"]


async def test_requests_over_the_limit_are_refused_until_the_reset(start_api):
    """The limit counts for each token by itself."""
    api = await start_api(Settings(api_rate_limit=3))
    answers = [await api.get("/users") for _ in range(4)]
    if len({answer.headers["x-rate-limit-reset"] for answer in answers}) > 1:
        # A new minute began among them; four requests take no second one.
        answers = [await api.get("/users") for _ in range(4)]
    assert answers[-1].status == 429
    assert answers[-1].code == "E0000047"
    assert answers[-1].headers["x-rate-limit-remaining"] == "0"
    assert answers[-1].headers["x-rate-limit-limit"] == "3"
    assert (await api.get("/users", headers={"Authorization": "SSWS other"})).status == 401


async def test_an_error_has_all_parts_of_oktas(api):
    """SDKs read each of them."""
    answer = await api.get("/users/nobody")
    assert answer.status == 404
    assert answer.body == {
        "errorCode": "E0000007",
        "errorSummary": "Not found: Resource not found: nobody (User)",
        "errorLink": "E0000007",
        "errorId": answer.body["errorId"],
        "errorCauses": [],
    }
    assert answer.body["errorId"].startswith("oae")


async def test_unknown_paths_and_verbs_are_told_apart(api):
    """404 for a path that is not there, 405 for a verb it does not take."""
    assert (await api.get("/userz")).code == "E0000008"
    answer = await api.call("PATCH", "/users/00u1")
    assert (answer.status, answer.code) == (405, "E0000022")
    assert answer.causes == ["/api/v1/users/00u1 supports DELETE, GET, POST, PUT."]


async def test_a_body_that_is_not_json_is_refused(api):
    """Malformed, empty, a list, cut short, not UTF-8."""
    json = {"Content-Type": "application/json"}
    for body in (
        b"{",
        b"",
        b"[]",
        b"null",
        b'{"profile":',
        b'{"a": "\xff"}',
        b"[" * 5000,
        b'{"a": NaN, "b": "\\u0041"}',
    ):
        answer = await api.post("/users", data=body, headers=json)
        assert (answer.status, answer.code) == (400, "E0000003"), body[:20]


async def test_a_body_of_another_type_is_refused(api):
    """A missing type and a wrong one have codes of their own."""
    for header, code in (("text/plain", "E0000021"), ("application/x-www-form-urlencoded", "E0000021")):
        answer = await api.post("/users", data=b"{}", headers={"Content-Type": header})
        assert (answer.status, answer.code) == (400, code)
    answer = await api.post("/users", data=b"{}", skip_auto_headers=["Content-Type"])
    assert (answer.status, answer.code) == (400, "E0000018")
    answer = await api.post("/users", data=b"{}", headers={"Content-Type": "application/json; charset=utf-8"})
    assert answer.code == "E0000001"


async def test_text_that_cannot_be_stored_is_refused_with_its_path(api):
    """U+0000 and halves of surrogate pairs, in values and in names."""
    json = {"Content-Type": "application/json"}
    for body, path in (
        (rb'{"profile": {"title": "a\u0000b"}}', "profile.title"),
        (rb'{"profile": {"title": "\ud800"}}', "profile.title"),
        (rb'{"groupIds": ["x", "\u0000"]}', "groupIds[1]"),
        (rb'{"profile": {"a\u0000": 1}}', "profile.a\\u0000"),
    ):
        answer = await api.post("/users", data=body, headers=json)
        assert (answer.status, answer.code) == (400, "E0000001"), body
        assert answer.causes[0].startswith(path + ": "), answer.causes
    fine = rb'{"profile": {"title": "\ud83d\ude00 \\u0000", "login": 1}}'
    assert "title" not in str((await api.post("/users", data=fine, headers=json)).causes)


async def test_a_nul_in_an_address_is_refused(api):
    """PostgreSQL takes none, so it would be our error otherwise."""
    for path in ("/users/a%00b", "/users?q=%00", "/users?search=profile.login+eq+%22%00%22"):
        answer = await api.get(path)
        assert (answer.status, answer.code) == (400, "E0000001"), path


async def test_a_body_that_is_too_large_is_refused(start_api):
    """Whether its length is announced or not; the sentence names the setting."""
    api = await start_api(Settings(api_max_body=1024))

    async def pieces():
        for _ in range(20):
            yield b" " * 100

    json = {"Content-Type": "application/json"}
    for data in (b" " * 2000, pieces()):
        answer = await api.post("/users", data=data, headers=json)
        assert answer.status == 413
        assert "PROVISOR_API_MAX_BODY" in answer.causes[0]


async def test_our_own_bug_shows_nothing_of_itself(api):
    """The caller gets an id to quote; the log has the rest under it."""
    await api.database.pool.execute("ALTER TABLE users RENAME COLUMN profile TO secret_column")
    answer = await api.get("/users")
    assert (answer.status, answer.code) == (500, "E0000009")
    assert "secret" not in str(answer.body)


async def test_an_id_with_a_slash_is_one_segment(api):
    """Logins may hold one."""
    login = "a/b@example.com"
    made = await api.post("/users", {"profile": {**PERSON, "login": login}})
    async with api.session.get(
        aiohttp.client.URL(f"{api.url}/api/v1/users/a%2Fb@example.com", encoded=True),
        headers={"Authorization": f"SSWS {api.token}"},
    ) as response:
        assert (await response.json())["id"] == made.body["id"]


async def test_many_requests_at_once_are_all_answered(api):
    """More than there are connections to the database."""
    answers = await asyncio.gather(*(api.get("/users") for _ in range(50)))
    assert {answer.status for answer in answers} == {200}


@pytest.mark.parametrize("address", ["http://other.example:81", "https://other.example"])
async def test_links_lead_to_the_host_that_was_asked(api, address):
    """Behind a proxy that is not the address the server listens on."""
    host = address.partition("//")[2]
    answer = await api.get("/groups", headers={"Host": host, "X-Forwarded-Proto": address.partition(":")[0]})
    assert answer.body[0]["_links"]["self"]["href"].partition("//")[2].startswith(host)


async def test_a_request_that_another_got_in_the_way_of_is_carried_out_again(api):
    """The caller notices nothing of a deadlock; one that does not end is a 503 and changes nothing."""
    await api.database.pool.execute(
        """CREATE SEQUENCE meetings;
        CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF nextval('meetings') <= 2 OR NEW.name = 'Doomed' THEN RAISE SQLSTATE '40P01'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER meet BEFORE INSERT ON groups FOR EACH ROW EXECUTE FUNCTION meet()"""
    )
    assert (await api.post("/groups", {"profile": {"name": "Sales"}})).status == 200
    answer = await api.post("/groups", {"profile": {"name": "Doomed"}})
    assert (answer.status, answer.code) == (503, "E0000009")
    assert [group["profile"]["name"] for group in (await api.get("/groups")).body] == ["Everyone", "Sales"]
