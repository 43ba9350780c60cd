"""Winston Churchill, about whom Okta's own examples speak."""

from datetime import UTC, datetime
from typing import Any

from provisor.expression import Group, Subject, compile_expression, pushing
from provisor.expression.places import Place

PROFILE = {
    "firstName": "Winston",
    "middleInitial": "Spencer",
    "lastName": "Churchill",
    "email": "winston.churchill@gmail.com",
    "login": "winston.churchill@gmail.com",
    "title": "Prime Minister",
    "groupCode": 123,
    "salary": 1000000,
    "score": 1.5,
    "isContractor": False,
    "roles": ["speaker", "writer"],
}
GROUPS = (
    Group("00g0", "Everyone", "BUILT_IN"),
    Group("00g1", "West Coast Users"),
    Group("00g2", "West Coast Admins"),
    Group("00g3", "Engineering Users", "APP_GROUP", source_id="0oa1"),
    Group("00g4", "Engineering Users", "APP_GROUP", source_id="0oa2"),
)
WINSTON = Subject(
    PROFILE,
    PROFILE,
    {"id": "00u1", "status": "ACTIVE"},
    GROUPS,
    {
        "active_directory": {"managerUpn": "bob@okta.com"},
        "workday": {"employeeID": "123456"},
        "access": {"scope": ["openid", "email"]},
        "zendesk": {"firstName": "Win"},
    },
    {"manager": {"firstName": "Stanley", "lastName": "Baldwin"}},
    datetime(2015, 7, 31, 17, 18, 37, 979000, UTC),
)
ANYWHERE = Place("a test", {"user": None, "source": None, "access": None, "zendesk": None}, bare="source", claims=True)


def value(text: str, subject: Subject = WINSTON, place: Place = ANYWHERE) -> Any:
    """What the expression gives."""
    return compile_expression(text, place).evaluate(subject)


__all__ = ["ANYWHERE", "GROUPS", "PROFILE", "WINSTON", "Subject", "pushing", "value"]
