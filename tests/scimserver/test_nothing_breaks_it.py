"""Whatever is sent, the server answers in the protocol's words: no 5xx but the ones the protocol has, always JSON."""

import json
from collections.abc import Coroutine
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisor.scim import urns
from provisor.scimserver import Limits, Options
from provisor.scimserver.handler import Handler
from provisor.scimserver.memory import MemoryStorage
from provisor.scimserver.wire import Request, Response

NAMES = ("userName", "name", "emails", "active", "members", "groups", "id", "meta", "schemas", "password", "x", "$ref")
JUNK = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    ["\0", "\ud800", '"', "[", "a.b[c", "İ"]
)
WORDS = st.sampled_from(
    [*NAMES, "emails.type", "eq", "co", "pr", "and", "or", "not", "(", ")", "[", "]", '"a"', "true", "1"]
)
FILTERS = st.lists(WORDS, max_size=8).map(" ".join) | JUNK
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | JUNK | st.sampled_from(["bulkId:b", "a@example.com"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | JUNK, inner, max_size=4),
    max_leaves=8,
)
RESOURCES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5).map(
    lambda body: {"schemas": [urns.USER], "userName": "babs", "displayName": "Babs", **body}
)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "Add", 1])},
    optional={"path": FILTERS | st.sampled_from(NAMES), "value": VALUES},
)
PATCHES = st.lists(OPERATIONS, max_size=3).map(lambda ops: {"schemas": [urns.PATCH_OP], "Operations": ops})
BATCHES = st.lists(
    st.fixed_dictionaries(
        {"method": st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "GET"])},
        optional={"path": st.sampled_from(["/Users", "/Groups", "/Users/u", "/Users/bulkId:b", "/"]),
                  "bulkId": st.sampled_from(["a", "b"]), "data": RESOURCES | PATCHES | VALUES},
    ), max_size=4,
).map(lambda ops: {"schemas": [urns.BULK_REQUEST], "Operations": ops})  # fmt: skip
BODIES = (RESOURCES | PATCHES | BATCHES | VALUES).map(lambda value: json.dumps(value).encode())
PATHS = st.sampled_from(
    [
        "/Users",
        "/Users/u",
        "/Groups",
        "/Groups/g",
        "/.search",
        "/Users/.search",
        "/Bulk",
        "/Me",
        "/Schemas",
        "/",
        "//",
        "/Users/a/b",
    ]
)
QUERIES = st.builds(
    "{}={}&{}={}".format,
    st.sampled_from(["filter", "sortBy", "attributes", "cursor", "startIndex"]),
    FILTERS.map(lambda text: text.replace("&", "")),
    st.sampled_from(["count", "excludedAttributes", "sortOrder", "filter"]),
    JUNK | st.sampled_from(["5", "-1", "99999999999999999999", "emails.value"]),
)


def at_once(coroutine: Coroutine[Any, Any, Response]) -> Response:
    """Run a coroutine that waits for nothing; a yield to others is passed over."""
    while True:
        try:
            coroutine.send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


def fresh() -> Handler:
    """A server with a user `u` and a group `g`."""
    ids = iter(["u", "g", *(f"new{n}" for n in range(1000))])
    handler = Handler(MemoryStorage(), Options(limits=Limits(page=50)), "http://x", new_id=lambda: next(ids))
    group = {"schemas": [urns.GROUP], "displayName": "G", "members": [{"value": "u"}]}
    for path, body in (("/Users", {"schemas": [urns.USER], "userName": "first"}), ("/Groups", group)):
        made = at_once(handler.handle(Request("POST", path, "", json.dumps(body).encode(), "application/scim+json")))
        assert made.status == 201
    return handler


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]), PATHS, QUERIES | st.just(""), BODIES
        ),
        min_size=1,
        max_size=3,
    )
)
def test_every_answer_is_one_of_the_protocols(requests: list[tuple[str, str, str, bytes]]) -> None:
    """Requests in a row, so that what one of them stored is shown by the next."""
    handler = fresh()
    for method, path, query, body in requests:
        answer = at_once(handler.handle(Request(method, path, query, body, "application/scim+json")))
        assert answer.status < 500 or answer.status == 501
        if answer.status >= 400:
            shown = json.loads(answer.body)
            assert shown["schemas"] == [urns.ERROR]
            assert shown["status"] == str(answer.status)
        elif answer.body:
            json.loads(answer.body)
    everybody = at_once(handler.handle(Request("GET", "/Users")))
    assert json.loads(everybody.body)["totalResults"] >= 0
