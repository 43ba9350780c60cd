"""Okta's published SCIM 2.0 specification suite, its twelve steps in order, against the reference server."""

from typing import Any
from urllib.parse import quote

from provisor.scim import urns

OKTA = {
    "Accept": "application/scim+json; charset=utf-8",
    "Content-Type": "application/json",
    "User-Agent": "OKTA SCIM Integration",
}
NAME = "Runscope300Abc@atko.com"


def filtered(name: str) -> str:
    """The look-up, encoded as the suite's runner encodes it."""
    return "/Users?filter=" + quote(f'userName eq "{name}"')


def is_empty_list(answer: Any) -> bool:
    """Whether an answer is a list without hits."""
    return answer.status == 200 and answer.body["totalResults"] == 0 and urns.LIST_RESPONSE in answer.body["schemas"]


def is_complete(user: dict[str, Any]) -> bool:
    """Whether a user has everything the suite looks at."""
    names = user["name"]["familyName"] and user["name"]["givenName"]
    return bool(user["id"] and names and user["userName"] and user["active"] and user["emails"][0]["value"])


def test_the_twelve_steps(call: Any, kit: Any, peer: Any) -> None:
    """Each step's status and assertions as the suite states them."""
    call("POST", "/Users", kit.user("existing@example.com"))

    def okta(method: str, path: str, body: Any = None, authorization: str | None = None) -> Any:
        headers = {**OKTA, "Authorization": authorization or f"Bearer {peer.token}"}
        return kit.send(peer.url, method, path, body, headers)

    # 1, 2: there is a user, and it has what Okta reads.
    page = okta("GET", "/Users?count=1&startIndex=1")
    assert page.status == 200
    assert urns.LIST_RESPONSE in page.body["schemas"]
    assert all(isinstance(page.body[key], int) for key in ("itemsPerPage", "startIndex", "totalResults"))
    first = page.body["Resources"][0]
    assert is_complete(first)
    again = okta("GET", f"/Users/{first['id']}")
    assert (again.status, again.body["id"]) == (200, first["id"])
    assert is_complete(again.body)

    # 3, 4, 5: who is not there is an empty list, or a 404 by id.
    assert is_empty_list(okta("GET", filtered("abcdefgh@atko.com")))
    missing = okta("GET", "/Users/010101001010101011001010101011")
    assert missing.status == 404
    assert missing.body["detail"]
    assert urns.ERROR in missing.body["schemas"]
    assert is_empty_list(okta("GET", filtered(NAME)))

    # 6, 7, 8: create, read back, and refuse the same again.
    body = {
        "schemas": [urns.USER],
        "userName": NAME,
        "name": {"givenName": "Given", "familyName": "Family"},
        "emails": [{"primary": True, "value": NAME, "type": "work"}],
        "displayName": "Given Family",
        "active": True,
    }
    created = okta("POST", "/Users", body)
    assert created.status == 201
    assert created.body["active"] is True
    assert created.body["id"]
    assert created.body["name"] == body["name"]
    assert urns.USER in created.body["schemas"]
    assert created.body["userName"] == NAME
    read = okta("GET", f"/Users/{created.body['id']}")
    assert (read.status, read.body["userName"], read.body["name"]) == (200, NAME, body["name"])
    assert okta("POST", "/Users", body).status == 409

    # 9, 10: any case of the name, and the list of groups.
    assert okta("GET", filtered(NAME.upper())).status == 200
    groups = okta("GET", "/Groups")
    assert groups.status == 200
    assert groups.body["totalResults"] == 0 or isinstance(groups.body["Resources"], list)

    # 11, 12: a wrong token, and one more unknown id.
    refused = okta("GET", filtered(NAME), authorization="non-token")
    assert refused.status == 401
    assert refused.body["detail"]
    assert refused.body["status"] == "401"
    assert urns.ERROR in refused.body["schemas"]
    unknown = okta("GET", "/Users/00919288221112222")
    assert (unknown.status, unknown.body["status"]) == (404, "404")
    assert unknown.body["detail"]
    assert urns.ERROR in unknown.body["schemas"]
