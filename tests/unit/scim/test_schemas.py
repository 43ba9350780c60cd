"""Schemas as data."""

import pytest

from provisor.scim.schemas import (
    ENTERPRISE_USER_SCHEMA,
    GROUP_SCHEMA,
    USER,
    USER_SCHEMA,
    Schema,
    parse_schema,
    render_schema,
)


@pytest.mark.parametrize("schema", [USER_SCHEMA, GROUP_SCHEMA, ENTERPRISE_USER_SCHEMA])
def test_a_schema_survives_its_document(schema: Schema) -> None:
    """Parsing is the inverse of rendering."""
    document = render_schema(schema)
    assert render_schema(parse_schema(document)) == document


def test_names_and_urns_are_found_in_any_case() -> None:
    """RFC 7643 §2.1."""
    assert USER.find("USERNAME") is USER.find("userName")
    assert USER.extension(ENTERPRISE_USER_SCHEMA.id.upper()) is ENTERPRISE_USER_SCHEMA
    assert USER.locate(USER_SCHEMA.id.lower(), "Title")[1] is USER_SCHEMA.find("title")
    assert USER.find("nope") is None
