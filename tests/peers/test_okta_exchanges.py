"""What goes over the wire, byte for byte: every file of `okta/` is a test.

A file tells what the connector is asked to do (`calls`), and request by request what has to arrive (`exchanges`) and
what the app answers. `dialects` are the ones in which the exchange is the same.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from provisor.connector import Account, Desired
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import (
    AuthScheme,
    Dialect,
    ScimConnector,
    ScimSettings,
    authorization,
    load_policy,
    parse_policy,
)

from .raw_server import RawServer, compact, raw_server, reply

FILES = sorted(Path(__file__).with_name("okta").glob("*.json"))
CASES = [
    pytest.param(json.loads(file.read_text()), dialect, id=f"{file.stem}-{dialect}")
    for file in FILES
    for dialect in json.loads(file.read_text()).get("dialects", ["PATCH", "PUT"])
]
READ = {
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "User-Agent": "Okta SCIM Client 1.0.0",
    "Accept-Encoding": "gzip,deflate",
    "Connection": "Keep-Alive",
}
WRITE = READ | {"Content-Type": "application/scim+json; charset=utf-8"}


@pytest.mark.parametrize(("exchange", "dialect"), CASES)
async def test_the_connector_sends_exactly_the_published_requests(exchange: dict[str, Any], dialect: str) -> None:
    """Method, target, every header and every byte of the body are those of the file."""
    credentials = exchange.get("credentials", {"scheme": "TOKEN", "token": "f1e2d3c4"})
    header = authorization(**(credentials | {"scheme": AuthScheme(credentials["scheme"])}))
    policy = "\n".join(f"{name} = {json.dumps(value)}" for name, value in exchange.get("policy", {}).items())
    script = [reply(step["answer"]["status"], step["answer"].get("body", b"")) for step in exchange["exchanges"]]
    async with raw_server(script) as server:
        connector = ScimConnector(
            AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8"))),
            ScimSettings(server.url, header, Dialect(dialect), policy=parse_policy(policy, load_policy(dialect))),
        )
        results = [await _call(connector, **call) for call in exchange["calls"]]
        await connector.close()
    _assert_received(server, exchange, header[1])
    for call, result in zip(exchange["calls"], results, strict=True):
        if "result" in call:
            assert result == call["result"]


def test_every_capability_has_a_recorded_exchange() -> None:
    """No method of the port is left without a file."""
    called = {call["method"] for case in CASES for call in case.values[0]["calls"]}
    assert called == {
        "test",
        "find_accounts",
        "read_account",
        "create_account",
        "update_account",
        "reactivate_account",
        "deactivate_account",
    }


async def _call(connector: ScimConnector, method: str, arguments: dict[str, Any], result: object = None) -> object:
    arguments = dict(arguments)
    if "desired" in arguments:
        arguments["desired"] = Desired(**arguments["desired"])
    answer = await getattr(connector, method)(**arguments)
    if isinstance(answer, Account):
        return _shown(answer)
    return [_shown(account) for account in answer] if answer is not None else None


def _shown(account: Account) -> dict[str, object]:
    return {"id": account.id, "username": account.username, "active": account.active, "subject": account.subject}


def _assert_received(server: RawServer, exchange: dict[str, Any], header: str) -> None:
    wanted = [step["request"] for step in exchange["exchanges"]]
    assert [(seen.method, seen.target) for seen in server.received] == [(w["method"], w["target"]) for w in wanted]
    for seen, request in zip(server.received, wanted, strict=True):
        body = compact(request["body"]) if "body" in request else b""
        assert seen.body == body
        headers = (WRITE | {"Content-Length": str(len(body))}) if body else READ
        assert seen.headers == headers | {"Authorization": header, "Host": f"127.0.0.1:{server.port}"}
