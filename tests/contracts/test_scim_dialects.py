"""What each dialect sends, request by request: minimal, "PATCH for User", versions, and PUT where PATCH fails."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.peers.raw_server import DROP, RawServer, Reply, raw_server, reply

from provisor.connector import AccountAttribute, Desired, PeerNonconformant, PeerRefused, PeerUnavailable, Presence
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import (
    CORE,
    ENTERPRISE,
    AuthScheme,
    Dialect,
    PeerPolicy,
    ScimConnector,
    ScimSettings,
    authorization,
    load_policy,
    parse_policy,
)

ATTRIBUTES = tuple(
    AccountAttribute(name, external, namespace)
    for name, external, namespace in (
        ("userName", "userName", CORE),
        ("givenName", "name.givenName", CORE),
        ("middleName", "name.middleName", CORE),
        ("title", "title", CORE),
        ("email", "emails.^[primary==true].value", CORE),
        ("phone", "phoneNumbers.^[type=='work'].value", CORE),
        ("department", "department", ENTERPRISE),
        ("managerValue", "manager.value", ENTERPRISE),
        ("managerDisplayName", "manager.displayName", ENTERPRISE),
    )
)
ADA = Desired("00u1", "ada@x", {"givenName": "Ada", "email": "ada@x", "department": "IT", "managerDisplayName": "Bob"})
USER: dict[str, Any] = {"schemas": [CORE], "id": "7", "userName": "ada@x", "active": True}
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
WRITTEN = {
    "userName": "ada@x",
    "name": {"givenName": "Ada", "middleName": None},
    "title": None,
    ENTERPRISE: {"department": "IT", "manager": None},
    "externalId": "00u1",
}
ELEMENTS = [
    {"op": "remove", "path": "emails[primary eq true]"},
    {"op": "add", "path": "emails", "value": [{"primary": True, "value": "ada@x"}]},
    {"op": "remove", "path": 'phoneNumbers[type eq "work"]'},
]


@asynccontextmanager
async def app(
    *script: Reply, dialect: Dialect = Dialect.MINIMAL, policy: PeerPolicy | None = None
) -> AsyncIterator[tuple[ScimConnector, RawServer]]:
    async with raw_server(script) as server:
        transport = AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8")), timeout=5)
        header = authorization(AuthScheme.TOKEN, token="tok-s3cret")
        connector = ScimConnector(transport, ScimSettings(server.url, header, dialect, ATTRIBUTES, policy))
        yield connector, server
        await connector.close()


def minimal(**changes: Any) -> PeerPolicy:
    text = "\n".join(f"{name} = {json.dumps(value)}" for name, value in changes.items())
    return parse_policy(text, load_policy(Dialect.MINIMAL))


def methods(server: RawServer) -> list[str]:
    return [each.method for each in server.received]


def operations(server: RawServer) -> list[dict[str, Any]]:
    """Of the last request."""
    document = json.loads(server.received[-1].body)
    assert document["schemas"] == [PATCH_OP]
    found: list[dict[str, Any]] = document["Operations"]
    return found


async def test_a_minimal_update_is_one_patch_of_every_mapped_attribute() -> None:
    """What has no value is cleared, elements of lists are taken out and added anew, what is read-only is left out."""
    async with app(reply(200, USER)) as (connector, server):
        account = await connector.update_account("7", ADA)
    assert account.id == "7"
    assert methods(server) == ["PATCH"]
    assert operations(server) == [*ELEMENTS, {"op": "replace", "value": WRITTEN}]
    assert "If-Match" not in server.received[0].headers
    assert server.received[0].headers["User-Agent"] == "Provisor"


@pytest.mark.parametrize("answer", [reply(200, USER), reply(204)])
async def test_a_minimal_return_is_one_patch_with_the_state(answer: Reply) -> None:
    """Link and reactivation switch on and write the profile at once; 204 is an answer too."""
    async with app(answer) as (connector, server):
        assert (await connector.reactivate_account("7", ADA)).id == "7"
    assert methods(server) == ["PATCH"]
    assert operations(server)[-1]["value"] == WRITTEN | {"active": True}


async def test_a_minimal_switching_off_is_one_patch_of_the_state() -> None:
    """Nothing else is in it."""
    async with app(reply(204)) as (connector, server):
        await connector.deactivate_account("7")
    assert operations(server) == [{"op": "replace", "value": {"active": False}}]
    assert methods(server) == ["PATCH"]


async def test_a_minimal_create_leaves_out_what_is_only_okta_s() -> None:
    """No empty `groups`."""
    async with app(reply(201, USER)) as (connector, server):
        await connector.create_account(ADA, "pw")
    body = json.loads(server.received[0].body)
    assert "groups" not in body
    assert (body["userName"], body["externalId"], body["active"], body["password"]) == ("ada@x", "00u1", True, "pw")


async def test_an_app_that_answers_active_with_its_opposite_is_not_believed() -> None:
    """A success whose body says the account is still off is no success."""
    async with app(reply(200, USER | {"active": False})) as (connector, _):
        with pytest.raises(PeerNonconformant, match="still inactive"):
            await connector.update_account("7", ADA, activate=True)


async def test_an_extension_without_any_value_is_not_written_as_an_object_of_nulls() -> None:
    """An account that never had it would get it, at which servers fail: what is cleared there is named by its path."""
    async with app(reply(204)) as (connector, server):
        await connector.update_account("7", Desired("00u1", "ada@x", {"givenName": "Ada", "email": "ada@x"}))
    *removals, written = operations(server)
    assert ENTERPRISE not in written["value"]
    extension = [each["path"] for each in removals if each["path"].startswith(ENTERPRISE)]
    assert extension == [f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager"]


async def test_in_an_extension_values_come_before_nulls() -> None:
    """A server may make the extension of the first attribute, and cannot make it of null."""
    async with app(reply(204)) as (connector, server):
        await connector.update_account("7", Desired("00u1", "ada@x", {"givenName": "Ada", "managerValue": "8"}))
    (written,) = [each["value"] for each in operations(server) if "path" not in each]
    assert list(written[ENTERPRISE].items()) == [("manager", {"value": "8"}), ("department", None)]


async def test_values_are_removed_by_operations_where_the_policy_says_so() -> None:
    """`clear_as = "omit"` has nothing to leave out in a PATCH: it names the paths."""
    async with app(reply(204), policy=minimal(clear_as="omit", lists="whole")) as (connector, server):
        await connector.update_account("7", ADA)
    *removals, written = operations(server)
    assert [each["path"] for each in removals] == [
        "name.middleName",
        "title",
        "phoneNumbers",
        f"{ENTERPRISE}:manager",
    ]
    assert {each["op"] for each in removals} == {"remove"}
    assert written["value"]["emails"] == [{"primary": True, "value": "ada@x"}]
    assert written["value"]["name"] == {"givenName": "Ada"}


async def test_patch_for_user_reads_and_sends_whole_attributes_without_a_path() -> None:
    """Okta's form: one operation, nested values; other elements of a list stay, what lost its value is null."""
    current = USER | {
        "title": "Countess",
        "name": {"givenName": "A.", "formatted": "A. King"},
        "emails": [{"value": "home@x", "type": "home"}, {"value": "old@x", "primary": True}],
        "externalId": "00u1",
        "nickName": "Ada",
    }
    async with app(reply(200, current), reply(204), dialect=Dialect.PATCH_USER) as (connector, server):
        await connector.update_account("7", ADA)
    assert methods(server) == ["GET", "PATCH"]
    assert operations(server) == [
        {
            "op": "replace",
            "value": {
                "userName": "ada@x",
                "name": {"givenName": "Ada", "formatted": "A. King"},
                "emails": [{"value": "home@x", "type": "home"}, {"value": "ada@x", "primary": True}],
                "title": None,
                ENTERPRISE: {"department": "IT", "manager": {"displayName": "Bob"}},
                "externalId": "00u1",
            },
        }
    ]


async def test_patch_for_user_switches_on_as_the_templates_do() -> None:
    """GET, PATCH of the state, then the profile."""
    script = [reply(200, USER), reply(204), reply(200, USER), reply(200, USER)]
    async with app(*script, dialect=Dialect.PATCH_USER) as (connector, server):
        await connector.reactivate_account("7", ADA)
    assert methods(server) == ["GET", "PATCH", "GET", "PATCH"]


# ---------------------------------------------------------------------- versions

V1, V2, V3 = ({"meta": {"version": f'W/"{number}"'}} for number in (1, 2, 3))


async def test_a_profile_is_written_under_the_version_last_seen() -> None:
    """From a body or a header; the answer to the write tells the next one."""
    script = [reply(200, USER | V1), reply(204, ETag='W/"2"'), reply(200, USER), reply(200, USER)]
    async with app(*script) as (connector, server):
        await connector.read_account("7")
        for _ in range(3):
            await connector.update_account("7", ADA)
    held = [each.headers.get("If-Match") for each in server.received]
    assert held == [None, 'W/"1"', 'W/"2"', None]


async def test_an_account_that_was_edited_meanwhile_is_looked_at_again() -> None:
    """412: one look, and the same values under the version that is there now."""
    script = [reply(200, USER | V1), reply(412), reply(200, USER | V2), reply(200, USER | V3)]
    async with app(*script) as (connector, server):
        await connector.read_account("7")
        await connector.update_account("7", ADA)
    assert methods(server) == ["GET", "PATCH", "GET", "PATCH"]
    assert server.received[-1].headers["If-Match"] == 'W/"2"'
    assert server.received[-1].body == server.received[1].body


async def test_an_account_that_never_holds_still_is_for_later() -> None:
    """A second 412 surely changed nothing: wait and repeat."""
    script = [reply(200, USER | V1), reply(412), reply(200, USER | V2), reply(412)]
    async with app(*script) as (connector, _):
        await connector.read_account("7")
        with pytest.raises(PeerUnavailable, match="changes in the app at this very moment") as caught:
            await connector.update_account("7", ADA)
    assert (caught.value.status, caught.value.unknown) == (412, False)


async def test_a_put_that_comes_too_late_is_made_from_what_is_there_now() -> None:
    """The edit that came between is in the second body."""
    policy = parse_policy("if_match = true", load_policy(Dialect.PUT))
    edited = USER | V2 | {"nickName": "Countess"}
    script = [reply(200, USER | V1), reply(412), reply(200, edited), reply(200, edited)]
    async with app(*script, policy=policy) as (connector, server):
        await connector.update_account("7", ADA)
    assert methods(server) == ["GET", "PUT", "GET", "PUT"]
    assert json.loads(server.received[-1].body)["nickName"] == "Countess"
    assert [server.received[at].headers["If-Match"] for at in (1, 3)] == ['W/"1"', 'W/"2"']


async def test_a_lost_answer_makes_the_version_unknown() -> None:
    """The write may have been carried out: the next one is not held to the old version."""
    async with app(reply(200, USER | V1), DROP, reply(200, USER)) as (connector, server):
        await connector.read_account("7")
        with pytest.raises(PeerUnavailable):
            await connector.update_account("7", ADA)
        await connector.update_account("7", ADA)
    assert [each.headers.get("If-Match") for each in server.received] == [None, 'W/"1"', None]


async def test_whoever_leaves_is_switched_off_whatever_the_version() -> None:
    """Switching an account off is never held up by somebody else's edit."""
    async with app(reply(200, USER | V1), reply(204)) as (connector, server):
        await connector.read_account("7")
        await connector.deactivate_account("7")
    assert "If-Match" not in server.received[-1].headers


async def test_okta_s_dialects_send_no_versions() -> None:
    """As Okta does not."""
    async with app(reply(200, USER | V1), reply(200, USER), dialect=Dialect.PUT) as (connector, server):
        await connector.update_account("7", ADA)
    assert "If-Match" not in server.received[-1].headers


@pytest.mark.parametrize("version", ["", 7, 'W/"1"\r\nX-Injected: 1', "é", "x" * 201])
async def test_what_cannot_be_a_header_is_no_version(version: Any) -> None:
    """Nothing a server writes into a version gets into our requests otherwise."""
    async with app(reply(200, USER | {"meta": {"version": version}}), reply(204)) as (connector, server):
        await connector.read_account("7")
        await connector.update_account("7", ADA)
    assert "If-Match" not in server.received[-1].headers


# ---------------------------------------------------------------------- PUT where PATCH fails


@pytest.mark.parametrize("status", [405, 501])
async def test_an_app_without_patch_is_written_by_put_then_and_from_then_on(status: int) -> None:
    """The refusal is met once; switching off goes by PUT too, and the connection test says so."""
    config = {"patch": {"supported": True}}
    script = [
        reply(status, b""),
        *[reply(200, USER), reply(200, USER)],
        *[reply(200, USER), reply(200, USER)],
        *[reply(200, USER), reply(200, USER | {"active": False})],
        reply(200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0,
                    "startIndex": 1, "itemsPerPage": 0}),
        reply(404),
        reply(200, config),
    ]  # fmt: skip
    async with app(*script) as (connector, server):
        await connector.update_account("7", ADA)
        await connector.update_account("7", ADA)
        await connector.deactivate_account("7")
        assert methods(server) == ["PATCH", "GET", "PUT", "GET", "PUT", "GET", "PUT"]
        survey = await connector.survey()
    part = next(part for part in survey.parts if part.name == "PATCH")
    assert part.presence is Presence.ABSENT
    assert part.said.endswith("Accounts are written by PUT instead.")


async def test_okta_s_templates_do_not_make_up_for_a_missing_patch() -> None:
    """501 is a task that says what kind of connection serves."""
    async with app(reply(501), dialect=Dialect.PATCH) as (connector, server):
        with pytest.raises(PeerRefused, match="only sends PUT"):
            await connector.deactivate_account("7")
    assert methods(server) == ["PATCH"]
