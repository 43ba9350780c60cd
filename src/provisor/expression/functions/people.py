"""What asks for other people and other accounts: linked people, managers, assistants, directories.

Somebody or something that is not there is null, and every attribute of null is null: an app must not lose a person
because their manager has left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from provisor.expression.functions.signature import ACCOUNT, ANY, BOOLEAN, TEXT, Function, Source
from provisor.expression.subject import Subject
from provisor.expression.values import Value, as_text

ACTIVE_DIRECTORY, WORKDAY = "active_directory", "workday"


def internal(subject: Subject, name: Value) -> Value:
    return subject.internal.get(as_text(name))


def linked(subject: Subject, relation: Value) -> Mapping[str, Any] | None:
    return subject.linked.get(as_text(relation))


def relative(relation: str) -> Callable[..., Mapping[str, Any] | None]:
    return lambda subject, _source: subject.linked.get(relation)


def relatives_account(relation: str) -> Callable[..., Mapping[str, Any] | None]:
    return lambda subject, _source, app: subject.linked.get(f"{relation}.{as_text(app)}")


def has_account(app: str) -> Callable[[Subject], bool]:
    return lambda subject: app in subject.accounts


def account(app: str) -> Callable[[Subject], Mapping[str, Any] | None]:
    return lambda subject: subject.accounts.get(app)


FUNCTIONS = (
    Function(
        "user.getInternalProperty",
        (TEXT,),
        ANY,
        "The person's `id` or `status`.",
        internal,
        (('user.getInternalProperty("status")', "ACTIVE"),),
        reads=Source.INTERNAL,
    ),
    Function(
        "user.getLinkedObject",
        (TEXT,),
        ACCOUNT,
        "The person at the other end of a relation, such as the manager.",
        linked,
        (('user.getLinkedObject("manager").lastName', "Baldwin"), ('user.getLinkedObject("heir").lastName', None)),
        reads=Source.PEOPLE,
    ),
    *(
        Function(
            f"get{relation.title()}User",
            (TEXT,),
            ACCOUNT,
            f"The {relation}, as the named directory knows them.",
            relative(relation),
            ((f'get{relation.title()}User("active_directory").firstName', first),),
            reads=Source.PEOPLE,
        )
        for relation, first in (("manager", "Stanley"), ("assistant", None))
    ),
    *(
        Function(
            f"get{relation.title()}AppUser",
            (TEXT, TEXT),
            ACCOUNT,
            f"The {relation}'s account in an app.",
            relatives_account(relation),
            ((f'get{relation.title()}AppUser("active_directory","google").firstName', None),),
            reads=Source.PEOPLE,
        )
        for relation in ("manager", "assistant")
    ),
    *(
        made
        for word, app, attribute, value in (
            ("Directory", ACTIVE_DIRECTORY, "managerUpn", "bob@okta.com"),
            ("Workday", WORKDAY, "employeeID", "123456"),
        )
        for made in (
            Function(
                f"has{word}User",
                (),
                BOOLEAN,
                f"Whether the person has exactly one account in {app}.",
                has_account(app),
                ((f"has{word}User()", True),),
                reads=Source.ACCOUNTS,
            ),
            Function(
                f"find{word}User",
                (),
                ACCOUNT,
                f"The person's account in {app}; null for none or several.",
                account(app),
                ((f"has{word}User() ? find{word}User().{attribute} : null", value),),
                reads=Source.ACCOUNTS,
            ),
        )
    ),
)
