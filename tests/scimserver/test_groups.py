"""Groups and memberships over HTTP."""

from typing import Any

import pytest

from provisor.scim.policy import STRICT
from provisor.scimserver.testing import Peer, running


@pytest.fixture
def people(call: Any, kit: Any) -> list[str]:
    """The ids of three users."""
    return [call("POST", "/Users", kit.user(f"user{n}", displayName=f"User {n}")).body["id"] for n in range(3)]


def ids(peer: Peer) -> list[str]:
    """The member ids of the only group."""
    (group,) = peer.groups()
    return [member["value"] for member in group.get("members", [])]


def test_members_are_shown_with_name_and_reference(peer: Peer, call: Any, people: list[str]) -> None:
    """The server fills in `$ref`, `type` and the name; the client's own display name wins."""
    created = call(
        "POST",
        "/Groups",
        {"displayName": "g", "members": [{"value": people[0]}, {"value": people[1], "display": "Uno", "$ref": None}]},
    )
    assert created.status == 201
    assert created.body["members"] == [
        {"value": people[0], "$ref": f"{peer.url}/Users/{people[0]}", "display": "User 0", "type": "User"},
        {"value": people[1], "$ref": f"{peer.url}/Users/{people[1]}", "display": "Uno", "type": "User"},
    ]
    assert call("GET", f"/Groups/{created.body['id']}").body == created.body


def test_a_user_shows_the_groups_it_is_in(peer: Peer, call: Any, people: list[str]) -> None:
    """`groups` is computed from memberships and follows them at once."""
    gid = call("POST", "/Groups", {"displayName": "Team", "members": [{"value": people[0]}]}).body["id"]
    shown = call("GET", f"/Users/{people[0]}").body["groups"]
    assert shown == [{"value": gid, "$ref": f"{peer.url}/Groups/{gid}", "display": "Team", "type": "direct"}]
    assert call("GET", f'/Users?filter=groups.value eq "{gid}"').body["totalResults"] == 1
    call("DELETE", f"/Groups/{gid}")
    assert "groups" not in call("GET", f"/Users/{people[0]}").body


def test_oktas_membership_delta(peer: Peer, call: Any, kit: Any, people: list[str]) -> None:
    """Removes by filter, then one add, in one PATCH; the answer has no members."""
    gid = call("POST", "/Groups", {"displayName": "g", "members": [{"value": people[0]}]}).body["id"]
    done = call(
        "PATCH",
        f"/Groups/{gid}",
        kit.patch(
            {"op": "remove", "path": f'members[value eq "{people[0]}"]'},
            {"op": "remove", "path": 'members[value eq "nobody"]'},
            {"op": "add", "path": "members", "value": [{"value": people[1], "display": "user1"}]},
        ),
    )
    assert done.status == 200
    assert "members" not in done.body
    assert done.body["displayName"] == "g"
    assert ids(peer) == [people[1]]


def test_a_patch_shows_members_to_those_who_ask(call: Any, kit: Any, people: list[str]) -> None:
    """`attributes=members` brings them into the answer."""
    gid = call("POST", "/Groups", {"displayName": "g"}).body["id"]
    add = kit.patch({"op": "add", "path": "members", "value": [{"value": people[0]}]})
    shown = call("PATCH", f"/Groups/{gid}?attributes=members", add).body
    assert [member["value"] for member in shown["members"]] == [people[0]]


@pytest.mark.parametrize("with_path", [True, False])
def test_oktas_full_push_replaces_everybody(
    with_path: bool, peer: Peer, call: Any, kit: Any, people: list[str]
) -> None:
    """`replace` of members, with and without a path, also with nobody."""
    gid = call("POST", "/Groups", {"displayName": "g", "members": [{"value": people[0]}]}).body["id"]

    def push(*members: str) -> Any:
        value = [{"value": member} for member in members]
        if with_path:
            return {"op": "replace", "path": "members", "value": value}
        return {"op": "replace", "value": {"members": value}}

    assert call("PATCH", f"/Groups/{gid}", kit.patch(push(people[2], people[1]))).status == 200
    assert sorted(ids(peer)) == sorted(people[1:])
    assert call("PATCH", f"/Groups/{gid}", kit.patch(push())).status == 200
    assert ids(peer) == []


def test_oktas_rename_with_the_id_inside_the_value(peer: Peer, call: Any, kit: Any) -> None:
    """The id in the value is passed over; the group keeps its own."""
    gid = call("POST", "/Groups", {"displayName": "old", "members": []}).body["id"]
    done = call("PATCH", f"/Groups/{gid}", kit.patch({"op": "replace", "value": {"id": "zzz", "displayName": "new"}}))
    assert (done.status, done.body["id"], done.body["displayName"]) == (200, gid, "new")


def test_operations_net_out_in_their_order(peer: Peer, call: Any, kit: Any, people: list[str]) -> None:
    """Add, remove, replace and add again in one request leave what the last word says."""
    gid = call("POST", "/Groups", {"displayName": "g", "members": [{"value": people[0]}]}).body["id"]
    call(
        "PATCH",
        f"/Groups/{gid}",
        kit.patch(
            {"op": "add", "path": "members", "value": [{"value": people[1]}]},
            {"op": "remove", "path": f'members[value eq "{people[1]}"]'},
            {"op": "remove", "path": "members"},
            {"op": "add", "path": "members", "value": [{"value": people[2]}]},
            {"op": "add", "value": {"members": [{"value": people[0]}], "displayName": "h"}},
        ),
    )
    assert sorted(ids(peer)) == sorted([people[0], people[2]])
    assert peer.groups()[0]["displayName"] == "h"


def test_a_change_that_changes_nothing_keeps_the_version(call: Any, kit: Any, people: list[str]) -> None:
    """Adding a member that is one and removing one that is not leave the version alone."""
    created = call("POST", "/Groups", {"displayName": "g", "members": [{"value": people[0]}]}).body
    same = call(
        "PATCH",
        f"/Groups/{created['id']}",
        kit.patch(
            {"op": "add", "path": "members", "value": [{"value": people[0], "display": "other"}]},
            {"op": "remove", "path": 'members[value eq "nobody"]'},
        ),
    )
    assert same.body["meta"] == created["meta"]


def test_members_can_be_chosen_by_any_filter(peer: Peer, call: Any, kit: Any, people: list[str]) -> None:
    """A filter on display names takes the general algorithm and gives the same kind of result."""
    members = [{"value": people[0], "display": "drop me"}, {"value": people[1], "display": "keep"}]
    gid = call("POST", "/Groups", {"displayName": "g", "members": members}).body["id"]
    call("PATCH", f"/Groups/{gid}", kit.patch({"op": "remove", "path": 'members[display sw "drop"]'}))
    assert ids(peer) == [people[1]]


def test_a_filter_sees_members_as_the_client_does(peer: Peer, call: Any, kit: Any, people: list[str]) -> None:
    """Type and name that the server filled in can be filtered by, too."""
    gid = call("POST", "/Groups", {"displayName": "g", "members": [{"value": p} for p in [*people, "x"]]}).body["id"]
    by_type = {"op": "remove", "path": f'members[value eq "{people[0]}" and type eq "User"]'}
    by_name = {"op": "remove", "path": 'members[display eq "user 1"]'}
    assert call("PATCH", f"/Groups/{gid}", kit.patch(by_type, by_name)).status == 200
    assert ids(peer) == [people[2], "x"]


def test_put_says_exactly_who_is_a_member(peer: Peer, call: Any, people: list[str]) -> None:
    """The Application Integration Wizard kind of app sends everybody each time."""
    gid = call("POST", "/Groups", {"displayName": "g", "members": []}).body["id"]
    body = {"id": gid, "displayName": "g2", "members": [{"value": p, "display": None} for p in people]}
    done = call("PUT", f"/Groups/{gid}", body)
    assert [member["value"] for member in done.body["members"]] == people
    call("PUT", f"/Groups/{gid}", {**body, "members": [{"value": people[1]}]})
    assert ids(peer) == [people[1]]


def test_somebody_unknown_is_kept_and_shown_without_a_reference(call: Any) -> None:
    """Directories push groups before people; the id is kept for when they come."""
    created = call("POST", "/Groups", {"displayName": "g", "members": [{"value": "later", "display": "L"}]}).body
    assert created["members"] == [{"value": "later", "display": "L"}]


def test_somebody_unknown_can_be_refused(kit: Any) -> None:
    """With the option set, the group is not created or changed."""
    with running(refuse_unknown_members=True) as peer:
        call = kit.caller(peer)
        refused = call("POST", "/Groups", {"displayName": "g", "members": [{"value": "nobody"}]})
        assert (refused.status, refused.body["scimType"]) == (400, "invalidValue")
        gid = call("POST", "/Groups", {"displayName": "g"}).body["id"]
        add = kit.patch({"op": "add", "path": "members", "value": [{"value": "nobody"}]})
        assert call("PATCH", f"/Groups/{gid}", add).status == 400
        assert ids(peer) == []


def test_emptying_a_group_by_path_can_be_refused(kit: Any) -> None:
    """`remove members` without a filter is allowed by default and a noTarget where the option says so."""
    with running(refuse_clearing_members=True) as peer:
        call = kit.caller(peer)
        gid = call("POST", "/Groups", {"displayName": "g", "members": [{"value": "x"}]}).body["id"]
        refused = call("PATCH", f"/Groups/{gid}", kit.patch({"op": "remove", "path": "members"}))
        assert (refused.status, refused.body["scimType"]) == (400, "noTarget")
        assert ids(peer) == ["x"]


def test_group_names_are_unique_only_on_request(kit: Any) -> None:
    """Two groups of one name are fine unless the option forbids them."""
    for option, status in ((False, 201), (True, 409)):
        with running(unique_group_names=option) as peer:
            call = kit.caller(peer)
            call("POST", "/Groups", {"displayName": "g"})
            assert call("POST", "/Groups", {"displayName": "G"}).status == status


def test_a_group_can_be_a_member(peer: Peer, call: Any) -> None:
    """Its reference and type say so."""
    inner = call("POST", "/Groups", {"displayName": "inner"}).body["id"]
    outer = call("POST", "/Groups", {"displayName": "outer", "members": [{"value": inner}]}).body
    assert outer["members"][0]["$ref"] == f"{peer.url}/Groups/{inner}"
    assert outer["members"][0]["type"] == "Group"


def test_a_large_group_changes_by_what_changes(peer: Peer, call: Any, kit: Any) -> None:
    """20,000 members arrive in one request, and one more or less is another small one."""
    members = [{"value": f"m{number}"} for number in range(20_000)]
    gid = call("POST", "/Groups?excludedAttributes=members", {"displayName": "big", "members": members}).body["id"]
    call(
        "PATCH",
        f"/Groups/{gid}",
        kit.patch(
            {"op": "remove", "path": 'members[value eq "m7"]'},
            {"op": "add", "path": "members", "value": [{"value": "new"}]},
        ),
    )
    held = ids(peer)
    assert len(held) == 20_000
    assert "m7" not in held
    assert held[-1] == "new"
    small = call("GET", f"/Groups/{gid}?excludedAttributes=members")
    assert len(small.raw) < 1000


def test_strict_removal_of_nobody_has_no_target(kit: Any) -> None:
    """RFC 7644 §3.12: a filter that yields no match is noTarget."""
    with running(policy=STRICT) as peer:
        call = kit.caller(peer)
        schemas = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]}
        gid = call("POST", "/Groups", {**schemas, "displayName": "g", "members": [{"value": "x"}]}).body["id"]
        refused = call("PATCH", f"/Groups/{gid}", kit.patch({"op": "remove", "path": 'members[value eq "y"]'}))
        assert refused.body["scimType"] == "noTarget"
        assert (
            call("PATCH", f"/Groups/{gid}", kit.patch({"op": "remove", "path": 'members[value eq "x"]'})).status == 200
        )
        assert ids(peer) == []
