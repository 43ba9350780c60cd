"""Reading answers: the table of refusals, Retry-After, error bodies, lists, users, and what is struck out of words."""

from typing import Any

import orjson
import pytest

from provisor.connector import (
    ConfigError,
    PeerConflict,
    PeerError,
    PeerMissing,
    PeerRefused,
    PeerThrottled,
    PeerUnavailable,
    Response,
)
from provisor.connectors.scim import PeerPolicy
from provisor.connectors.scim.answers import error_from, patience, retry_after
from provisor.connectors.scim.reading import Unreadable, parse_account, parse_list
from provisor.connectors.scim.redaction import Redaction
from provisor.scim.urns import LIST_RESPONSE

REDACTION = Redaction("Bearer tok-s3cret-en")
LIST: dict[str, Any] = {"schemas": [LIST_RESPONSE], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0}
DATE = "Sat, 21 Nov 2026 10:00:00 GMT"


def error(status: int, body: Any = b"", method: str = "PUT", **headers: str) -> PeerError:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return error_from(Response(status, headers, content), method, REDACTION)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, ConfigError),
        (308, ConfigError),
        (400, PeerRefused),
        (401, ConfigError),
        (403, ConfigError),
        (404, PeerMissing),
        (405, PeerRefused),
        (408, PeerUnavailable),
        (409, PeerConflict),
        (410, PeerMissing),
        (412, PeerRefused),
        (413, PeerRefused),
        (422, PeerRefused),
        (429, PeerThrottled),
        (500, PeerUnavailable),
        (501, PeerRefused),
        (502, PeerUnavailable),
        (503, PeerUnavailable),
        (504, PeerUnavailable),
        (599, PeerUnavailable),
        (799, PeerUnavailable),
    ],
)
def test_the_status_decides(status: int, kind: type[PeerError]) -> None:
    """Whatever the body is."""
    for body in (b"", b"<html>", b'{"detail":"x"}', b"[1]", b"\xff\xfe"):
        refusal = error(status, body)
        assert type(refusal) is kind
        assert refusal.status == status


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"detail": "in 2.0 form"}, "in 2.0 form"),
        ({"Errors": [{"description": "in 1.1 form", "code": 400}]}, "in 1.1 form"),
        ({"Errors": [{"description": "one"}, {"detail": "two"}]}, "one; two"),
        ({"detail": ["a", "b"]}, '["a","b"]'),
        ({"message": "house style"}, '{"message":"house style"}'),
        (b'"just text"', '"just text"'),
        (b"error code: 502", "Invalid JSON: error code: 502"),
        (b"two\r\nlines\x00\x1b[31m", "Invalid JSON: two lines [31m"),
    ],
)
def test_the_apps_own_words_are_found(body: Any, words: str) -> None:
    """SCIM 2.0, SCIM 1.1, and whatever else servers send."""
    assert error(400, body).message == f"Bad Request. Errors reported by remote server: {words}."


def test_an_app_that_says_nothing_is_told_by_its_status() -> None:
    """No empty quotation."""
    assert error(400).message == "Bad Request."
    assert error(799).message == "Status 799."


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_only_writes_are_unknown(method: str) -> None:
    """A 500 to a read has changed nothing."""
    write, read = error(500, method=method), error(500, method="GET")
    assert isinstance(write, PeerUnavailable)
    assert isinstance(read, PeerUnavailable)
    assert (write.unknown, read.unknown) == (True, False)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": DATE}, 30),
        ({"retry-after": "Sat, 21 Nov 2026 09:00:00 GMT", "date": DATE}, 0),
        ({"retry-after": "Fri, 01 Jan 1999 00:00:00 GMT"}, 0),
        ({"retry-after": "9" * 5000}, 999999999),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "١٢"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, or a date by the peer's own clock (RFC 9110 §10.2.3); anything else is as good as none."""
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3", "x-ratelimit-reset": "90"}, 3),
        ({"retry-after": "soon", "x-ratelimit-reset": "90"}, 90),
        ({"ratelimit-reset": "12"}, 12),
        ({"ratelimit": '"default";r=0;t=7'}, 7),
        ({"ratelimit": "limit=10, remaining=0, reset=8"}, 8),
        ({"x-rate-limit-reset": "1795255230", "date": DATE}, 30),
        ({"x-ratelimit-reset": "1795255230000", "date": DATE}, 30),
        ({"x-ratelimit-reset": "1.5"}, 1.5),
        ({"x-ratelimit-reset": "later"}, None),
        ({}, None),
    ],
)
def test_when_a_limit_begins_anew_takes_the_place_of_retry_after(headers: dict[str, str], seconds: float) -> None:
    """Seconds from now or a moment, by the app's own clock; what makes no sense is passed over."""
    assert patience(headers) == seconds


def test_a_list_may_leave_out_resources_when_there_are_none() -> None:
    """RFC 7644 §3.4.2."""
    assert parse_list(orjson.dumps(LIST), PeerPolicy()) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"totalResults": "0"}, "'totalResults' is \"0\", not an integer"),
        ({"startIndex": "1"}, "'startIndex' is \"1\", not an integer"),
        ({"itemsPerPage": None}, "'itemsPerPage' is null, not an integer"),
        ({"totalResults": True}, "'totalResults' is true, not an integer"),
        ({"totalResults": 0.0}, "'totalResults' is 0.0, not an integer"),
        ({"schemas": []}, "'schemas' does not name one"),
        ({"Resources": {}}, "'Resources' is not an array of objects"),
        ({"Resources": [1]}, "'Resources' is not an array of objects"),
        ({"Resources": [{}]}, "'totalResults' is 0, but 'Resources' holds 1"),
        ({"totalResults": 3, "Resources": []}, "'totalResults' is 3, but 'Resources' holds 0"),
        ({"totalResults": 3}, "'Resources' is not an array of objects"),
    ],
)
def test_a_list_that_is_none_names_the_field(change: dict[str, Any], reason: str) -> None:
    """Strict by default."""
    with pytest.raises(Unreadable) as refused:
        parse_list(orjson.dumps(LIST | change), PeerPolicy())
    assert str(refused.value).endswith(reason)


@pytest.mark.parametrize("field", ["totalResults", "startIndex", "itemsPerPage"])
def test_a_missing_count_is_named(field: str) -> None:
    """As missing, not as null."""
    body = orjson.dumps({name: value for name, value in LIST.items() if name != field})
    with pytest.raises(Unreadable, match=f"^'{field}' is missing$"):
        parse_list(body, PeerPolicy())


@pytest.mark.parametrize("body", [b"", b"  ", b"<html>", b"[]", b"null", b'"x"', b'{"a":', b"\xff"])
def test_a_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    """Whatever else it is."""
    with pytest.raises(Unreadable, match="the body is"):
        parse_list(body, PeerPolicy())


@pytest.mark.parametrize(
    ("policy", "body"),
    [
        (PeerPolicy(quoted_integers=True), LIST | {"totalResults": "0", "startIndex": "1"}),
        (PeerPolicy(optional_list_counts=True), {"schemas": [LIST_RESPONSE], "totalResults": 0, "Resources": []}),
        (PeerPolicy(optional_list_schemas=True), {n: v for n, v in LIST.items() if n != "schemas"}),
        (PeerPolicy(), {name.lower(): value for name, value in LIST.items()}),
    ],
)
def test_every_tolerance_of_lists_has_its_field(policy: PeerPolicy, body: dict[str, Any]) -> None:
    """And works with it."""
    assert parse_list(orjson.dumps(body), policy) == []


def test_lower_case_keys_can_be_refused() -> None:
    """The one tolerance that is on by default, because attribute names ignore case."""
    with pytest.raises(Unreadable):
        parse_list(orjson.dumps({n.lower(): v for n, v in LIST.items()}), PeerPolicy(lowercase_list_keys=False))


def test_a_user_is_read_as_an_account() -> None:
    """Id, name, state, our id, and the representation without its password."""
    resource = {"id": "7", "userName": "ada", "active": True, "externalId": "00u1", "Password": "x", "password": "y"}
    account = parse_account(resource, PeerPolicy())
    assert (account.id, account.username, account.active, account.subject) == ("7", "ada", True, "00u1")
    assert "password" not in str(account).lower()


def test_a_user_may_say_little() -> None:
    """Only the id is needed; unknown means None."""
    account = parse_account({"id": "7", "externalId": ""}, PeerPolicy())
    assert (account.username, account.active, account.subject) == (None, None, None)


@pytest.mark.parametrize(
    ("policy", "resource", "expected"),
    [
        (PeerPolicy(integer_ids=True), {"id": 7}, ("7", None)),
        (PeerPolicy(quoted_booleans=True), {"id": "7", "active": "False"}, ("7", False)),
        (PeerPolicy(quoted_booleans=True), {"id": "7", "active": "true"}, ("7", True)),
    ],
)
def test_every_tolerance_of_users_has_its_field(policy: PeerPolicy, resource: Any, expected: Any) -> None:
    """Refused without it, read with it."""
    with pytest.raises(Unreadable):
        parse_account(dict(resource), PeerPolicy())
    account = parse_account(dict(resource), policy)
    assert (account.id, account.active) == expected


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"id": None},
        {"id": ""},
        {"id": True},
        {"id": "."},
        {"id": ".."},
        {"id": "7", "userName": 1},
        {"id": "7", "active": "on"},
    ],
)
def test_a_user_that_cannot_be_one_is_unreadable(resource: dict[str, Any]) -> None:
    """Even with every tolerance; `.` and `..` would change the path they are put in."""
    with pytest.raises(Unreadable):
        parse_account(resource, PeerPolicy(integer_ids=True, quoted_booleans=True))


@pytest.mark.parametrize(
    "words",
    [
        "bad token tok-s3cret-en",
        "Authorization: Bearer tok-s3cret-en",
        '{"authorization":"Bearer tok-s3cret-en","x":1}',
        '{"access_token": "tok-s3cret-en-longer"}',
        "tok-s3cret-en" * 500,
    ],
)
def test_our_own_credentials_are_struck_out(words: str) -> None:
    """Wherever they stand."""
    assert "s3cret" not in REDACTION.clean(words)


@pytest.mark.parametrize(
    "words",
    [
        '{"password":"hunter2"}',
        '{"newPassword" : "hunter2"}',
        "password=hunter2&x=1",
        '{"client_secret":"hun\\"ter2-hunter2"}',
        '{"password":"hunter2',
        "Basic aHVudGVyMmh1bnRlcjI=",
        "apikey=hunter2",
    ],
)
def test_what_looks_like_a_secret_is_struck_out(words: str) -> None:
    """Even when it is not one of ours."""
    clean = REDACTION.clean(words)
    assert "ter2" not in clean
    assert "aHVudGVy" not in clean


def test_ordinary_words_are_left_alone() -> None:
    """A sentence about passwords is no password."""
    words = "The password must have 8 characters: a token of your care. Basic rules apply."
    assert REDACTION.clean(words) == words


def test_the_password_of_basic_credentials_is_struck_out() -> None:
    """In its encoded and in its plain form."""
    redaction = Redaction("Basic b2t0YTpvcGVuIHNlc2FtZQ==")
    assert redaction.clean("okta:open sesame / open sesame / b2t0YTpvcGVuIHNlc2FtZQ==").count("[redacted]") == 3


def test_words_are_short_and_on_one_line() -> None:
    """An app cannot flood or forge the log."""
    clean = REDACTION.clean("a\r\nb\u2028c\x00" + "x" * 10_000)
    assert len(clean) == 320
    assert clean.startswith("a b c x")
    assert clean.endswith("…")


def test_a_redaction_does_not_show_what_it_hides() -> None:
    """Its representation may be logged."""
    assert "s3cret" not in repr(REDACTION)
