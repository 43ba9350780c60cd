"""What an expression says that it reads."""

import pytest
from tests.unit.expression.people import ANYWHERE

from provisor.expression import compile_expression
from provisor.expression.functions.signature import Source

READS = {
    "user.a + user.b": ({"a", "b"}, set()),
    "firstName + source.lastName": ({"firstName", "lastName"}, set()),
    "isMemberOfGroupName('x') ? user.a : 'b'": ({"a"}, {Source.GROUPS}),
    "Time.now()": (set(), {Source.TIME}),
    "getManagerUser('active_directory').firstName": (set(), {Source.PEOPLE}),
    "user.getInternalProperty('status')": (set(), {Source.INTERNAL}),
    "'constant'": (set(), set()),
    "user.getGroups({'group.type': user.kind}).![name]": ({"kind"}, {Source.GROUPS}),
}


@pytest.mark.parametrize("text", READS)
def test_an_expression_knows_what_it_depends_on(text: str) -> None:
    """Attributes of the person and what functions ask for; nothing else can change its value."""
    reads = compile_expression(text, ANYWHERE).reads
    assert (set(reads.user), set(reads.sources)) == READS[text]


def test_a_constant_reads_nothing() -> None:
    """It need never be evaluated again."""
    assert compile_expression("'a' + 1", ANYWHERE).reads.is_constant
    assert not compile_expression("user.a", ANYWHERE).reads.is_constant
