"""Requests as strategies: near-valid ones that reach deep into the server, and hostile ones. Sends nothing."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from provisor.scim import urns

USER_ID, GROUP_ID = "USER-ID", "GROUP-ID"
"""Stand for resources that exist when the request is sent."""


@dataclass(frozen=True)
class Asked:
    """One request; `target` is below the base URL."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


NAMES = """
    userName name name.familyName emails emails.value emails.type active members members.value displayName title
    externalId id meta meta.created meta.lastModified meta.version groups password roles x509Certificates.value schemas
    nickName photos addresses.country $ref nothing.at.all
"""
URNS = [f"{urns.USER}:userName", f"{urns.ENTERPRISE_USER}:manager.value", urns.ENTERPRISE_USER, f"{urns.GROUP}:members"]
ATTRIBUTES = st.sampled_from([*NAMES.split(), *URNS])
TEXT = st.text(max_size=12) | st.sampled_from(
    [
        "",
        "x",
        "a" * 5000,
        "\x00",
        "\ud800",
        "İ",
        "ß",
        "ﬀ",
        "𝔘",
        "'; DROP TABLE users;--",
        '"',
        "\\",
        "%00",
        "{}",
        "../..",
        "\r\nX: y",
    ]
)
NUMBERS = st.integers(-(10**20), 10**20) | st.sampled_from([0, -1, 1, 2**31, 2**63, 2**64, 10**400])
SCALARS = st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False) | TEXT
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | ATTRIBUTES, inner, max_size=3),
    max_leaves=8,
)


def quoted(value: Any) -> str:
    """A value as filters write it."""
    return json.dumps(value)


OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "EQ", "like", ""])
COMPARISONS = st.builds(lambda name, op, value: f"{name} {op} {quoted(value)}", ATTRIBUTES, OPERATORS, SCALARS)
FILTERS = st.recursive(
    COMPARISONS | ATTRIBUTES.map(lambda name: f"{name} pr") | TEXT,
    lambda inner: st.one_of(
        st.builds(lambda a, word, b: f"{a} {word} {b}", inner, st.sampled_from(["and", "or", "AND", "xor"]), inner),
        inner.map(lambda each: f"not ({each})"),
        inner.map(lambda each: f"({each})"),
        st.builds(lambda name, each: f"{name}[{each}]", ATTRIBUTES, inner),
        st.builds(lambda name, each: f"{name}[{each}].value eq 1", ATTRIBUTES, inner),
    ),
    max_leaves=6,
)
HOSTILE_FILTERS = st.sampled_from(
    [
        "(" * 5000,
        "not (" * 3000 + "userName pr" + ")" * 3000,
        " and ".join(["userName eq 1"] * 1400),
        "emails[" * 2000,
        'userName co "' + "a" * 15000 + '"',
        'userName eq "' + "\\u0000" * 1000 + '"',
        "userName eq " + "9" * 15000,
        "userName eq 1e999999",
        'meta.created gt "9999-99-99T99:99:99Z"',
        'meta.created gt "+292278994-08-17T07:12:55Z"',
        "a" * 30000,
        "." * 1000,
        ":" * 1000,
    ]
)
INTEGERS = st.integers(-3, 5).map(str) | st.sampled_from(
    ["x", "", "1.5", "٣", "9" * 30, "-" + "9" * 30, "1e3", " 1", "0x10", "9" * 6000]
)
PARAMETERS = st.one_of(
    st.tuples(st.just("filter"), FILTERS | HOSTILE_FILTERS),
    st.tuples(st.sampled_from(["startIndex", "count", "STARTINDEX"]), INTEGERS),
    st.tuples(
        st.sampled_from(["attributes", "excludedAttributes"]), st.lists(ATTRIBUTES | TEXT, max_size=4).map(",".join)
    ),
    st.tuples(st.just("sortBy"), ATTRIBUTES | TEXT),
    st.tuples(st.just("sortOrder"), st.sampled_from(["ascending", "descending", "DESCENDING", "sideways", ""])),
    st.tuples(st.just("cursor"), TEXT | st.sampled_from(["", "AAAA", "A" * 4000, "e30", "eyJhIjoxfQ"])),
    st.tuples(TEXT, TEXT),
)


def encoded(pairs: list[tuple[str, str]]) -> str:
    """A query; a lone surrogate goes as the bytes that a careless client makes of it."""
    return urlencode([(a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass")) for a, b in pairs])


QUERIES = st.lists(PARAMETERS, max_size=4).map(encoded) | st.sampled_from(
    ["%", "%zz", "filter=%ff%fe", "filter=%", "&&&=&=", "filter", "count=1&count=2", "=" * 2000, "a=b&" * 3000]
)
ENDPOINTS = st.sampled_from(
    [
        "/Users",
        "/Groups",
        "/users",
        "/Schemas",
        "/ResourceTypes",
        "/ServiceProviderConfig",
        "/Me",
        "/Bulk",
        "/.search",
        "/Users/.search",
        "/",
        "",
    ]
)
SEGMENTS = st.sampled_from(
    [
        USER_ID,
        GROUP_ID,
        "nobody",
        ".",
        "..",
        "%2e%2e%2f",
        "%00",
        "%ff",
        "%2F",
        ";a=b",
        "a" * 4000,
        "%E2%80%AE",
        "%",
        "%zz",
        "~",
        "*",
        urns.USER,
        "User",
    ]
) | TEXT.map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe=""))
PATHS = st.builds(lambda endpoint, segments: "/".join([endpoint, *segments]), ENDPOINTS, st.lists(SEGMENTS, max_size=2))

VALUES = st.one_of(
    JSON,
    st.sampled_from([USER_ID, GROUP_ID, True, False, "True", [], {}, [{}], [None], {"value": USER_ID}]),
    st.lists(st.fixed_dictionaries({"value": st.sampled_from([USER_ID, GROUP_ID, "nobody", "", 7, None])}), max_size=3),
)
USERS = st.builds(
    lambda base, changes: {**base, **changes},
    st.sampled_from(
        [
            {"schemas": [urns.USER], "userName": "fuzz@example.com", "name": {"familyName": "F"}, "active": True},
            {"schemas": [urns.USER, urns.ENTERPRISE_USER], "userName": "f2", urns.ENTERPRISE_USER: {"department": "x"}},
            {"schemas": [urns.GROUP], "displayName": "g", "members": [{"value": USER_ID}]},
            {},
        ]
    ),
    st.dictionaries(ATTRIBUTES | st.just("userName"), VALUES, max_size=4),
)
EMAILS = st.lists(
    st.fixed_dictionaries(
        {"value": TEXT}, optional={"type": st.sampled_from(["work", "home", "x"]), "primary": st.booleans()}
    ),
    max_size=3,
)
MEMBERS = st.lists(st.sampled_from([USER_ID, GROUP_ID, "nobody"]).map(lambda each: {"value": each}), max_size=3)
TYPED = {
    "title": TEXT,
    "nickName": TEXT | st.none(),
    "displayName": TEXT,
    "active": st.booleans(),
    "externalId": TEXT,
    "password": TEXT,
    "name": st.dictionaries(st.sampled_from(["givenName", "familyName", "formatted"]), TEXT, max_size=3),
    "emails": EMAILS,
    "roles": EMAILS,
    urns.ENTERPRISE_USER: st.dictionaries(st.sampled_from(["department", "employeeNumber"]), TEXT, max_size=2),
}
"""Values of the right type, so that requests get past validation; what the text in them holds is another matter."""
GOOD_USERS = st.fixed_dictionaries({"schemas": st.just([urns.USER]), "userName": st.uuids().map(str)}, optional=TYPED)
GOOD_GROUPS = st.fixed_dictionaries({"schemas": st.just([urns.GROUP]), "displayName": TEXT, "members": MEMBERS})
GOOD_PATHS = [*TYPED, 'emails[type eq "work"]', 'emails[type eq "work"].value', "name.givenName", "members"]
GOOD_OPERATIONS = st.one_of(
    *(
        st.fixed_dictionaries({"op": st.sampled_from(["add", "replace"]), "path": st.just(name), "value": value})
        for name, value in [*TYPED.items(), ('emails[type eq "work"].value', TEXT), ("members", MEMBERS)]
    ),
    st.fixed_dictionaries({"op": st.just("remove"), "path": st.sampled_from(GOOD_PATHS)}),
    st.fixed_dictionaries({"op": st.just("replace"), "value": st.fixed_dictionaries({}, optional=TYPED)}),
)
GOOD_PATCHES = st.fixed_dictionaries(
    {"schemas": st.just([urns.PATCH_OP]), "Operations": st.lists(GOOD_OPERATIONS, min_size=1, max_size=4)}
)
PATHS_IN_PATCH = st.one_of(
    ATTRIBUTES,
    st.builds(lambda name, inner: f"{name}[{inner}]", ATTRIBUTES, COMPARISONS),
    st.builds(lambda name, inner: f"{name}[{inner}].value", ATTRIBUTES, COMPARISONS),
    HOSTILE_FILTERS,
    TEXT,
)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "Add", "Replace", "move", "", None, 7])},
    optional={"path": PATHS_IN_PATCH | JSON, "value": VALUES | USERS},
)
PATCHES = st.fixed_dictionaries(
    {"schemas": st.just([urns.PATCH_OP]) | VALUES, "Operations": st.lists(OPERATIONS, max_size=4) | VALUES}
)
SEARCHES = st.fixed_dictionaries(
    {"schemas": st.just([urns.SEARCH_REQUEST])},
    optional={
        "filter": FILTERS | HOSTILE_FILTERS | JSON,
        "startIndex": NUMBERS | JSON,
        "count": NUMBERS | JSON,
        "attributes": st.lists(ATTRIBUTES, max_size=3) | JSON,
        "sortBy": ATTRIBUTES | JSON,
        "cursor": JSON,
    },
)
BULK_OPERATIONS = st.fixed_dictionaries(
    {"method": st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "GET", "post", None]), "path": PATHS | JSON},
    optional={"bulkId": st.sampled_from(["a", "b", "", None, 7]), "data": USERS | PATCHES | JSON, "version": JSON},
)
BULKS = st.fixed_dictionaries(
    {
        "schemas": st.just(["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]) | VALUES,
        "Operations": st.lists(BULK_OPERATIONS, max_size=4) | VALUES,
    },
    optional={"failOnErrors": NUMBERS | JSON},
)
HOSTILE_BODIES = st.sampled_from(
    [
        b"",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"schemas": ["' + urns.USER.encode() + b'"], "userName": "\xff\xfe"}',
        b'{"userName": "a", "userName": "b", "USERNAME": "c"}',
        b'{"schemas": [NaN, Infinity], "userName": 1e999}',
        b'{"userName": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"\x00" * 100,
        b'{"schemas":["'
        + urns.PATCH_OP.encode()
        + b'"],"Operations":['
        + b'{"op":"add","path":"title","value":"x"},' * 5000
        + b"{}]}",
        b'{"schemas":["'
        + urns.GROUP.encode()
        + b'"],"displayName":"big","members":['
        + b'{"value":"x"},' * 20_000
        + b'{"value":"y"}]}',
        b'{"schemas":["' + urns.USER.encode() + b'"],"userName":"' + b"z" * 1_000_000 + b'"}',
        b'{"schemas":["'
        + urns.USER.encode()
        + b'"],"userName":"many","emails":['
        + b'{"value":"x@y"},' * 20_000
        + b"{}]}",
    ]
)


def rendered(value: Any) -> bytes:
    """JSON as a careless client writes it, lone surrogates included."""
    return json.dumps(value).encode()


BODIES = st.one_of((USERS | PATCHES | SEARCHES | BULKS | JSON).map(rendered), HOSTILE_BODIES, st.binary(max_size=64))
HEADERS = st.lists(
    st.one_of(
        st.tuples(
            st.just("Content-Type"),
            st.sampled_from(
                [
                    "application/scim+json",
                    "application/json; charset=latin-1",
                    "text/plain",
                    "",
                    "x",
                    ";;;",
                    "multipart/form-data",
                ]
            ),
        ),
        st.tuples(
            st.sampled_from(["If-Match", "If-None-Match"]),
            st.sampled_from(["*", 'W/"1"', '"1"', "W/", '"', "1", ",,,", 'W/"' + "9" * 5000 + '"']),
        ),
        st.tuples(st.just("Accept"), st.sampled_from(["*/*", "text/html", "application/xml;q=0", ",,;q=;"])),
        st.tuples(
            st.sampled_from(["X-Forwarded-For", "X-HTTP-Method-Override", "Range", "Expect"]),
            st.sampled_from(["x", "bytes=0-", "DELETE"]),
        ),
        st.tuples(st.just("Host"), st.sampled_from(["example.com", "a" * 3000, "[::1]:0", "@@@", ""])),
    ),
    max_size=3,
    unique_by=lambda each: each[0],
).map(tuple)
METHODS = st.sampled_from(
    ["GET", "POST", "PUT", "PATCH", "DELETE"] * 3 + ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "get"]
)


def _request(method: str, path: str, query: str, headers: Any, body: bytes | None) -> Asked:
    if body is not None and not any(name == "Content-Type" for name, _ in headers):
        headers = (*headers, ("Content-Type", "application/scim+json"))
    return Asked(method, f"{path}?{query}" if query else path, headers, body)


def _likely(method: str, path: str, body: bytes) -> Asked:
    return _request(method, path, "", (), body)


ANYTHING = st.builds(_request, METHODS, PATHS, QUERIES | st.just(""), HEADERS, st.none() | BODIES)
LIKELY = st.one_of(
    st.builds(_likely, st.just("POST"), st.sampled_from(["/Users", "/Groups"]), USERS.map(rendered)),
    st.builds(_likely, st.just("POST"), st.just("/Users"), GOOD_USERS.map(rendered)),
    st.builds(_likely, st.just("POST"), st.just("/Groups"), GOOD_GROUPS.map(rendered)),
    st.builds(_likely, st.just("PUT"), st.just(f"/Users/{USER_ID}"), GOOD_USERS.map(rendered)),
    st.builds(_likely, st.just("PUT"), st.just(f"/Groups/{GROUP_ID}"), GOOD_GROUPS.map(rendered)),
    st.builds(
        _likely,
        st.just("PATCH"),
        st.sampled_from([f"/Users/{USER_ID}", f"/Groups/{GROUP_ID}"]),
        GOOD_PATCHES.map(rendered),
    ),
    st.builds(
        _likely, st.just("PUT"), st.sampled_from([f"/Users/{USER_ID}", f"/Groups/{GROUP_ID}"]), USERS.map(rendered)
    ),
    st.builds(
        _likely, st.just("PATCH"), st.sampled_from([f"/Users/{USER_ID}", f"/Groups/{GROUP_ID}"]), PATCHES.map(rendered)
    ),
    st.builds(_likely, st.just("POST"), st.sampled_from(["/.search", "/Users/.search"]), SEARCHES.map(rendered)),
    st.builds(_likely, st.just("POST"), st.just("/Bulk"), BULKS.map(rendered)),
    st.builds(
        lambda path, query: _request("GET", path, query, (), None),
        st.sampled_from(["/Users", "/Groups", "/", f"/Users/{USER_ID}"]),
        QUERIES,
    ),
)
REQUESTS = LIKELY | ANYTHING
