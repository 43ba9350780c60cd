"""Apps that misbehave: what the SCIM connector calls it, whether a write may have happened, what the sentence says."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.peers.raw_server import DROP, SILENCE, RawServer, Reply, closed_port, raw_server, reply

from provisor.connector import (
    ConfigError,
    Desired,
    PeerConflict,
    PeerError,
    PeerMissing,
    PeerNonconformant,
    PeerRefused,
    PeerThrottled,
    PeerUnavailable,
)
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import AuthScheme, Dialect, PeerPolicy, ScimConnector, ScimSettings, authorization

ADA = Desired("00u1", "ada@example.com", {"givenName": "Ada", "familyName": "King", "email": "ada@example.com"})
PASSWORD = "pass-4Xr9-word"
TOKEN = "tok-s3cret-en"
USER: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "7", "userName": ADA.username}
ERROR = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"]}
HTML = b"<html><h1>It works!</h1></html>"
LIST: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    "totalResults": 0,
    "startIndex": 1,
    "itemsPerPage": 0,
    "Resources": [],
}

Call = Callable[[ScimConnector], Coroutine[Any, Any, Any]]
CALLS: dict[str, Call] = {
    "test": lambda connector: connector.test(),
    "find": lambda connector: connector.find_accounts(ADA.username),
    "read": lambda connector: connector.read_account("7"),
    "create": lambda connector: connector.create_account(ADA, PASSWORD),
    "update": lambda connector: connector.update_account("7", ADA),
    "deactivate": lambda connector: connector.deactivate_account("7"),
}
# What has to go well before the request that the test is about.
BEFORE: dict[str, list[Reply]] = {"update": [reply(200, USER)]}
READS = ["test", "find", "read"]
WRITES = ["create", "update", "deactivate"]


@asynccontextmanager
async def app(
    *script: Reply, policy: PeerPolicy | None = None, dialect: Dialect = Dialect.PATCH, timeout: float = 5
) -> AsyncIterator[tuple[ScimConnector, RawServer]]:
    async with raw_server(script) as server:
        connector = _connector(server.url, policy, dialect, timeout)
        yield connector, server
        await connector.close()


def _connector(url: str, policy: PeerPolicy | None, dialect: Dialect, timeout: float) -> ScimConnector:
    transport = AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8")), timeout=timeout)
    return ScimConnector(
        transport,
        ScimSettings(url, authorization(AuthScheme.TOKEN, token=TOKEN), dialect, policy=policy),
    )


async def failure(call: str, answer: Reply, **options: Any) -> PeerError:
    """The error of one call whose decisive request is answered so."""
    async with app(*BEFORE.get(call, []), answer, **options) as (connector, _):
        with pytest.raises(PeerError) as caught:
            await CALLS[call](connector)
    assert len(caught.value.message) <= 500
    assert TOKEN not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("answer", [DROP, SILENCE, reply(500, ERROR), reply(502, HTML), reply(503, b"")])
async def test_a_write_that_may_have_happened_is_unknown(call: str, answer: Reply) -> None:
    """Lost connection, silence and 5xx: observe before repeating."""
    error = await failure(call, answer, timeout=0.2)
    assert isinstance(error, PeerUnavailable)
    assert error.unknown


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("answer", [SILENCE, reply(500, ERROR), reply(502, HTML)])
async def test_a_read_that_fails_has_changed_nothing(call: str, answer: Reply) -> None:
    """Reads are never unknown."""
    error = await failure(call, answer, timeout=0.2)
    assert isinstance(error, PeerUnavailable)
    assert not error.unknown


async def test_a_write_to_nobody_surely_did_not_happen() -> None:
    """The connection was refused, so the create may be repeated at once."""
    async with closed_port() as url:
        connector = _connector(url, None, Dialect.PATCH, 5)
        with pytest.raises(PeerUnavailable) as caught:
            await connector.create_account(ADA, PASSWORD)
        await connector.close()
    assert not caught.value.unknown


async def test_a_proxys_page_is_told_with_its_status_and_text() -> None:
    """As Okta shows it: the status, then what could not be read."""
    error = await failure("create", reply(502, b"error code: 502"))
    assert error.message == "Bad Gateway. Errors reported by remote server: Invalid JSON: error code: 502."
    assert error.status == 502


@pytest.mark.parametrize("call", ["test", "find", "create", "update", "deactivate"])
@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_a_matter_of_settings(call: str, status: int) -> None:
    """With the app's own words."""
    error = await failure(call, reply(status, ERROR | {"detail": "token expired"}))
    assert isinstance(error, ConfigError)
    assert "Errors reported by remote server: token expired." in error.message


async def test_a_failing_test_is_told_in_oktas_words() -> None:
    """`Error authenticating:` begins the sentence."""
    error = await failure("test", reply(401, ERROR | {"detail": "no"}))
    assert error.message.startswith("Error authenticating: Unauthorized. Errors reported by remote server: no.")


async def test_a_wrong_base_url_is_a_matter_of_settings() -> None:
    """Nothing at `/Users`: neither a missing account nor a reason to look again."""
    assert isinstance(await failure("test", reply(404, HTML)), ConfigError)
    assert isinstance(await failure("create", reply(404, HTML)), ConfigError)


@pytest.mark.parametrize("call", ["test", "find", "create", "deactivate"])
async def test_a_redirect_is_not_followed(call: str) -> None:
    """The sentence names the final address."""
    error = await failure(call, reply(307, b"", Location="https://new.example/scim/Users?secret=1"))
    assert isinstance(error, ConfigError)
    assert "https://new.example/scim/Users." in error.message


@pytest.mark.parametrize("call", ["read", "update", "deactivate"])
async def test_an_id_that_is_gone_is_missing(call: str) -> None:
    """404 on a known id."""
    assert isinstance(await failure(call, reply(404, ERROR)), PeerMissing)


@pytest.mark.parametrize("call", ["create", "update"])
async def test_a_taken_name_is_a_conflict(call: str) -> None:
    """409, with the app's words."""
    error = await failure(call, reply(409, ERROR | {"detail": "User already exists in the database."}))
    assert isinstance(error, PeerConflict)
    assert error.message == "Conflict. Errors reported by remote server: User already exists in the database."


async def test_refused_data_carries_the_scim_type() -> None:
    """The product can tell what kind of fault the app saw."""
    error = await failure("create", reply(400, ERROR | {"detail": "bad locale", "scimType": "invalidValue"}))
    assert isinstance(error, PeerRefused)
    assert (error.scim_type, error.status) == ("invalidValue", 400)


async def test_an_app_without_patch_is_told_to_be_one_that_puts() -> None:
    """501 on PATCH is refused; there is no fall-back at run time."""
    error = await failure("deactivate", reply(501, ERROR))
    assert isinstance(error, PeerRefused)
    assert "only sends PUT" in error.message


@pytest.mark.parametrize("call", [*READS, *WRITES])
async def test_throttling_says_how_long(call: str) -> None:
    """429, and 503 with Retry-After, wait as long as the app says."""
    for status in (429, 503):
        error = await failure(call, reply(status, ERROR, Retry_After="17"))
        assert isinstance(error, PeerThrottled)
        assert error.retry_after == 17


async def test_throttling_without_a_time_leaves_it_to_the_caller() -> None:
    """429 without Retry-After is throttling, 503 without is an outage."""
    error = await failure("create", reply(429, ERROR))
    assert isinstance(error, PeerThrottled)
    assert error.retry_after is None
    assert isinstance(await failure("create", reply(503, ERROR)), PeerUnavailable)


@pytest.mark.parametrize("answer", [reply(201, b""), reply(204)])
async def test_a_create_without_a_user_is_nonconformant(answer: Reply) -> None:
    """In Okta's words."""
    error = await failure("create", answer)
    assert isinstance(error, PeerNonconformant)
    assert error.message.startswith("Create new user returned empty user.")


@pytest.mark.parametrize(
    "body",
    [
        HTML,
        HTML * 500,
        b"[]",
        b"{}",
        USER | {"id": ""},
        USER | {"id": 7},
        USER | {"id": ".."},
        USER | {"active": "True"},
    ],
)
async def test_a_create_whose_user_cannot_be_read_is_nonconformant(body: Any) -> None:
    """No id, a wrong type, or no JSON at all: the excerpt shows what came."""
    error = await failure("create", reply(201, body))
    assert isinstance(error, PeerNonconformant)
    assert "The app sent: " in error.message


async def test_a_user_other_than_the_one_asked_for_is_nonconformant() -> None:
    """A server that mixes ids up is not written to."""
    async with app(reply(200, USER | {"id": "8"})) as (connector, server):
        with pytest.raises(PeerNonconformant, match="'id' is '8', but '7' was asked for"):
            await connector.update_account("7", ADA)
    assert [request.method for request in server.received] == ["GET"]


async def test_a_deactivation_that_did_not_take_is_nonconformant() -> None:
    """200 with an account that is still active confirms nothing, in either dialect."""
    still = reply(200, USER | {"active": True})
    assert isinstance(await failure("deactivate", still), PeerNonconformant)
    async with app(still, still, dialect=Dialect.PUT) as (connector, _):
        with pytest.raises(PeerNonconformant, match="still active"):
            await connector.deactivate_account("7")


async def test_an_activation_that_did_not_take_is_nonconformant() -> None:
    """Linking and reactivating want the account to be active afterwards."""
    still = reply(200, USER | {"active": False})
    async with app(still, still, dialect=Dialect.PUT) as (connector, _):
        with pytest.raises(PeerNonconformant, match="still inactive"):
            await connector.reactivate_account("7", ADA)


async def test_a_put_without_an_answer_is_tolerated_by_policy_only() -> None:
    """RFC 7644 §3.5.1 wants 200 and the user; `empty_write_answers` takes 204."""
    error = await failure("update", reply(204))
    assert isinstance(error, PeerNonconformant)
    assert "can allow it: empty_write_answers" in error.message
    async with app(reply(200, USER), reply(204), policy=PeerPolicy(empty_write_answers=True)) as (connector, _):
        account = await connector.update_account("7", ADA)
    assert (account.id, account.username, account.subject) == ("7", "ada@example.com", "00u1")


async def test_a_patch_answered_200_without_a_body_is_tolerated_by_policy_only() -> None:
    """An empty 200 confirms nothing unless the policy says that it does."""
    assert isinstance(await failure("deactivate", reply(200, b"")), PeerNonconformant)
    async with app(reply(200, b""), policy=PeerPolicy(empty_write_answers=True)) as (connector, _):
        await connector.deactivate_account("7")


@pytest.mark.parametrize("call", ["test", "find"])
async def test_a_quoted_start_index_is_named(call: str) -> None:
    """The list is refused with the field that is wrong; the policy's field tolerates it."""
    quoted = reply(200, LIST | {"startIndex": "1"})
    error = await failure(call, quoted)
    assert isinstance(error, PeerNonconformant)
    assert "'startIndex' is \"1\", not an integer. The peer policy can allow it: quoted_integers." in error.message
    async with app(quoted, policy=PeerPolicy(quoted_integers=True)) as (connector, _):
        await CALLS[call](connector)


async def test_a_probe_without_a_list_is_told_in_oktas_words() -> None:
    """`No results for users returned` begins the sentence."""
    error = await failure("test", reply(200, HTML))
    assert isinstance(error, PeerNonconformant)
    assert error.message.startswith("No results for users returned: the body is not JSON.")


async def test_a_match_that_is_not_on_the_page_is_nonconformant() -> None:
    """`totalResults: 1` and no resource must not be taken for 'nobody': a second account would be created."""
    assert isinstance(await failure("find", reply(200, LIST | {"totalResults": 1})), PeerNonconformant)


async def test_secrets_that_the_app_repeats_are_struck_out() -> None:
    """The token and the password of the request do not reach the message, nor does what looks like one."""
    said = {"detail": f'bad request: Authorization: Bearer {TOKEN}, password={PASSWORD}, "password":"other"'}
    error = await failure("create", reply(400, ERROR | said))
    assert "other" not in error.message
    assert "[redacted]" in error.message
