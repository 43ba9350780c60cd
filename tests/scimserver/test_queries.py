"""Lists, filters, sorting, paging, projections and searches over HTTP."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scimserver.testing import Peer


@pytest.fixture
def crowd(call: Any, kit: Any) -> list[str]:
    """The user names of 25 people, in order of creation."""
    names = [f"user{number:02}" for number in range(25)]
    for number, name in enumerate(names):
        call(
            "POST",
            "/Users",
            kit.user(name, displayName=f"P{24 - number:02}", externalId=f"E{number}", title=str(number % 3)),
        )
    return names


def names(answer: Any) -> list[str]:
    """The user names of a list."""
    assert answer.status == 200, answer.raw
    assert answer.body["schemas"] == [urns.LIST_RESPONSE]
    assert answer.body["itemsPerPage"] == len(answer.body["Resources"])
    return [user["userName"] for user in answer.body["Resources"]]


def test_pages_follow_each_other_without_gap_or_overlap(call: Any, crowd: list[str]) -> None:
    """startIndex counts from one; the last page is short; beyond the end is an empty list with the total."""
    seen: list[str] = []
    for start in (1, 11, 21):
        page = call("GET", f"/Users?startIndex={start}&count=10")
        assert (page.body["totalResults"], page.body["startIndex"]) == (25, start)
        seen += names(page)
    assert seen == crowd
    beyond = call("GET", "/Users?startIndex=101&count=100").body
    assert (beyond["totalResults"], beyond["itemsPerPage"], beyond["Resources"]) == (25, 0, [])


def test_the_order_survives_changes_and_deletions(peer: Peer, call: Any, kit: Any, crowd: list[str]) -> None:
    """Changing a user does not move it; deleting one closes the gap."""
    ids = {user["userName"]: user["id"] for user in peer.users()}
    call("PATCH", f"/Users/{ids['user03']}", kit.patch({"op": "replace", "path": "title", "value": "changed"}))
    call("DELETE", f"/Users/{ids['user05']}")
    rest = [name for name in crowd if name != "user05"]
    assert names(call("GET", "/Users")) == rest
    assert names(call("GET", "/Users?startIndex=5&count=2")) == ["user04", "user06"]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("count=0", 0),
        ("count=-3", 0),
        ("startIndex=0&count=2", 2),
        ("startIndex=-9&count=1", 1),
        ("count=9999", 25),
        ("", 25),
    ],
)
def test_paging_at_its_edges(query: str, number: int, call: Any, crowd: list[str]) -> None:
    """Numbers out of range are brought into it; the numbers in the answer are JSON integers."""
    body = call("GET", f"/Users?{query}").body
    assert len(body["Resources"]) == number
    assert all(type(body[key]) is int for key in ("totalResults", "startIndex", "itemsPerPage"))
    assert body["totalResults"] == 25


def test_no_page_is_larger_than_a_thousand(call: Any, kit: Any) -> None:
    """Default 100, at most 1000."""
    for number in range(101):
        call("POST", "/Groups", {"displayName": str(number)})
    assert call("GET", "/Groups").body["itemsPerPage"] == 100
    assert call("GET", "/ServiceProviderConfig").body["filter"]["maxResults"] == 1000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('userName eq "USER07"', ["user07"]),
        ('userName eq "nobody"', []),
        ('externalId eq "E3"', ["user03"]),
        ('externalId eq "e3"', []),
        ('displayName eq "p24"', ["user00"]),
        ('userName eq "user01" or userName eq "user02"', ["user01", "user02"]),
        ('userName eq "user01" and title eq "1"', ["user01"]),
        ('userName eq "user01" and title eq "2"', []),
        ('emails[type eq "work"].value eq "user04"', ["user04"]),
        ('emails.value eq "user04"', ["user04"]),
        ('userName sw "user1" and not (title eq "1" or title eq "2")', ["user12", "user15", "user18"]),
        (f'{urns.USER}:userName eq "user09"', ["user09"]),
        ('UserName EQ "user09"', ["user09"]),
        ('meta.created lt "2020-01-01T00:00:00Z"', []),
        ('nope eq "x"', []),
    ],
)
def test_a_filter_finds_those_it_describes(text: str, found: list[str], call: Any, crowd: list[str]) -> None:
    """With an index and without one, the answer is the same kind of list, in order of creation."""
    answer = call("GET", f"/Users?filter={text}")
    assert names(answer) == found
    assert answer.body["totalResults"] == len(found)


@pytest.mark.parametrize(
    "query",
    [
        "filter=userName+eq+%22user07%22&startIndex=1&count=100",
        "count=100&startIndex=1&filter=userName%20eq%20%22user07%22",
    ],
)
def test_blanks_and_the_order_of_parameters_do_not_matter(query: str, call: Any, crowd: list[str]) -> None:
    """`+` and `%20` are blanks, and parameters come in any order."""
    assert names(call("GET", f"/Users?{query}")) == ["user07"]


def test_an_index_follows_changes(peer: Peer, call: Any, kit: Any, crowd: list[str]) -> None:
    """After a rename the old value finds nobody and the new one finds the user."""
    uid = peer.user("user07")["id"]
    call("PATCH", f"/Users/{uid}", kit.patch({"op": "replace", "value": {"userName": "renamed", "externalId": "X"}}))
    assert names(call("GET", '/Users?filter=userName eq "user07"')) == []
    assert names(call("GET", '/Users?filter=externalId eq "E7"')) == []
    assert names(call("GET", '/Users?filter=externalId eq "X"')) == ["renamed"]


def test_several_hits_of_one_index_key_come_in_order(call: Any, kit: Any) -> None:
    """displayName is not unique; all who share it are found."""
    for name in ("c", "a", "b"):
        call("POST", "/Users", kit.user(name, displayName="Same"))
    assert names(call("GET", '/Users?filter=displayName eq "same"')) == ["c", "a", "b"]
    assert names(call("GET", '/Users?filter=displayName eq "same"&startIndex=2&count=1')) == ["a"]


@pytest.mark.parametrize(
    "text", ["PLAINTEXT", "userName", "userName eq", "userName zz 1", "active gt true", "(", 'a eq "', "userName eq 5"]
)
def test_a_bad_filter_is_a_400(text: str, call: Any, crowd: list[str]) -> None:
    """Never a 500, and never everybody."""
    answer = call("GET", f"/Users?filter={text}")
    assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")
    assert answer.body["status"] == "400"


@pytest.mark.parametrize(
    "query",
    ["count=ten", "startIndex=1.5", "sortBy=nope", "sortBy=userName&sortOrder=up", "attributes=a&excludedAttributes=b"],
)
def test_a_bad_parameter_is_a_400(query: str, call: Any, crowd: list[str]) -> None:
    """A parameter that cannot be honoured is refused, not ignored."""
    assert call("GET", f"/Users?{query}").status == 400


def test_sorting(call: Any, kit: Any, crowd: list[str]) -> None:
    """By any attribute, both ways; those without a value come last, or first when descending (RFC 7644 §3.4.2.3)."""
    assert names(call("GET", "/Users?sortBy=displayName")) == crowd[::-1]
    assert names(call("GET", "/Users?sortBy=userName&sortOrder=descending&count=2")) == ["user24", "user23"]
    call("POST", "/Users", kit.user("odd", displayName=None))
    assert names(call("GET", "/Users?sortBy=displayName"))[-1] == "odd"
    assert names(call("GET", "/Users?sortBy=displayName&sortOrder=descending"))[0] == "odd"
    assert names(call("GET", '/Users?sortBy=emails&filter=title eq "1"&count=2')) == ["user01", "user04"]
    assert names(call("GET", "/Users?sortBy=meta.created&count=1")) == ["user00"]


def test_projections_in_lists_and_single_reads(peer: Peer, call: Any, crowd: list[str]) -> None:
    """`attributes` and `excludedAttributes` work the same everywhere."""
    uid = peer.user("user03")["id"]
    expected = {"schemas": [urns.USER], "id": uid, "userName": "user03"}
    assert call("GET", f"/Users/{uid}?attributes=userName").body == expected
    listed = call("GET", '/Users?filter=userName eq "user03"&attributes=USERNAME').body["Resources"]
    assert listed == [expected]
    without = call("GET", f"/Users/{uid}?excludedAttributes=emails,name.givenName").body
    assert "emails" not in without
    assert without["name"] == {"familyName": "Jensen"}


def test_a_search_by_post_is_the_same_as_by_query(call: Any, crowd: list[str]) -> None:
    """`/Users/.search` takes the parameters in its body."""
    request = {
        "schemas": [urns.SEARCH_REQUEST],
        "filter": 'title eq "1"',
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": 2,
        "count": 2,
        "attributes": ["userName"],
    }
    answer = call("POST", "/Users/.search", request)
    assert names(answer) == ["user19", "user16"]
    assert answer.body["totalResults"] == 8
    assert set(answer.body["Resources"][0]) == {"schemas", "id", "userName"}
    assert call("POST", "/Users/.search", []).status == 400
    assert call("GET", "/Users/.search").status == 405


def test_a_search_over_everything_finds_users_and_groups(call: Any, kit: Any) -> None:
    """`/.search` looks into all resource types (RFC 7644 §3.4.3)."""
    call("POST", "/Users", kit.user("u", displayName="Same"))
    call("POST", "/Groups", {"displayName": "Same"})
    call("POST", "/Groups", {"displayName": "Other"})
    body = call("POST", "/.search", {"schemas": [urns.SEARCH_REQUEST], "filter": 'displayName eq "same"'}).body
    assert [resource["meta"]["resourceType"] for resource in body["Resources"]] == ["User", "Group"]
    assert call("POST", "/.search", {"schemas": [urns.SEARCH_REQUEST]}).body["totalResults"] == 3


def test_groups_are_found_by_member(call: Any, kit: Any) -> None:
    """Entra ID asks whether one user is in one group; each form of the question is answered."""
    uid = call("POST", "/Users", kit.user()).body["id"]
    gid = call("POST", "/Groups", {"displayName": "g", "members": [{"value": uid}]}).body["id"]
    call("POST", "/Groups", {"displayName": "h", "members": [{"value": "x"}]})
    for text in (
        f'members eq "{uid}"',
        f'members.value eq "{uid}"',
        f'members[value eq "{uid}"]',
        f'id eq "{gid}" and members eq "{uid}"',
        f'displayName eq "G" and members[value eq "{uid}" and type eq "User"]',
    ):
        found = call("GET", f"/Groups?filter={text}&excludedAttributes=members").body["Resources"]
        assert [(group["id"], "members" in group) for group in found] == [(gid, False)], text
    assert call("GET", f'/Groups?filter=id eq "{gid}" and members eq "x"').body["totalResults"] == 0
