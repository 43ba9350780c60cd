"""Which part of a filter the database answers, and what is left to look at."""

import pytest

from provisor.systemlog.queries import BadFilter, wanted

TYPE = 'eventType eq "user.lifecycle.create"'
USER = 'target.id eq "00u1"'


@pytest.mark.parametrize(
    ("filter", "narrow", "complete"),
    [
        (TYPE, [("type", ["user.lifecycle.create"])], True),
        (f"{TYPE} and {USER}", [("type", ["user.lifecycle.create"]), ("user_id", ["00u1"])], True),
        ('eventType eq "a" or eventType eq "b"', [("type", ["a", "b"])], True),
        ('target.id eq "00g1"', [("group_id", ["00g1"])], True),
        ('target.id eq "0oa1"', [("app_id", ["0oa1"])], True),
        ('outcome.result eq "success"', [("outcome", ["SUCCESS"])], True),
        (f"{TYPE} or {USER}", [], False),
        (f"not ({TYPE})", [], False),
        ('eventType sw "user."', [], False),
        ('target.id eq "0ua1"', [], False),
        (f'{TYPE} and severity eq "INFO"', [("type", ["user.lifecycle.create"])], False),
        (f"{TYPE} and ({USER} or severity pr)", [("type", ["user.lifecycle.create"])], False),
    ],
)
def test_equality_goes_to_the_database_and_the_rest_is_looked_at(filter, narrow, complete):
    """What is handed down is true of every event that matches."""
    query = wanted(filter, None)
    assert query.narrow == narrow
    assert (query.matches is None) is complete


def test_keywords_are_always_looked_at():
    """All of them, in any text, in any case."""
    query = wanted(TYPE, "Ann lee")
    assert query.matches({"target": [{"displayName": "LEE, ANN"}]})
    assert not query.matches({"target": [{"displayName": "Ann"}], "number": 7})


@pytest.mark.parametrize("filter", ["x", 'published eq "x"', 'a[b eq "x"]', "not (published pr)", 'a eq "b'])
def test_what_the_log_cannot_filter_is_refused(filter):
    """With a sentence, before anything is read."""
    with pytest.raises(BadFilter):
        wanted(filter, None)
