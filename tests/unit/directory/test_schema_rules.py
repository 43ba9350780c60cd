"""Which changes of a schema are allowed."""

from dataclasses import replace
from typing import Any

import pytest

from provisor.directory.attributes import BASE_ATTRIBUTES, Access, Attribute, AttributeType, Unique
from provisor.directory.formats import Format
from provisor.directory.group import GROUP_ATTRIBUTES
from provisor.directory.schema import Schema
from provisor.directory.schema_rules import GROUPS, PEOPLE, carried, is_login_pattern, kept, revised
from provisor.directory.schemas import Unreadable
from provisor.directory.user import DEFAULT_TYPE

BASE = {each.name: each for each in BASE_ATTRIBUTES}
SIZE = Attribute("size", "Size")


def schema(*added: Attribute) -> Schema:
    return Schema(DEFAULT_TYPE, "User", (*BASE_ATTRIBUTES, *added), frozenset(BASE), 0, None)


def refused(changes: dict[str, Attribute | None], *added: Attribute) -> list[str]:
    """The paths of what is not allowed."""
    with pytest.raises(Unreadable) as problem:
        revised(schema(*added), changes, PEOPLE)
    return [each.path for each in problem.value.problems]


def after(name: str, wanted: Attribute, *added: Attribute) -> Attribute:
    found = {each.name: each for each in revised(schema(*added), {name: wanted}, PEOPLE)}
    return found[name]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("title", {"access": Access.READ_WRITE}),
        ("firstName", {"required": False}),
        ("lastName", {"required": False}),
        ("login", {"pattern": "[a-z0-9]+", "format": None}),
        ("city", {"sensitive": True, "access": Access.HIDE}),
    ],
)
def test_what_may_be_changed_of_what_came_with_provisor(name: str, changes: dict[str, Any]) -> None:
    """Permissions, whether names are required, the login's pattern, sensitivity of four."""
    wanted = replace(BASE[name], **changes)
    assert after(name, wanted) == wanted
    assert kept(revised(schema(), {name: wanted}, PEOPLE), PEOPLE) == (wanted,)


@pytest.mark.parametrize(
    ("name", "changes", "path"),
    [
        ("email", {"required": False}, "email.required"),
        ("title", {"longest": 5}, "title.maxLength"),
        ("title", {"sensitive": True}, "title.sensitive"),
        ("title", {"type": AttributeType.INTEGER}, "title.type"),
        ("title", {"unique": Unique.PENDING_UNIQUENESS}, "title.unique"),
        ("login", {"pattern": "a.*", "format": None}, "login.pattern"),
    ],
)
def test_what_may_not(name: str, changes: dict[str, Any], path: str) -> None:
    """Everything else of them, each with its path in the API's words."""
    assert refused({name: replace(BASE[name], **changes)}) == [path]


def test_what_came_with_provisor_is_never_removed() -> None:
    """Neither is what is not there."""
    assert refused({"title": None, "nope": None}) == ["title", "nope"]


def test_a_login_is_an_address_unless_a_pattern_says_otherwise() -> None:
    """Taking the pattern away brings the form of an address back."""
    free = after("login", replace(BASE["login"], pattern=".+"))
    assert (free.pattern, free.format) == (".+", None)
    changed = Schema(DEFAULT_TYPE, "User", (free, *BASE_ATTRIBUTES[1:]), frozenset(BASE), 1, None)
    back = revised(changed, {"login": replace(free, pattern=None)}, PEOPLE)[0]
    assert (back, back.format) == (BASE["login"], Format.EMAIL)


def test_patterns_of_logins_are_anything_or_one_class_that_repeats() -> None:
    """What would let an expression of any cost in is refused."""
    good = [".+", "[a-z]+", "[a-zA-Z0-9._@-]+", r"[\w\]]+", r"[a\\]+"]
    bad = ["", "+", ".*", "[a-z]", "[]+", "[^a]+", "[a]+[b]+", "[a]b]+", "[a[b]+", "(a|b)+", "[a\\]+"]
    assert [each for each in good if not is_login_pattern(each)] == []
    assert [each for each in bad if is_login_pattern(each)] == []


@pytest.mark.parametrize("name", ["id", "ID", "transitioningtostatus", "_links", "realmId", "1st", "a-b", "a" * 256])
def test_names_that_no_attribute_may_have(name: str) -> None:
    """What a user's JSON is made of, whatever the case, and what is no name."""
    assert refused({name: replace(SIZE, name=name)}) == [name]


def test_names_that_differ_by_case_alone_collide() -> None:
    """With what came, with what was added, and within one change."""
    assert refused({"FirstName": replace(SIZE, name="FirstName")}) == ["FirstName"]
    assert refused({"SIZE": replace(SIZE, name="SIZE")}, SIZE) == ["SIZE"]
    assert refused({"a": replace(SIZE, name="a"), "A": replace(SIZE, name="A")}) == ["A"]
    swapped = revised(schema(SIZE), {"size": None, "Size": replace(SIZE, name="Size")}, PEOPLE)
    assert swapped[-1].name == "Size"


def test_the_type_of_an_attribute_never_changes() -> None:
    """Values of the old one would be waiting in profiles; limits may change."""
    listed = Attribute("tags", "Tags", AttributeType.ARRAY, item=AttributeType.STRING)
    assert refused({"size": replace(SIZE, type=AttributeType.INTEGER)}, SIZE) == ["size.type"]
    assert refused({"tags": replace(listed, item=AttributeType.INTEGER)}, listed) == ["tags.type"]
    assert after("size", replace(SIZE, longest=3, required=True), SIZE).longest == 3


def test_what_is_sensitive_is_hidden_and_never_required() -> None:
    """Whatever the permission says."""
    assert after("size", replace(SIZE, sensitive=True, access=Access.READ_WRITE)).access is Access.HIDE
    assert refused({"size": replace(SIZE, sensitive=True, required=True)}) == ["size.required"]


def test_uniqueness_is_asked_for_and_only_found_by_looking() -> None:
    """A caller can neither declare it found nor lose it by sending back what was read."""
    declared = replace(SIZE, unique=Unique.UNIQUE_VALIDATED)
    assert after("size", declared).unique is Unique.PENDING_UNIQUENESS
    assert after("size", replace(SIZE, unique=Unique.PENDING_UNIQUENESS), declared).unique is Unique.UNIQUE_VALIDATED
    five = [Attribute(f"u{number}", "U", unique=Unique.UNIQUE_VALIDATED) for number in range(5)]
    assert refused({"size": declared}, *five) == ["size.unique"]


def test_attributes_of_groups_have_reserved_names_of_their_own() -> None:
    """Those that Okta's groups from directories use."""
    groups = Schema("group", "Group", GROUP_ATTRIBUTES, frozenset(GROUPS.base), 0, None)
    with pytest.raises(Unreadable):
        revised(groups, {"samaccountname": replace(SIZE, name="samaccountname")}, GROUPS)
    assert revised(groups, {"size": SIZE}, GROUPS)[-1] == SIZE


def test_values_are_carried_over_where_name_and_type_are_equal() -> None:
    """A list of texts is not a list of numbers."""
    theirs = [SIZE, Attribute("tags", "T", AttributeType.ARRAY, item=AttributeType.STRING), Attribute("only", "O")]
    ours = [replace(SIZE, title="S"), Attribute("tags", "T", AttributeType.ARRAY, item=AttributeType.NUMBER)]
    assert carried({"size": "M", "tags": ["a"], "only": "x"}, theirs, ours) == {"size": "M"}
