"""What may be done to the attributes of an app, and how its schema travels: pure decisions, no database."""

from dataclasses import replace

import pytest

from provisor.api.schema_form import parse_changes, render_schema
from provisor.apps.schemas import SCIM_SCHEMA, TEMPLATE_NAMES, account_attributes
from provisor.connectors.scim import check_places
from provisor.directory.attributes import Attribute, AttributeType, Scope
from provisor.directory.schema import Schema
from provisor.services.app_schemas import check_changes
from provisor.services.errors import Invalid

NOW = {each.name: each for each in SCIM_SCHEMA}
TAGS = Attribute("tags", "Tags", AttributeType.ARRAY, item=AttributeType.STRING, union=True)
SCHEMA = Schema("0oa1", "Wiki", (*SCIM_SCHEMA, TAGS), TEMPLATE_NAMES, 3, None)


def test_what_may_be_done_is_done() -> None:
    """Adding, renaming for people, limiting, deleting, and deleting one to add it in another spelling."""
    check_changes(NOW, {"tags": TAGS, "title": replace(NOW["title"], title="Job", longest=20), "locale": None})
    check_changes(NOW, {"nickName": None, "nickname": Attribute("nickname", "Nickname", external_name="nickName")})


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"userName": None}, "userName"),
        ({"userName": replace(NOW["userName"], title="Handle")}, "userName"),
        ({"title": replace(NOW["title"], type=AttributeType.INTEGER)}, "title.type"),
        ({"Title": Attribute("Title", "Twice")}, "Title"),
        ({"tags": replace(TAGS, scope=Scope.SELF)}, "tags.union"),
        ({"tags": replace(TAGS, title=" ")}, "tags.title"),
        ({"1st": Attribute("1st", "First")}, "1st"),
        ({f"a{n}": Attribute(f"a{n}", "More") for n in range(500)}, "attributes"),
    ],
)
def test_what_may_not_be_done_is_named(changes: dict[str, Attribute | None], path: str) -> None:
    """The path says where, however the definition was made."""
    with pytest.raises(Invalid) as refusal:
        check_changes(NOW, changes)
    assert path in {each.path for each in refusal.value.diagnostics}


def test_a_schema_that_is_written_back_changes_nothing() -> None:
    """Every attribute is read as it was shown, with or without nulls beside it."""
    shown = render_schema(SCHEMA, "https://x/api/v1/meta/schemas/apps/0oa1/default", name="Wiki", title="Wiki User")
    assert shown["id"] == "https://x/meta/schemas/apps/0oa1/default"
    assert shown["definitions"]["custom"]["properties"].keys() == {"tags"}
    changes = parse_changes(shown, SCHEMA)
    assert changes == {each.name: each for each in SCHEMA.attributes}


def test_a_change_names_only_what_it_changes() -> None:
    """Keys that are left out stay, null takes a key or an attribute away."""
    body = {"tags": {"title": "Labels", "union": None}, "title": None, "new": {"title": "New", "type": "boolean"}}
    changes = parse_changes({"definitions": {"custom": {"properties": body}}}, SCHEMA)
    assert changes == {
        "tags": replace(TAGS, title="Labels", union=False),
        "title": None,
        "new": Attribute("new", "New", AttributeType.BOOLEAN),
    }


def test_what_cannot_be_read_is_named_by_its_whole_path() -> None:
    """Every problem at once."""
    with pytest.raises(Invalid) as refusal:
        parse_changes({"definitions": {"base": 7, "custom": {"properties": {"a": 1, "b": {"type": "x"}}}}}, SCHEMA)
    assert [each.path for each in refusal.value.diagnostics] == [
        "definitions.base",
        "definitions.custom.properties.a",
        "definitions.custom.properties.b.type",
        "definitions.custom.properties.b.title",
    ]


def test_what_every_app_begins_with_has_its_places() -> None:
    """No two attributes of the template claim the same one."""
    check_places(account_attributes(SCIM_SCHEMA))
