"""Which answer an error of the services or the database becomes."""

import asyncpg
import pytest

from provisor.api.errors import api_error


@pytest.mark.parametrize(
    "problem",
    [
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.CrashShutdownError("terminating connection because of crash of another server process"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.DiskFullError("could not extend file"),
        ConnectionRefusedError(111, "Connection refused"),
        FileNotFoundError(2, "No such file or directory"),
        TimeoutError(),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_a_database_that_is_away_is_503_and_asks_to_try_again(problem: Exception) -> None:
    """Whatever a caller meets while PostgreSQL crashes, starts or is full, it is not told of a mistake of ours."""
    error = api_error(problem)
    assert error is not None
    assert (error.status, "Try again" in error.summary) == (503, True)


def test_a_read_only_database_is_503_with_its_own_code() -> None:
    """Okta's code for read-only mode, which clients know."""
    error = api_error(asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"))
    assert error is not None
    assert (error.code, error.status) == ("E0000010", 503)


def test_anything_else_is_our_bug() -> None:
    """It is not explained to the caller."""
    assert api_error(KeyError("x")) is None
