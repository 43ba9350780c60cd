"""`provisor admins`: the way back in, on the server's own machine."""

from itertools import count
from typing import Any

import orjson
import pytest

PASSWORD = "correct horse battery"
_numbers = count(1)


@pytest.fixture
def ann(call: Any) -> str:
    """A new person who can sign in; their login."""
    login = f"ann{next(_numbers)}@example.com"
    profile = {"login": login, "email": login, "firstName": "Ann", "lastName": "Lee"}
    call("POST", "/api/v1/users", {"profile": profile, "credentials": {"password": {"value": PASSWORD}}})
    return login


def test_the_server_prints_a_link_until_there_is_an_administrator(fresh: Any) -> None:
    """The line after “ready” has an address with a token; granting the role ends it."""
    running = fresh.start("serve", "--port", "0", "--no-worker", PROVISOR_BOOTSTRAP_TOKEN="secret")
    line = next(running.process.stdout).strip()
    assert line.startswith(f"Finish the set-up: {running.url}/setup?token=")
    profile = {"login": "a@example.com", "email": "a@example.com", "firstName": "Ann", "lastName": "Lee"}
    running.call("POST", "/api/v1/users", {"profile": profile}, "secret")
    assert fresh.run("admins", "list").stdout.startswith("Nobody administers yet.")
    assert fresh.run("admins", "grant", "a@example.com", "SUPER_ADMIN").returncode == 0
    assert running.stop() == 0
    again = fresh.open("serve", "--port", "0", "--no-worker")
    said = next(again.stdout)
    again.terminate()
    assert "ready" in said and "set-up" not in again.communicate(timeout=60)[0]


def test_roles_are_granted_listed_and_revoked(provisor: Any, server: Any, ann: str) -> None:
    """Granting twice is no failure; the last super administrator keeps the role, with the reason."""
    for _ in range(2):
        granted = provisor.run("admins", "grant", ann, "APP_ADMIN")
        assert (granted.returncode, granted.stdout) == (0, f"{ann} is APP_ADMIN.\n")
    assert provisor.run("admins", "grant", ann, "SUPER_ADMIN").returncode == 0
    listed = orjson.loads(provisor.run("admins", "list", "--json").stdout)
    assert [each["roles"] for each in listed if each["login"] == ann] == [["APP_ADMIN", "SUPER_ADMIN"]]
    assert ann in provisor.run("admins", "list").stdout
    assert provisor.run("admins", "revoke", ann, "APP_ADMIN").returncode == 0
    refused = provisor.run("admins", "revoke", ann, "SUPER_ADMIN")
    assert refused.returncode == 1
    assert "last super administrator" in refused.stderr


def test_unknown_people_and_roles_are_refused(provisor: Any, server: Any) -> None:
    """A login that nobody has is the server's refusal; a role that is none, a usage error that lists them."""
    assert "nobody@example.com" in provisor.run("admins", "grant", "nobody@example.com", "SUPER_ADMIN").stderr
    wrong = provisor.run("admins", "grant", "nobody@example.com", "KING")
    assert wrong.returncode == 2
    assert "READ_ONLY_ADMIN" in wrong.stderr


@pytest.mark.parametrize("trouble", ["nothing", "expire_password", "reset_password"])
def test_a_reset_lets_somebody_in_again(provisor: Any, call: Any, ann: str, trouble: str) -> None:
    """Whatever kept them out, there is a password to be changed at the next sign-in."""
    if trouble != "nothing":
        call("POST", f"/api/v1/users/{ann}/lifecycle/{trouble}", {})
    reset = provisor.run("admins", "reset", ann)
    assert reset.returncode == 0, reset.stderr
    assert len(reset.stdout.strip().rpartition(" ")[2]) >= 16
    assert call("GET", f"/api/v1/users/{ann}")["status"] == "PASSWORD_EXPIRED"


def test_a_reset_does_not_bring_back_who_was_suspended(provisor: Any, call: Any, ann: str) -> None:
    """A password would not let them in; the sentence says what would."""
    call("POST", f"/api/v1/users/{ann}/lifecycle/suspend", {})
    refused = provisor.run("admins", "reset", ann)
    assert refused.returncode == 1
    assert "SUSPENDED" in refused.stderr and "Activate" in refused.stderr
