"""Filters in PostgreSQL and in memory decide alike: same documents, same filter, same answer; the order too."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisor.postgres.cluster import Cluster
from provisor.scim import urns
from provisor.scim.errors import BadRequest
from provisor.scim.filters import compile_filter, fold, parse_filter, parse_instant
from provisor.scim.schemas import ENTERPRISE_USER_SCHEMA, USER_SCHEMA, Attribute, ResourceType, Schema, Type
from provisor.scim.sort import sort_key
from provisor.scim.sql import FOLD, FOLD_18, Column, Columns, Form, Rows, render_order, render_where

LAB_URN = "urn:example:lab:1.0:User"
LAB = Schema(
    LAB_URN,
    "Lab",
    "Every type that the core schemas leave out.",
    (
        Attribute("level", Type.INTEGER),
        Attribute("score", Type.DECIMAL),
        Attribute("since", Type.DATE_TIME),
        Attribute("tags", multi_valued=True),
        Attribute("codes", multi_valued=True, case_exact=True),
        Attribute("visits", Type.DATE_TIME, multi_valued=True),
        Attribute(
            "badges",
            Type.COMPLEX,
            multi_valued=True,
            sub_attributes=(
                Attribute("value"),
                Attribute("level", Type.INTEGER),
                Attribute("expires", Type.DATE_TIME),
                Attribute("doors", multi_valued=True),
            ),
        ),
    ),
)
KIND = ResourceType("User", "/Users", "", USER_SCHEMA, (ENTERPRISE_USER_SCHEMA, LAB))
Run: TypeAlias = Callable[..., list[asyncpg.Record]]

WORD = st.sampled_from(
    ["a", "A", "ab", "b", "É", "e\u0301", "É", "straße", "STRASSE", "Σς", "%", "_", "\\", "a_b", "", "'", '"', "10"]
)
MOMENT = st.sampled_from(
    [
        "2011-05-13T04:42:34Z",
        "2011-05-13T06:42:34+02:00",
        "2011-05-13T04:42:34",
        "2011-05-13T04:42:34.123456789Z",
        "2011-05-13T04:42:34.5-05:30",
        "2024-02-29T23:59:59Z",
        "2000-01-31T00:00:00.1Z",
    ]
)
NUMBER = st.sampled_from([-1, 0, 1, 2, 1000000000000, 0.5, -2.25, 1e21])
LEVEL = st.integers(-1, 3)
MAIL = st.fixed_dictionaries({"value": WORD}, optional={"type": st.sampled_from(["work", "Home"]), "display": WORD})
BADGE = st.fixed_dictionaries(
    {}, optional={"value": WORD, "level": LEVEL, "expires": MOMENT, "doors": st.lists(WORD, min_size=1, max_size=2)}
).filter(bool)
USERS = st.fixed_dictionaries(
    {"userName": WORD.filter(bool)},
    optional={
        "title": WORD,
        "externalId": WORD,
        "active": st.booleans(),
        "name": st.dictionaries(st.sampled_from(["givenName", "familyName"]), WORD, min_size=1),
        "emails": st.lists(MAIL, min_size=1, max_size=3),
        "meta": st.fixed_dictionaries({"lastModified": MOMENT}),
        urns.ENTERPRISE_USER: st.fixed_dictionaries({"department": WORD}),
        LAB_URN: st.fixed_dictionaries(
            {},
            optional={
                "level": LEVEL,
                "score": NUMBER,
                "since": MOMENT,
                "tags": st.lists(WORD, min_size=1, max_size=3),
                "codes": st.lists(WORD, min_size=1, max_size=3),
                "visits": st.lists(MOMENT, min_size=1, max_size=2),
                "badges": st.lists(BADGE, min_size=1, max_size=3),
            },
        ).filter(bool),
        "urn:acme:1.0:User": st.dictionaries(
            st.sampled_from(["badge", "x"]), WORD | NUMBER | st.booleans() | st.lists(WORD, max_size=2), min_size=1
        ),
    },
)


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


TEXTUAL = st.sampled_from(
    [
        "userName",
        "title",
        "externalId",
        "name.givenName",
        "emails",
        "emails.value",
        "emails.type",
        "name.nope",
        "nope",
        "id",
    ]
    + [f"{urns.ENTERPRISE_USER}:department", f"{urns.USER}:title", "urn:acme:1.0:User:badge"]
    + [f"{LAB_URN}:{name}" for name in ("tags", "codes", "badges", "badges.value", "badges.doors")]
)
TEXT_TERMS = st.builds(
    lambda name, op, value: f"{name} {op} {_quoted(value)}",
    TEXTUAL,
    st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]),
    WORD,
)
MOMENT_TERMS = st.builds(
    lambda name, op, value: f"{name} {op} {_quoted(value)}",
    st.sampled_from(["meta.lastModified", f"{LAB_URN}:since", f"{LAB_URN}:visits", f"{LAB_URN}:badges.expires"]),
    st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le", "sw", "co"]),
    MOMENT,
)
NUMBER_TERMS = st.builds(
    lambda name, op, value: f"{name} {op} {value!r}",
    st.sampled_from([f"{LAB_URN}:level", f"{LAB_URN}:score", f"{LAB_URN}:badges.level", "urn:acme:1.0:User:badge"]),
    st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
    NUMBER,
)
PRESENT = st.builds(
    lambda name, tail: f"{name} {tail}",
    st.sampled_from(
        [
            "name",
            "emails",
            "meta",
            "active",
            f"{LAB_URN}:tags",
            f"{LAB_URN}:badges",
            f"{LAB_URN}:level",
            "title",
            "nope",
        ]
    ),
    st.just("pr"),
) | st.sampled_from(["title eq null", "emails ne null", f"{LAB_URN}:score ne null", "name.givenName eq null"])
OTHER = st.sampled_from(["active eq true", "active ne true", "active eq false", "urn:acme:1.0:User:badge eq true"])
INNER = st.builds(
    lambda name, op, value: f"{name} {op} {_quoted(value)}",
    st.sampled_from(["value", "type", "display", "nope"]),
    st.sampled_from(["eq", "ne", "co", "sw", "lt"]),
    WORD | st.just("work"),
)
INNERS = st.recursive(
    INNER | st.just("display pr"),
    lambda inner: (
        st.builds(lambda a: f"not ({a})", inner)
        | st.builds(lambda a, w, b: f"{a} {w} {b}", inner, st.sampled_from(["and", "or"]), inner)
    ),
    max_leaves=3,
)
BADGE_TERMS = st.sampled_from(
    ["level gt 1", 'expires lt "2012-01-01T00:00:00Z"', "doors pr", 'doors co "a"', "not (level pr)", 'value eq "a"']
)
VALUE_PATHS = (
    st.builds(lambda inner: f"emails[{inner}]", INNERS)
    | st.builds(lambda a, b: f"{LAB_URN}:badges[{a} and {b}]", BADGE_TERMS, BADGE_TERMS)
    | st.sampled_from(['name[givenName eq "a"]', "name[not (givenName pr)]", 'title[value eq "a"]'])
)
FILTERS = st.recursive(
    TEXT_TERMS | MOMENT_TERMS | NUMBER_TERMS | PRESENT | OTHER | VALUE_PATHS,
    lambda inner: (
        st.builds(lambda a: f"not ({a})", inner)
        | st.builds(lambda a, w, b: f"({a}) {w} {b}", inner, st.sampled_from(["and", "or"]), inner)
    ),
    max_leaves=4,
)
COLUMNS: Columns = {
    "id": Column("r.id"),
    "userName": Column("r.user_key", Form.FOLDED),
    "externalId": Column("r.external_id"),
    "active": Column("r.active", Form.BOOLEAN),
    "meta.lastModified": Column("r.modified", Form.INSTANT),
    f"{LAB_URN}:level": Column("r.level", Form.NUMBER),
    "emails": Rows(
        "mail AS m",
        "m.owner = r.n",
        {"value": Column("m.value_key", Form.FOLDED), "type": Column("m.type_key", Form.FOLDED)},
    ),
}


@pytest.fixture(scope="module")
def run(cluster: Cluster) -> Iterator[Run]:
    """Runs a statement in a PostgreSQL with the tables of these tests."""
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(asyncpg.connect(cluster.dsn()))
    loop.run_until_complete(
        connection.execute(
            """CREATE TEMPORARY TABLE resource (n int, id text COLLATE "C", user_key text COLLATE "C", external_id text,
              active boolean, modified timestamptz, level numeric, body jsonb);
            CREATE TEMPORARY TABLE mail (owner int, value_key text, type_key text)"""
        )
    )
    yield lambda text, *arguments: loop.run_until_complete(connection.fetch(text, *arguments))
    loop.run_until_complete(connection.close())
    loop.close()


def store(run: Run, users: list[dict[str, Any]]) -> None:
    """Put the users into the table, in order."""
    run("TRUNCATE resource, mail")
    for n, user in enumerate(users):
        moment = user.get("meta", {}).get("lastModified")
        run(
            """INSERT INTO resource
            SELECT $1, $2, $3, $4, $5, $6::timestamptz, $7::text::numeric, $8::text::jsonb""",
            n, user.get("id"), fold(user["userName"]), user.get("externalId"), user.get("active"),
            moment and parse_instant(moment),
            None if (level := user.get(LAB_URN, {}).get("level")) is None else str(level),
            orjson.dumps(user).decode(),
        )  # fmt: skip
        for mail in user.get("emails", ()):
            kind = mail.get("type")
            run("INSERT INTO mail VALUES ($1, $2, $3)", n, fold(mail["value"]), None if kind is None else fold(kind))


def chosen(run: Run, text: str, columns: Columns, fold_sql: str) -> list[int]:
    """Return the numbers of the users whom PostgreSQL chooses."""
    where = render_where(parse_filter(text), KIND, document="r.body", columns=columns, first=2, fold_sql=fold_sql)
    found = run(f"SELECT n FROM resource AS r WHERE n >= $1 AND {where.text} ORDER BY n", 0, *where.arguments)
    return [row["n"] for row in found]


LAW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@LAW
@given(st.lists(USERS, min_size=1, max_size=6), st.lists(FILTERS, min_size=1, max_size=8))
def test_postgresql_chooses_whom_the_matcher_chooses(run: Run, users: list[dict[str, Any]], filters: list[str]) -> None:
    """Every filter gives the same users from the document, exactly so with PostgreSQL 18's case folding."""
    store(run, users)
    for text in filters:
        matches = compile_filter(parse_filter(text), KIND)
        assert chosen(run, text, {}, FOLD_18) == [n for n, user in enumerate(users) if matches(user)], text


@LAW
@given(st.lists(USERS, min_size=1, max_size=6), st.lists(FILTERS, min_size=1, max_size=8))
def test_columns_change_nothing_but_the_cost(run: Run, users: list[dict[str, Any]], filters: list[str]) -> None:
    """The same answers come from key columns and from a table of values."""
    plain = [{k: v for k, v in user.items() if k != "emails"} for user in users]
    for user, original in zip(plain, users, strict=True):
        mails = [{k: v for k, v in mail.items() if k != "display"} for mail in original.get("emails", ())]
        user.update({"emails": mails} if mails else {})
    store(run, plain)
    for text in filters:
        matches = compile_filter(parse_filter(text), KIND)
        assert chosen(run, text, COLUMNS, FOLD_18) == [n for n, user in enumerate(plain) if matches(user)], text


@LAW
@given(
    st.lists(USERS, max_size=8),
    st.sampled_from(
        ["userName", "title", "emails", "emails.type", "meta.lastModified", "active", "externalId", "name.familyName"]
        + [f"{LAB_URN}:{name}" for name in ("level", "score", "since", "tags", "badges.level")]
    ),
    st.booleans(),
    st.booleans(),
)
def test_both_sort_alike(
    run: Run, users: list[dict[str, Any]], sort_by: str, descending: bool, by_column: bool
) -> None:
    """ORDER BY gives the order of the sort key in memory, ties in the order of creation."""
    for number, user in enumerate(users):
        user.get("emails", [{}])[-1].update({"primary": True} if number % 2 else {})
    store(run, users)
    columns = {} if not by_column or sort_by.startswith("emails") else COLUMNS
    order = render_order(sort_by, KIND, descending=descending, document="r.body", columns=columns, fold_sql=FOLD_18)
    found = [row["n"] for row in run(f"SELECT n FROM resource AS r ORDER BY {order}, n {'DESC' * descending}")]
    key = sort_key(sort_by, KIND)
    expected = sorted(range(len(users)), key=lambda n: (key(users[n]), n), reverse=descending)
    assert found == expected


@pytest.mark.parametrize("value", ["2023-02-30T00:00:00Z", "2023-13-01T00:00:00Z", "0000-01-01T00:00:00Z", "x", ""])
def test_text_that_is_no_date_is_no_error(run: Run, value: str) -> None:
    """What slipped into the table before it was validated is passed over, not a failed query."""
    store(run, [{"userName": "a", "meta": {}}])
    run("UPDATE resource SET body = jsonb_build_object('meta', jsonb_build_object('lastModified', $1::text))", value)
    assert chosen(run, 'meta.lastModified gt "2000-01-01T00:00:00Z"', {}, FOLD) == []
    assert chosen(run, 'not (meta.lastModified gt "2000-01-01T00:00:00Z")', {}, FOLD) == [0]


def test_the_portable_fold_ignores_case(run: Run) -> None:
    """Before PostgreSQL 18, lower() does what the database's locale knows."""
    store(run, [{"userName": "BABS", "title": "ÄX"}])
    assert chosen(run, 'userName eq "babs" and title sw "ä" and title ew "x"', {}, FOLD) == [0]


@pytest.mark.parametrize("text", ['title eq "a\\u0000"', "title gt true", 'active co "t"', 'meta.created gt "x"'])
def test_what_the_matcher_refuses_sql_refuses_too(text: str) -> None:
    """An invalid filter is invalidFilter before any SQL, and so is a character that PostgreSQL cannot hold."""
    with pytest.raises(BadRequest) as caught:
        render_where(parse_filter(text), KIND)
    assert caught.value.scim_type == "invalidFilter"


def test_operands_never_become_sql() -> None:
    """Values are arguments; names come from schemas and are quoted."""
    where = render_where(parse_filter('title eq "\'; DROP TABLE x; --"'), KIND)
    assert "DROP" not in where.text
    odd = ResourceType("Odd", "/Odd", "", Schema("urn:odd", "Odd", "", (Attribute("it's"),)))
    node = parse_filter("title pr")
    assert "it''s" in render_where(type(node)(type(node.path)(("it's",))), odd).text  # type: ignore[union-attr,arg-type]
