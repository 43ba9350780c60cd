"""What a mapping accepts and what it makes of a profile."""

import pytest

from provisor.apps.defaults import SCIM_MAPPINGS, username_expression, with_suffix
from provisor.apps.mapping import Mapping, MappingError, PushStatus
from provisor.apps.projection import Circumstances, compile_mappings, digest
from provisor.expression import Group, Kind


def test_a_projection_holds_mapped_values_and_leaves_empty_ones_out() -> None:
    """Null and empty text are both no value."""
    mappings = compile_mappings(
        [Mapping("a", "user.title"), Mapping("b", "user.city"), Mapping("c", "'k'")], "user.login"
    )
    projection = mappings.project({"login": "ann", "title": "1", "city": ""})
    assert (projection.username, projection.attributes) == ("ann", {"a": "1", "c": "k"})


def test_a_type_goes_only_along_with_its_value() -> None:
    """No e-mail, no e-mail type."""
    mappings = compile_mappings(SCIM_MAPPINGS, "user.login")
    assert "emailType" not in mappings.project({"login": "ann"}).attributes
    assert mappings.project({"login": "ann", "email": "a@b.c"}).attributes["emailType"] == "work"


def test_false_and_zero_are_values() -> None:
    """Only null and empty text mean nothing."""
    mappings = compile_mappings([Mapping("a", "user.title"), Mapping("b", "user.city")], "user.login")
    assert mappings.project({"title": False, "city": 0}).attributes == {"a": False, "b": 0}


@pytest.mark.parametrize("expression", ["", "user.", "user.title +", "x", "'open", "user['x']"])
def test_an_expression_that_is_not_understood_names_its_target(expression: str) -> None:
    """The refusal says which mapping it is and what it takes."""
    with pytest.raises(MappingError, match="“title”"):
        compile_mappings([Mapping("title", expression)], "user.login")


def test_the_explanation_is_that_of_the_values_sent() -> None:
    """One entry for each attribute, with its source and expression."""
    projection = compile_mappings([Mapping("a", "user.title"), Mapping("c", "'k'")], "user.login").project(
        {"title": "1"}
    )
    assert [(e.target, e.value, e.source, e.expression) for e in projection.explain()] == [
        ("a", "1", "title", "user.title"),
        ("c", "k", None, "'k'"),
    ]


def test_the_digest_does_not_depend_on_order() -> None:
    """Two profiles with the same values are the same."""
    mappings = compile_mappings(SCIM_MAPPINGS, "user.login")
    one = mappings.project({"login": "ann", "title": "Lead", "city": "Oslo"})
    other = mappings.project({"city": "Oslo", "title": "Lead", "login": "ann"})
    assert digest(one.canonical()) == digest(other.canonical())


def test_a_mapping_may_be_an_expression() -> None:
    """It is worked out for each person, and knows the attribute that it came from."""
    mappings = compile_mappings([Mapping("display", "user.lastName + ', ' + user.firstName")], "user.login")
    found = mappings.project({"login": "ann@example.com", "firstName": "Ann", "lastName": "Day"})
    assert found.attributes == {"display": "Day, Ann"}
    assert found.explain()[0].source == "firstName"


def test_a_mapping_without_a_result_is_said_of_the_person_alone() -> None:
    """The projection is empty and says which mapping failed, and why."""
    mappings = compile_mappings([Mapping("number", "Convert.toInt(user.employeeNumber)")], "user.login")
    assert mappings.project({"login": "ann@example.com", "employeeNumber": "12"}).attributes == {"number": 12}
    failed = mappings.project({"login": "bob@example.com", "employeeNumber": "twelve"})
    assert failed.problem is not None and "“number”" in failed.problem and "twelve" in failed.problem
    assert failed.attributes == {}


def test_a_mapping_reads_nothing_that_changes_unannounced() -> None:
    """What reads the time would be stale the next day; on creation only it may be used."""
    for expression in ("Time.now()", "user.nothing", "user.login +", "hasDirectoryUser()"):
        with pytest.raises(MappingError, match="“x”"):
            compile_mappings([Mapping("x", expression)], "user.login")
    with pytest.raises(MappingError, match="on create only"):
        compile_mappings([Mapping("x", "Time.now()")], "user.login")
    assert compile_mappings([Mapping("x", "Time.now()", PushStatus.DONT_PUSH)], "user.login").needs.time


def test_a_mapping_may_read_groups_and_the_persons_own_id() -> None:
    """They are gathered only for mappings that read them."""
    mappings = compile_mappings(
        [Mapping("x", "isMemberOfGroupName('Sales') ? 'S' : 'O'"), Mapping("y", 'user.getInternalProperty("id")')],
        "user.login",
    )
    assert (mappings.needs.groups, mappings.needs.internal, mappings.needs.account) == (True, True, False)
    beside = Circumstances({"id": "00u1", "status": "ACTIVE"}, [Group("00g1", "Sales")])
    assert mappings.project({"login": "ann"}, beside).attributes == {"x": "S", "y": "00u1"}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("${source.login}", "Ann.Day@example.com"),
        ("${source.email}", "ann@Mail.example"),
        ('${fn:substringBefore(source.login, "@")}', "Ann.Day"),
        ("${fn:toLowerCase(source.login)}", "ann.day@example.com"),
        ('${fn:toLowerCase(fn:substringBefore(source.login, "@"))}@corp', "ann.day@corp"),
        ("it's ${source.firstName}", "it's Ann"),
        ("user.firstName + '.' + user.lastName", "Ann.Day"),
        ("String.toLowerCase(source.firstName)", "ann"),
    ],
)
def test_a_username_format_is_a_text_with_holes_or_an_expression(template: str, name: str) -> None:
    """Okta's built-in formats, and one's own."""
    profile = {"login": "Ann.Day@example.com", "email": "ann@Mail.example", "firstName": "Ann", "lastName": "Day"}
    assert compile_mappings([], username_expression(template)).project(profile).username == name


@pytest.mark.parametrize("template", ["", "${}", "${source.login", "${nobody.login}", "a ${'b'", "plain text"])
def test_a_username_format_that_cannot_be_used_is_refused(template: str) -> None:
    """It is found when it is saved."""
    with pytest.raises(MappingError):
        username_expression(template)


def test_a_username_format_is_compiled_for_a_type_of_people() -> None:
    """Whether they have the attribute that it names depends on the type."""
    format = username_expression("${source.badge}")
    with pytest.raises(MappingError, match="no attribute “badge”"):
        compile_mappings([], format)
    assert compile_mappings([], format, None, {"badge": Kind.TEXT}).project({"badge": "B7"}).username == "B7"


def test_a_suffix_of_the_app_is_part_of_its_username_format() -> None:
    """It stands where the format says, and is no expression itself."""
    whole = with_suffix("${source.login}${instance.userSuffix}", "'.corp")
    assert compile_mappings([], username_expression(whole)).project({"login": "ann"}).username == "ann'.corp"
