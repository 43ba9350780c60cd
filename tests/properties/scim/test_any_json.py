"""Whatever JSON or text arrives, the kernel answers or raises `ScimError`, and time grows with the size only."""

from importlib.resources import files
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from provisor.scim import urns, v1
from provisor.scim.bulk import Outcome, Run, parse_bulk
from provisor.scim.cursors import Sealer, fingerprint
from provisor.scim.diff import diff
from provisor.scim.errors import ScimError
from provisor.scim.filters import compile_filter, parse_filter
from provisor.scim.limits import Limits, check_depth
from provisor.scim.messages import parse_error, parse_list_response, parse_patch, parse_search
from provisor.scim.patch import apply
from provisor.scim.policy import STRICT, TOLERANT
from provisor.scim.projection import project
from provisor.scim.resources import normalise, validate
from provisor.scim.schemas import GROUP, USER, SchemaFileError, parse_resource_types
from provisor.scim.sort import sort_key
from provisor.scim.sql import render_where
from provisor.scim.versions import parse_etags

BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
GOVERNANCE = orjson.loads(files("provisor.scim.schemas").joinpath("governance.json").read_bytes())
KINDS = parse_resource_types(GOVERNANCE)
USER_NAMES = [attribute.name for attribute in USER.schema.attributes]
KEYS = st.text(max_size=8) | st.sampled_from(
    [
        *USER_NAMES, "members", "value", "type", "primary", "$ref", "display", "givenName", "schemas", "meta", "id",
        urns.ENTERPRISE_USER, "manager", "Operations", "op", "path", "bulkId", "method", "data", "failOnErrors",
        "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes",
        "name.givenName", 'emails[type eq "work"].value', "urn:x:1.0:y", "urn:", ":", ".", "[", "USERNAME", "",
        "resourceTypes", "endpoint", "schema", "schemaExtensions", "subAttributes", "multiValued", "Resources",
    ]
)  # fmt: skip
TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "\x00", "True", "add", "Replace", "remove", "POST", "/Users", "bulkId:a", "emails", 'emails[type eq "x"]',
        urns.USER, urns.GROUP, urns.PATCH_OP, urns.BULK_REQUEST, "complex", "2011-05-13T04:42:34Z", "QUJD", "1e999",
    ]
)  # fmt: skip
NUMBERS = st.integers() | st.floats(allow_nan=False) | st.just(10**400)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)
OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace", "remove", "Add"])},
        optional={"path": KEYS | TEXTS, "value": JSON, "name": JSON},
    ),
    max_size=4,
)
PIECES = st.sampled_from(
    [
        "userName", "emails", "[", "]", "(", ")", " and ", " or ", "not ", " eq ", " co ", " pr", ".value", '"x"', '"',
        "\\", "true", "null", "1", "-1.5e3", urns.ENTERPRISE_USER + ":", "meta.created", " ", "\x00", "é", "1e999",
        '"\\ud800"',
    ]
)  # fmt: skip
FILTERS = st.text(max_size=30) | st.lists(PIECES, max_size=14).map("".join)


@pytest.fixture(scope="module")
def babs() -> dict[str, Any]:
    """A user to be changed."""
    emails = [{"value": "b@work.io", "type": "work", "primary": True}, {"value": "b@home.io", "type": "home"}]
    body = {"schemas": [urns.USER], "userName": "babs", "name": {"givenName": "B"}, "emails": emails, "active": True}
    return normalise(body | {urns.ENTERPRISE_USER: {"manager": {"value": "m"}}}, USER)


@BOUNDED
@given(JSON)
def test_any_body_is_a_resource_or_refused(document: Any) -> None:
    """Bodies become canonical resources, and canonical resources stay what they are; or they are refused."""
    for kind in KINDS:
        for policy in (STRICT, TOLERANT):
            try:
                resource, violations = validate(document, kind, policy)
            except ScimError:
                continue
            for violation in violations:
                assert violation.problem in str(violation)
            if not violations:
                assert normalise(resource, kind, policy) == resource
                assert diff(resource, resource, kind) == []


@BOUNDED
@example({"schemas": [urns.PATCH_OP], "Operations": [{"op": "add", "path": "0:A", "value": []}]})
@given(JSON | OPERATIONS.map(lambda given: {"schemas": [urns.PATCH_OP], "Operations": given}))
def test_any_patch_is_applied_or_refused(babs: dict[str, Any], document: Any) -> None:
    """Whatever a PATCH body holds, the result is canonical or there is a refusal."""
    for policy in (STRICT, TOLERANT):
        try:
            changed = apply(babs, parse_patch(document, policy), USER, policy)
        except ScimError:
            continue
        assert normalise(changed, USER, policy) == changed


@BOUNDED
@given(FILTERS)
def test_any_filter_is_answered_or_refused(babs: dict[str, Any], text: str) -> None:
    """Any text is a filter in memory and in SQL, or invalidFilter; a path of PATCH and of sorting likewise."""
    for policy in (None, STRICT):
        try:
            node = parse_filter(text, policy)
            assert compile_filter(node, USER)(babs) in (True, False)
            assert compile_filter(node)(babs) in (True, False)
            assert render_where(node, USER).text
        except ScimError as refusal:
            assert refusal.status == 400
    try:
        sort_key(text, USER)(babs)
    except ScimError as refusal:
        assert refusal.status == 400


@BOUNDED
@given(JSON)
def test_any_message_is_read_or_refused(babs: dict[str, Any], document: Any) -> None:
    """Searches, lists, errors, bulk requests, cursors and the shapes of SCIM 1.1 end in a value or a ScimError."""
    parameters = document if isinstance(document, dict) else {"filter": document, "cursor": document}
    try:
        search = parse_search(parameters)
        project(babs, USER, search.projection)
        Sealer(b"0123456789abcdef").open(search.cursor or "", query=fingerprint(parameters), count=1, now=0)
    except ScimError:
        pass
    for parse in (parse_list_response, v1.parse_config):
        try:
            parse(document)
        except ScimError:
            continue
    parse_error(document)
    v1.parse_error(document)
    for kind in (USER, GROUP):
        try:
            apply(babs, v1.parse_patch(document, kind), kind, TOLERANT)
        except ScimError:
            continue


@BOUNDED
@given(JSON | st.lists(JSON, max_size=5).map(lambda given: {"schemas": [urns.BULK_REQUEST], "Operations": given}))
def test_any_bulk_request_comes_to_an_end(document: Any) -> None:
    """Every operation is carried out once or reported as refused."""
    try:
        run = Run(parse_bulk(document))
    except ScimError:
        return
    steps = 0
    while (step := run.next()) is not None:
        steps += 1
        run.settle(step, Outcome(201, "x"), f"id{steps}")
    assert steps <= 2 * len(run.batch.requests)
    assert len(run.render()["Operations"]) == len(run.batch.requests)


@BOUNDED
@given(JSON)
def test_any_schema_file_is_read_or_every_mistake_named(document: Any) -> None:
    """A schema file gives resource types or problems."""
    try:
        assert parse_resource_types(document)
    except SchemaFileError as error:
        assert error.problems


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    """Entity tags of any header."""
    parse_etags(header)


def nested(levels: int, kind: str) -> Any:
    """Return JSON so many levels deep."""
    value: Any = "x"
    for _ in range(levels):
        value = [value] if kind == "list" else {"value": value}
    return value


@pytest.mark.parametrize("kind", ["list", "object"])
def test_depth_costs_no_stack(babs: dict[str, Any], kind: str) -> None:
    """Ten thousand levels are refused or passed over wherever they stand, not a crash."""
    deep = nested(10_000, kind)
    for policy in (STRICT, TOLERANT):
        for body in (
            {"schemas": [urns.USER], "userName": deep},
            {"schemas": [urns.USER], "userName": "x", "emails": deep},
            {"schemas": [urns.USER], "userName": "x", "urn:x:1.0:y": {"a": deep}},
        ):
            try:
                validate(body, USER, policy)
            except ScimError:
                continue
        for path in ("userName", "emails", "urn:x:1.0:y", "urn:x:1.0:y:z", None):
            body = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "add", "path": path, "value": deep}]}
            try:
                apply(babs, parse_patch(body, policy), USER, policy)
            except ScimError:
                continue
    with pytest.raises(ScimError):
        check_depth(deep)
    request = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"x": deep}}
    run = Run(parse_bulk({"schemas": [urns.BULK_REQUEST], "Operations": [request]}))
    assert run.next() is None


def test_limits_are_parameters() -> None:
    """Length, depth and number of operations can be set, and each has its refusal."""
    small = Limits(filter_length=20, filter_depth=2, operations=1)
    assert parse_filter("((title pr))", None, small)
    for text in ("(((title pr)))", "title pr and title pr"):
        with pytest.raises(ScimError) as caught:
            parse_filter(text, None, small)
        assert caught.value.scim_type == "invalidFilter"
    operation = {"op": "remove", "path": "title"}
    with pytest.raises(ScimError) as caught:
        parse_patch({"schemas": [urns.PATCH_OP], "Operations": [operation] * 2}, STRICT, small)
    assert caught.value.status == 413
    long = {"op": "remove", "path": 'emails[value eq "somebody"]'}
    with pytest.raises(ScimError) as caught:
        parse_patch({"schemas": [urns.PATCH_OP], "Operations": [long]}, STRICT, small)
    assert caught.value.scim_type == "invalidPath"


def test_the_longest_filter_is_read_and_matched(babs: dict[str, Any]) -> None:
    """A filter at the limit, in its worst shapes, compiles to something that answers."""
    for piece, joint in (("title pr", " or "), ('not (userName eq "a")', " and "), ('emails[value co "z"]', " or ")):
        text = joint.join([piece] * (20_000 // (len(piece) + len(joint))))
        assert compile_filter(parse_filter(text), USER)(babs) in (True, False)
    for text in ('userName eq "' + "\\\\" * 9_000 + '"', "a" * 20_000, "1" * 20_000, " " * 19_999 + "!", "(" * 20_000):
        try:
            parse_filter(text)
        except ScimError as refusal:
            assert refusal.scim_type == "invalidFilter"
