"""Every example of the function table, and the recipes that Okta publishes."""

from typing import Any

import pytest
from tests.unit.expression.people import value

from provisor.expression.functions import FUNCTIONS

EXAMPLES = [example for function in FUNCTIONS.values() for example in function.examples]

RECIPES = {
    "user.firstName + user.lastName": "WinstonChurchill",
    'user.firstName + "." + user.lastName': "Winston.Churchill",
    "substring(user.firstName, 0, 1) + user.lastName": "WChurchill",
    "substring(user.firstName, 0, 1) + substring(user.lastName, 0, 6)": "WChurch",
    'toLowerCase(substring( user.firstName, 0, 1)) + "." + toLowerCase(user.lastName)': "w.churchill",
    'toUpperCase(substringBefore( substringAfter(user.email, "@"), ".")) + "\\" + substringBefore( user.email, "@")': (
        "GMAIL\\winston.churchill"
    ),
    '"XDOMAIN\\" + toLowerCase(substring( user.firstName, 0, 1)) + toLowerCase(user.lastName)': "XDOMAIN\\wchurchill",
    "hasWorkdayUser() ? findWorkdayUser().employeeID : null": "123456",
    "hasDirectoryUser() ? findDirectoryUser().managerUpn : null": "bob@okta.com",
    'firstName + " " + (String.len(middleInitial) == 0 ? "" : '
    '(String.substring(middleInitial, 0, 1) + ". ")) + lastName': "Winston S. Churchill",
    'String.replace(Arrays.toCsvString(access.scope),","," ")': "openid email",
    "user.groupCode == 123 ? 'Sales' : 'Other'": "Sales",
    "user.nickName ?: user.firstName": "Winston",
    "user.salary >= 1000000": True,
    "user.salary > 1000000 AND !user.isContractor": False,
    "user.title matches '(?i)prime minister'": True,
    "{1, 2, 3}[0]": 1,
    "user.roles[1]": "writer",
    'user.a != "" AND user.a != null ? user.a : user.title': "Prime Minister",
    "zendesk.firstName": "Win",
    'substring("Alexander",1,4)': "lex",
}


@pytest.mark.parametrize(("text", "result"), EXAMPLES, ids=[text[:60] for text, _ in EXAMPLES])
def test_the_examples_of_a_function_are_so(text: str, result: Any) -> None:
    """What the reference says is what happens."""
    found = value(text)
    assert found == result and isinstance(found, type(result))


@pytest.mark.parametrize("text", RECIPES)
def test_the_published_recipes_come_out_as_published(text: str) -> None:
    """Okta's own examples about Winston Churchill."""
    assert value(text) == RECIPES[text]


def test_every_function_has_an_example() -> None:
    """The reference shows each function at work."""
    assert [name for name, function in FUNCTIONS.items() if not function.examples] == []
