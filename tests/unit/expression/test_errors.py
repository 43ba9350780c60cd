"""What is found when an expression is saved: where, what, and what to do."""

import pytest

from provisor.expression import ExpressionError, Kind, compile_expression, group_rule, importing, pushing

USER = {"login": Kind.TEXT, "firstName": Kind.TEXT, "age": Kind.INTEGER, "tags": Kind.ARRAY, "on": Kind.BOOLEAN}
HERE = pushing(USER, apps={"zendesk": {"firstName": Kind.TEXT}})

WRONG = {
    "": "empty",
    "user.frstName": "did you mean user.firstName?",
    "user": "needs an attribute",
    "slack.firstName": "has no “slack”; it has app, org, source, user, zendesk",
    "'abc": "does not end",
    "user.login +": "ends too early",
    "user.login = 'x'": "to compare, write ==",
    "user.age * 2": "only + is known",
    "String.lenght(user.login)": "did you mean String.len",
    "String.len()": "takes (text), not 0 arguments",
    "String.len(user.login, 1)": "not 2 arguments",
    "String.substring(user.login, 'a', 2)": "Argument 2 of String.substring is integer",
    "String.append(user.tags, 'a')": "Argument 1 of String.append is text",
    "user.tags + 'a'": "+ joins texts",
    "user.login ? 1 : 2": "must be true or false",
    "user.login AND user.on": "needs true or false on both sides",
    "!user.login": "! needs true or false",
    "user.age[0]": "follows an array",
    "user.tags['a']": "is a whole number",
    "user.login.x": "follows an account",
    "user.login matches '('": "is not a pattern",
    "user.login matches '(?=a)b'": "is not a pattern",
    "{'group.type': 'x'}": "only be an argument of user.getGroups",
    "user.getGroups('x')": "takes criteria",
    "user.getGroups({'group.nme': 'x'})": "is no criterion",
    "user.getGroups({'group.type': 'x'})": "pick one of their attributes",
    "user.getLinkedObject('manager')": "pick one of its attributes",
    "Groups.contains('OKTA', 'a', 1)": "cannot be used in a mapping to an app",
    "a.b.c()": "can only follow a name",
    "user.on < user.on": "compares numbers or texts",
    "String.stringSwitch(user.login, 'd', 'k')": "not 3 arguments",
    "(" * 500 + "1" + ")" * 500 + " nonsense": "not expected",
    "!" * 500 + "user.on": "nested more than",
    "user.login" + " + 'a'" * 3000: "at most",
}


@pytest.mark.parametrize("text", WRONG, ids=[text[:50] for text in WRONG])
def test_a_mistake_is_named_when_it_is_saved(text: str) -> None:
    """The message says what is wrong, and mostly what to do instead."""
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, HERE)
    assert WRONG[text] in str(caught.value)


def test_a_mistake_has_a_line_and_a_column() -> None:
    """The place is that of the word that is wrong."""
    with pytest.raises(ExpressionError) as caught:
        compile_expression("user.login\n  + user.nope", HERE)
    assert (caught.value.position.line, caught.value.position.column) == (2, 5)


def test_a_group_rule_gives_a_condition() -> None:
    """A rule that gives a text is refused; what it may read is the person and their groups."""
    assert compile_expression("user.age > 5 AND isMemberOfGroupName('x')", group_rule(USER)).kind is Kind.BOOLEAN
    for text in ("user.login", "Time.now() == ''", "getManagerUser('active_directory').x == ''", "login == 'x'"):
        with pytest.raises(ExpressionError):
            compile_expression(text, group_rule(USER))


def test_an_import_reads_the_apps_account() -> None:
    """`user` does not exist before the person does."""
    assert compile_expression("appuser.email", importing({"email": Kind.TEXT})).reads.attributes == {
        "appuser": frozenset({"email"})
    }
    with pytest.raises(ExpressionError, match="has no “user”"):
        compile_expression("user.email", importing({"email": Kind.TEXT}))
