"""Lists of people: pages, `q`, `filter`, `search`, and what they refuse."""

import pytest

NAMES = [
    ("ann", "Ann", "Lee", "Sales"),
    ("bob", "Bob", "Lee", "Sales"),
    ("cat", "Cat", "Moss", None),
    ("dan", "Dän", "100%", "sales"),
    ("eve", "Eve", "a_b", "Support"),
]


# Searches and who they find; None is refused.
SEARCHES = [
    ('profile.department eq "SALES"', ["ann", "bob", "dan"]),
    ('profile.firstName eq "dan"', []),
    ('profile.firstName eq "DÄN"', ["dan"]),
    ('profile.firstName sw "a" or profile.firstName sw "B"', ["ann", "bob"]),
    ('profile.lastName co "oS"', ["cat"]),
    ('profile.department pr and status eq "PROVISIONED"', ["ann", "bob", "dan"]),
    ('profile.lastName gt "M" and not_there eq "x"', None),
    ('profile.lastName ge "lee" and profile.lastName lt "m"', ["ann", "bob"]),
    ('profile.login eq "ANN@EXAMPLE.COM"', ["ann"]),
    ('profile.lastName sw "a_"', ["eve"]),
    ('profile.lastName eq "\\"; DROP TABLE users; --"', []),
    ('created gt "2020-01-01T00:00:00.000Z"', ["ann", "bob", "cat", "dan", "eve"]),
    ("activated pr", ["ann", "bob", "dan", "eve"]),
    ('type.id eq "oty00000000default00"', ["ann", "bob", "cat", "dan", "eve"]),
    ('profile.department ne "Sales"', None),
    ('profile.department co "a"', None),
    ('profile.Department eq "Sales"', None),
    ('not (profile.department eq "Sales")', None),
    ('created gt "yesterday"', None),
    ("profile.department eq 7", None),
    ("profile.department eq", None),
    ('profile.x eq "a"; DROP TABLE users', None),
]


@pytest.fixture
async def people(api):
    """Five people; Eve is deactivated, Cat is staged."""
    ids = {}
    for name, first, last, department in NAMES:
        profile = {
            "login": f"{name}@example.com",
            "email": f"{name}@mail.example",
            "firstName": first,
            "lastName": last,
        }
        if department is not None:
            profile["department"] = department
        query = "?activate=false" if name == "cat" else ""
        ids[name] = (await api.post(f"/users{query}", {"profile": profile})).body["id"]
    await api.post(f"/users/{ids['eve']}/lifecycle/deactivate")
    return ids


async def found(api, **params) -> list[str]:
    """The first parts of the logins that a list answers with."""
    answer = await api.get("/users", params=params)
    assert answer.status == 200, answer.body
    return [user["profile"]["login"].partition("@")[0] for user in answer.body]


async def test_a_plain_list_hides_the_deactivated(api, people):
    """A filter and a search show them."""
    assert await found(api) == ["ann", "bob", "cat", "dan"]
    assert await found(api, filter='status eq "DEPROVISIONED"') == ["eve"]
    assert await found(api, search='status eq "deprovisioned"') == ["eve"]


async def test_q_finds_beginnings_of_names_and_addresses(api, people):
    """Without regard to case; wildcards of SQL mean themselves; there is no next page."""
    assert await found(api, q="lee") == ["ann", "bob"]
    assert await found(api, q="BOB@mail") == ["bob"]
    assert await found(api, q="oss") == []
    assert await found(api, q="100%") == ["dan"]
    assert await found(api, q="a_") == []
    assert await found(api, q="eve") == []
    assert (await api.get("/users", params={"q": "lee", "limit": "1"})).next is None


async def test_search_is_oktas(api, people):
    """Case-sensitive names, case-insensitive values, the documented operators; the rest is E0000031."""
    for search, names in SEARCHES:
        if names is None:
            answer = await api.get("/users", params={"search": search})
            assert (answer.status, answer.code) == (400, "E0000031"), search
        else:
            assert await found(api, search=search) == names, search


async def test_filter_is_narrower_than_search(api, people):
    """Equality on a few properties, order on lastUpdated; E0000094 for more, E0000053 for nonsense."""
    assert await found(api, filter='profile.lastName eq "lee" and profile.firstName eq "ann"') == ["ann"]
    assert await found(api, filter=f'id eq "{people["cat"]}"') == ["cat"]
    for filter, code in (
        ('profile.department eq "Sales"', "E0000094"),
        ('profile.firstName sw "a"', "E0000094"),
        ('profile.firstName eq "a', "E0000053"),
    ):
        assert (await api.get("/users", params={"filter": filter})).code == code


async def test_the_last_update_shown_is_not_found_again(api, people):
    """A poller that asks for later ones gets no row twice, although more digits are stored than shown."""
    shown = (await api.get(f"/users/{people['bob']}")).body["lastUpdated"]
    assert "bob" not in await found(api, filter=f'lastUpdated gt "{shown}"')
    assert "bob" in await found(api, filter=f'lastUpdated ge "{shown}"')
    assert await found(api, filter=f'lastUpdated eq "{shown}"') == ["bob"]


async def test_a_search_is_sorted(api, people):
    """By any property, both ways; people without a value come first; pages go on where they ended."""
    everyone = {"search": "id pr", "sortBy": "profile.department"}
    assert await found(api, **everyone) == ["cat", "ann", "bob", "dan", "eve"]
    assert await found(api, **everyone, sortOrder="desc") == ["eve", "dan", "bob", "ann", "cat"]
    assert await found(api, search="id pr", sortBy="statusChanged", sortOrder="desc") == [
        "eve",
        "dan",
        "bob",
        "ann",
        "cat",
    ]
    assert (await api.get("/users", params={"search": "id pr", "sortBy": "profile.x"})).code == "E0000031"
    answer = await api.get("/users", params={**everyone, "limit": "2"})
    names = []
    while True:
        names += [user["profile"]["firstName"] for user in answer.body]
        if answer.next is None:
            break
        answer = await api.get(answer.next)
    assert names == ["Cat", "Ann", "Bob", "Dän", "Eve"]


async def test_pages_have_self_first_and_next_last(api, people):
    """And no next on the last page, even when it is full."""
    answer = await api.get("/users?limit=2")
    links = answer.headers.getall("link")
    assert [link.partition("; ")[2] for link in links] == ['rel="self"', 'rel="next"']
    last = await api.get(answer.next)
    assert [user["profile"]["firstName"] for user in last.body] == ["Cat", "Dän"]
    assert last.next is None


async def test_pages_that_make_no_sense_are_refused(api, people):
    """A limit that is not a number, and a cursor that is not ours; a limit that is too large is the largest."""
    for limit in ("x", "0", "-2", "1.5"):
        assert (await api.get("/users", params={"limit": limit})).code == "E0000029", limit
    assert len((await api.get("/users?limit=100000")).body) == 4
    sorted_page = await api.get("/users", params={"search": "id pr", "sortBy": "created", "limit": "1"})
    foreign = sorted_page.next.partition("after=")[2].partition("&")[0]
    for after in ("x", "%%%", "W10", "e30", "WzFd", "WyJcdTAwMDAiXQ", foreign):
        answer = await api.get("/users", params={"after": after})
        assert (answer.status, answer.code) == (400, "E0000054"), after
