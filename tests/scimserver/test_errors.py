"""Every refusal is a SCIM error in JSON with the right status, whatever was wrong."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scimserver import Limits, auth
from provisor.scimserver.testing import Peer, running


def is_error(answer: Any, status: int) -> bool:
    """Whether an answer is a complete SCIM error of this status."""
    body = answer.body
    return bool(
        answer.status == status
        and answer.headers["content-type"] == "application/scim+json"
        and body["schemas"] == [urns.ERROR]
        and body["status"] == str(status)
        and body["detail"]
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Users/00919288221112222", 404),
        ("GET", "/Nowhere", 404),
        ("GET", "", 404),
        ("GET", "/Users/a/b", 404),
        ("GET", "/Schemas/urn:nope", 404),
        ("GET", "!/", 404),
        ("GET", "!/scim/v1/Users", 404),
        ("GET", "/Users/%00", 404),
        ("DELETE", "/Users", 405),
        ("PUT", "/Groups", 405),
        ("POST", "/Users/x", 405),
        ("HEAD", "/Users", 405),
        ("POST", "/ServiceProviderConfig", 405),
        ("DELETE", "/Schemas", 405),
        ("PATCH", "/ResourceTypes/User", 405),
        ("GET", "/Schemas?filter=id%20pr", 403),
        ("GET", "/Bulk", 405),
        ("GET", "/Me", 501),
    ],
)
def test_an_address_or_method_that_does_not_exist(method: str, path: str, status: int, call: Any) -> None:
    """404, 405 with Allow, 403 for filters on discovery, 501 for what the protocol has and this server has not."""
    answer = call(method, path, b"{}" if method in ("POST", "PUT", "PATCH") else None)
    assert answer.status == status
    if method != "HEAD":
        assert is_error(answer, status)
    assert ("allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        (b"", "invalidSyntax"),
        (b"{", "invalidSyntax"),
        (b"[]", "invalidSyntax"),
        (b"null", "invalidSyntax"),
        (b'"x"', "invalidSyntax"),
        (b"\xff\xfe", "invalidSyntax"),
        (b"<html></html>", "invalidSyntax"),
        (b'{"userName": "\\ud800"}', "invalidSyntax"),
        (b'{"userName": NaN}', "invalidSyntax"),
        (b"[" * 100_000, "invalidSyntax"),
        (b"{}", "invalidValue"),
        (b'{"userName": ""}', "invalidValue"),
        (b'{"userName": null}', "invalidValue"),
        (b'{"userName": {"a": 1}}', "invalidValue"),
        (b'{"userName": ["a", "b"]}', "invalidValue"),
        (b'{"userName": "x", "emails": [[1]]}', "invalidValue"),
        (b'{"userName": "x", "schemas": "y"}', "invalidSyntax"),
    ],
)
def test_a_body_that_is_no_user_is_a_400(body: bytes, scim_type: str, peer: Peer, call: Any) -> None:
    """Nothing is stored, and the scimType says what is wrong."""
    answer = call("POST", "/Users", body)
    assert is_error(answer, 400), answer.raw
    assert answer.body["scimType"] == scim_type
    assert peer.users() == []


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "text/html; charset=utf-8", "json"]
)
def test_a_body_of_another_type_is_a_415(media: str, call: Any, kit: Any) -> None:
    """Only SCIM and plain JSON are read."""
    assert is_error(call("POST", "/Users", kit.user(), Content_Type=media), 415)


@pytest.mark.parametrize(
    "media", ["application/json", "application/scim+json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
def test_json_is_accepted_under_both_names(media: str, call: Any, kit: Any) -> None:
    """RFC 7644 §3.1 and what clients send."""
    answer = call("POST", "/Users", kit.user(), Content_Type=media, Accept="application/json")
    assert answer.status == 201


def test_a_body_that_is_too_large_is_a_413(kit: Any) -> None:
    """The limit holds before the body is read."""
    with running(limits=Limits(body=1000)) as peer:
        call = kit.caller(peer)
        assert is_error(call("POST", "/Users", kit.user(title="x" * 1000)), 413)
        assert call("POST", "/Users", kit.user()).status == 201


def test_without_the_token_there_is_nothing_to_see(peer: Peer, kit: Any) -> None:
    """401 with a challenge, before anything else is looked at; the answer does not repeat what was sent."""
    for value in (None, "non-token", "Bearer", "Bearer wrong-token", f"Basic {peer.token}", peer.token, ""):
        headers = {} if value is None else {"Authorization": value}
        for method, path in (("GET", "/Users"), ("POST", "/Users"), ("GET", "/Nowhere"), ("GET", "!/_requests")):
            answer = kit.send(peer.url, method, path, b"{}" if method == "POST" else None, headers)
            assert is_error(answer, 401), (value, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert b"wrong-token" not in answer.raw


def test_the_schemes_name_ignores_case(peer: Peer, kit: Any) -> None:
    """RFC 7235 §2.1."""
    assert kit.send(peer.url, "GET", "/Users", None, {"Authorization": f"bearer {peer.token}"}).status == 200


def test_basic_authentication(kit: Any) -> None:
    """User and password must both fit; a password may contain a colon."""
    with running(credential=auth.basic("okta", "pa:ss")) as peer:
        assert kit.send(peer.url, "GET", "/Users", None, {"Authorization": kit.basic("okta", "pa:ss")}).status == 200
        refused = kit.send(peer.url, "GET", "/Users", None, {"Authorization": kit.basic("okta", "pass")})
        assert is_error(refused, 401)
        assert refused.headers["www-authenticate"].startswith("Basic")


def test_a_raw_header_without_a_scheme(kit: Any) -> None:
    """Okta's header authentication sends the token alone; case and every character count."""
    with running(credential=auth.raw_header("s3cret Value")) as peer:
        assert kit.send(peer.url, "GET", "/Users", None, {"Authorization": "s3cret Value"}).status == 200
        for wrong in ("S3cret Value", "Bearer s3cret Value", "s3cret"):
            assert kit.send(peer.url, "GET", "/Users", None, {"Authorization": wrong}).status == 401


def test_a_credential_does_not_show_its_secret() -> None:
    """Neither repr nor the stored fields contain what was expected."""
    assert "tok-secret" not in repr(auth.bearer("tok-secret"))


def test_discovery_describes_the_server(call: Any) -> None:
    """Service provider configuration, resource types and schemas, as lists and one by one."""
    config = call("GET", "/ServiceProviderConfig").body
    assert config["patch"] == {"supported": True}
    assert config["bulk"] == {"supported": True, "maxOperations": 1000, "maxPayloadSize": 4194304}
    assert config["pagination"]["cursor"] is True
    types = call("GET", "/ResourceTypes").body
    assert [(t["id"], t["endpoint"]) for t in types["Resources"]] == [("User", "/Users"), ("Group", "/Groups")]
    assert call("GET", "/ResourceTypes/User").body == types["Resources"][0]
    schemas = call("GET", "/Schemas").body
    assert {s["id"] for s in schemas["Resources"]} == {urns.USER, urns.GROUP, urns.ENTERPRISE_USER}
    assert call("GET", f"/Schemas/{urns.USER}").body == schemas["Resources"][0]
