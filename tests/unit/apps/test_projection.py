"""Which of several values an account gets, and the reason that is given for it."""

import pytest

from provisor.apps.layers import GroupValues, Origin
from provisor.apps.mapping import Mapping, MappingError, PushStatus
from provisor.apps.projection import Circumstances, MappingSet, compile_mappings
from provisor.directory.attributes import Attribute, AttributeType, Choice, Scope

SCHEMA = {
    each.name: each
    for each in (
        Attribute("userName", "Username"),
        Attribute("role", "Role", default="guest"),
        Attribute("teams", "Teams", AttributeType.ARRAY, item=AttributeType.STRING, union=True),
        Attribute("tags", "Tags", AttributeType.ARRAY, item=AttributeType.STRING),
        Attribute("desk", "Desk", scope=Scope.SELF),
        Attribute("note", "Note"),
        Attribute("level", "Level", AttributeType.INTEGER),
        Attribute("size", "Size", longest=3, choices=(Choice("S", "small"), Choice("XXL", "large"))),
    )
}
LEAD = {"login": "ann@example.com", "title": "Lead", "city": "Oslo"}


def mapped(*mappings: Mapping) -> MappingSet:
    return compile_mappings(mappings, "user.login", SCHEMA)


def because(mappings: MappingSet, beside: Circumstances, target: str) -> tuple[object, Origin | None]:
    """The value and where it is said to come from."""
    projection = mappings.project(LEAD, beside)
    assert projection.problem is None
    (found,) = [each for each in projection.explain() if each.target == target] or [None]
    assert (found.value if found else None) == projection.attributes.get(target)
    return (found.value, found.origin) if found else (None, None)


HIGH, LOW = GroupValues("00g1", {"role": "high"}), GroupValues("00g2", {"role": "low"})


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (Circumstances(), ("Lead", Origin.MAPPING)),
        (Circumstances(given={"role": "typed"}), ("Lead", Origin.MAPPING)),
        (Circumstances(group_values=(HIGH, LOW)), ("high", Origin.GROUP)),
        (Circumstances(group_values=(GroupValues("00g0", {"role": ""}), LOW)), ("low", Origin.GROUP)),
        (Circumstances(group_values=(HIGH,), overrides={"role": "mine"}), ("mine", Origin.OVERRIDE)),
        (Circumstances(group_values=(HIGH,), overrides={"role": None}), (None, None)),
    ],
)
def test_override_beats_group_beats_mapping(beside: Circumstances, expected: tuple[object, Origin | None]) -> None:
    """And the explanation names the one that won; an override may also say that there is no value."""
    assert because(mapped(Mapping("role", "user.title")), beside, "role") == expected


def test_what_is_not_mapped_is_typed_or_the_default() -> None:
    """A default is only for who has nothing else."""
    assert because(mapped(), Circumstances(), "role") == ("guest", Origin.DEFAULT)
    assert because(mapped(), Circumstances(given={"role": "typed"}), "role") == ("typed", Origin.GIVEN)
    assert because(mapped(Mapping("role", "user.nickName")), Circumstances(), "role") == ("guest", Origin.DEFAULT)


def test_lists_are_combined_across_groups_where_the_schema_says_so() -> None:
    """Each element once, in the groups' order; elsewhere the first group wins."""
    groups = (
        GroupValues("00g1", {"teams": ["a", "b"], "tags": ["x"]}),
        GroupValues("00g2", {"teams": ["b", "c"], "tags": ["y"]}),
    )
    projection = mapped().project(LEAD, Circumstances(group_values=groups))
    assert projection.attributes == {"role": "guest", "teams": ["a", "b", "c"], "tags": ["x"]}
    setters = {each.target: each.group_ids for each in projection.explain()}
    assert (setters["teams"], setters["tags"]) == (("00g1", "00g2"), ("00g1",))


def test_a_personal_attribute_is_not_set_by_groups() -> None:
    """“User personal” is for each person apart."""
    beside = Circumstances(group_values=(GroupValues("00g1", {"desk": "12"}),))
    assert "desk" not in mapped().project(LEAD, beside).attributes


def test_a_mapping_on_create_only_keeps_what_the_account_has() -> None:
    """Before there is an account it is worked out; afterwards it stays, also when it was empty."""
    mappings = mapped(Mapping("note", "user.city", PushStatus.DONT_PUSH))
    assert because(mappings, Circumstances(), "note") == ("Oslo", Origin.MAPPING)
    assert because(mappings, Circumstances(account={"note": "Rome"}), "note") == ("Rome", Origin.CREATION)
    assert because(mappings, Circumstances(account={}), "note") == (None, None)
    assert because(mappings, Circumstances(account={"note": "Rome"}, overrides={"note": "x"}), "note")[0] == "x"


def test_values_of_attributes_that_were_deleted_are_not_sent() -> None:
    """Neither typed ones nor groups' nor overrides."""
    gone = {"gone": "1"}
    beside = Circumstances(given=gone, overrides=gone, group_values=(GroupValues("00g1", gone),))
    assert mapped().project(LEAD, beside).attributes == {"role": "guest"}


def test_a_value_takes_the_type_of_its_attribute_or_is_refused_beforehand() -> None:
    """Numbers become text, a comma-separated text a list; what cannot be is said when the mapping is saved."""
    assert mapped(Mapping("note", "String.len(user.city)")).project(LEAD).attributes["note"] == "4"
    assert mapped(Mapping("tags", "'a, b'")).project(LEAD).attributes["tags"] == ["a", "b"]
    with pytest.raises(MappingError, match=r"Convert\.toInt"):
        mapped(Mapping("level", "user.city"))
    with pytest.raises(MappingError, match="no attribute “nothing”"):
        mapped(Mapping("nothing", "user.city"))


def test_a_value_that_does_not_fit_its_attribute_is_this_persons_problem() -> None:
    """It is said with the attribute's name, and nothing is sent."""
    problem = mapped(Mapping("size", "user.city")).project(LEAD).problem
    assert problem is not None and "“size”" in problem and "at most 3" in problem
    assert mapped(Mapping("size", "'XXL'")).project(LEAD).problem is None


def test_what_goes_wrong_with_a_sensitive_value_is_not_said() -> None:
    """The reason goes into tasks and the log: it quotes nothing of the person's or the app's sensitive attributes."""
    line = Mapping("level", "Convert.toInt(user.city)")
    assert "Oslo" in (mapped(line).project(LEAD).problem or "")
    hidden = SCHEMA | {"level": Attribute("level", "Level", AttributeType.INTEGER, sensitive=True)}
    for problem in (
        compile_mappings([line], "user.login", SCHEMA, secret=frozenset({"city"})).project(LEAD).problem,
        compile_mappings([line], "user.login", hidden).project(LEAD).problem,
    ):
        assert problem is not None and "“level”" in problem and "Oslo" not in problem


def test_a_required_attribute_without_a_value_is_this_persons_problem() -> None:
    """So is an account's name without one."""
    schema = {"role": Attribute("role", "Role", required=True)}
    mappings = compile_mappings([Mapping("role", "user.nickName")], "user.login", schema)
    assert "“role”" in (mappings.project(LEAD).problem or "")
    assert mappings.project({**LEAD, "nickName": "Al"}).problem is None
    assert "name" in (compile_mappings([], "user.nickName").project(LEAD).problem or "")


def test_the_name_of_an_account_may_be_mapped_kept_or_set() -> None:
    """A mapping onto it wins over the format, a kept name over both, an override over all."""
    mappings = mapped(Mapping("userName", "user.city"))
    assert mappings.project(LEAD).username == "Oslo"
    assert mappings.project(LEAD, name="as-it-was").username == "as-it-was"
    assert mappings.project(LEAD, Circumstances(overrides={"userName": "own"}), name="as-it-was").username == "own"
