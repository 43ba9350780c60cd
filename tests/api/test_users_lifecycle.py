"""Every operation from every status, over HTTP: what it leads to, or how it is refused."""

import pytest

from provisor.directory.lifecycle import Status

# What the Users API documents, written out by hand: (from, operation) to status. Everything else is refused.
LEADS = {
    ("STAGED", "activate"): "PROVISIONED",
    ("DEPROVISIONED", "activate"): "PROVISIONED",
    ("PROVISIONED", "reactivate"): "PROVISIONED",
    ("RECOVERY", "reactivate"): "PROVISIONED",
    ("ACTIVE", "suspend"): "SUSPENDED",
    ("SUSPENDED", "unsuspend"): "ACTIVE",
    ("LOCKED_OUT", "unlock"): "ACTIVE",
    ("ACTIVE", "reset_password"): "RECOVERY",
    ("RECOVERY", "reset_password"): "RECOVERY",
    ("PASSWORD_EXPIRED", "reset_password"): "RECOVERY",
    ("LOCKED_OUT", "reset_password"): "RECOVERY",
    ("ACTIVE", "expire_password"): "PASSWORD_EXPIRED",
    ("ACTIVE", "expire_password_with_temp_password"): "PASSWORD_EXPIRED",
    **{(status, "deactivate"): "DEPROVISIONED" for status in Status if status != "DEPROVISIONED"},
}
REFUSED = {
    "activate": (403, "E0000016"),
    "reactivate": (403, "E0000038"),
    "suspend": (400, "E0000001"),
    "unsuspend": (400, "E0000001"),
    "unlock": (403, "E0000038"),
    "reset_password": (403, "E0000038"),
    "expire_password": (403, "E0000038"),
    "expire_password_with_temp_password": (403, "E0000038"),
    "deactivate": (403, "E0000038"),
}

LINKS = {
    operation: {"reset_password": "resetPassword", "expire_password": "expirePassword"}.get(operation, operation)
    for operation in REFUSED
    if operation != "expire_password_with_temp_password"
}


async def user_in(api, status: str, login: str = "ann@example.com") -> str:
    """A person in a status, by the operations that lead there."""
    body = {"profile": {"login": login, "email": login, "firstName": "Ann", "lastName": "Lee"}}
    if status not in ("STAGED", "PROVISIONED"):
        body["credentials"] = {"password": {"value": "correct horse"}}
    made = await api.post(f"/users?activate={'false' if status == 'STAGED' else 'true'}", body)
    steps = {
        "RECOVERY": "reset_password",
        "PASSWORD_EXPIRED": "expire_password",
        "SUSPENDED": "suspend",
        "DEPROVISIONED": "deactivate",
    }
    if status in steps:
        await api.post(f"/users/{made.body['id']}/lifecycle/{steps[status]}")
    if status == "LOCKED_OUT":
        # Nobody signs in here, so nobody is ever locked out by the API.
        await api.database.pool.execute("UPDATE users SET status = 'LOCKED_OUT' WHERE id = $1", made.body["id"])
    return made.body["id"]


@pytest.mark.parametrize("status", list(Status))
async def test_an_operation_leads_where_the_table_says_or_is_refused(api, status):
    """The refused ones change nothing and are not logged; the links of a user name the allowed ones."""
    for number, operation in enumerate(REFUSED):
        user_id = await user_in(api, status, f"ann{number}@example.com")
        links = (await api.get(f"/users/{user_id}")).body["_links"]
        logged = await api.database.pool.fetchval("SELECT count(*) FROM event")
        answer = await api.post(f"/users/{user_id}/lifecycle/{operation}?sendEmail=true")
        now = (await api.get(f"/users/{user_id}")).body["status"]
        if (status, operation) in LEADS:
            assert (answer.status, now) == (200, LEADS[status, operation]), (operation, answer.body)
        else:
            assert (answer.status, answer.code) == REFUSED[operation], operation
            assert now == status, operation
            assert await api.database.pool.fetchval("SELECT count(*) FROM event") == logged, operation
        if operation in LINKS:
            assert (LINKS[operation] in links) == ((status, operation) in LEADS), operation


async def test_activation_without_a_mail_answers_with_the_token(api):
    """Whoever asks for no mail gets what it would have said."""
    user_id = await user_in(api, "STAGED")
    answer = await api.post(f"/users/{user_id}/lifecycle/activate?sendEmail=false")
    assert answer.body["activationUrl"].endswith(answer.body["activationToken"])


async def test_activation_of_somebody_with_a_password_makes_them_active(api):
    """There is nothing left to wait for."""
    user_id = await user_in(api, "STAGED")
    await api.post(f"/users/{user_id}", {"credentials": {"password": {"value": "correct horse"}}})
    await api.post(f"/users/{user_id}/lifecycle/activate")
    assert (await api.get(f"/users/{user_id}")).body["status"] == "ACTIVE"


async def test_deactivation_takes_the_password_away(api):
    """Who comes back begins without one."""
    user_id = await user_in(api, "ACTIVE")
    await api.post(f"/users/{user_id}/lifecycle/deactivate")
    assert "password" not in (await api.get(f"/users/{user_id}")).body["credentials"]


async def test_a_temporary_password_is_returned_once(api):
    """It replaces the one there was."""
    user_id = await user_in(api, "ACTIVE")
    before = await api.database.pool.fetchval("SELECT password_hash FROM users")
    answer = await api.post(f"/users/{user_id}/lifecycle/expire_password_with_temp_password")
    assert len(answer.body["tempPassword"]) >= 12
    assert await api.database.pool.fetchval("SELECT password_hash FROM users") != before


@pytest.mark.parametrize(
    ("status", "after"),
    [("STAGED", "STAGED"), ("PROVISIONED", "ACTIVE"), ("RECOVERY", "ACTIVE"), ("PASSWORD_EXPIRED", "ACTIVE")],
)
async def test_a_password_ends_waiting_for_one(api, status, after):
    """An administrator who sets it completes what the person was asked to do."""
    user_id = await user_in(api, status)
    answer = await api.post(f"/users/{user_id}", {"credentials": {"password": {"value": "another horse"}}})
    assert answer.body["status"] == after


async def test_the_first_delete_deactivates_and_the_second_erases(api):
    """What is left is a tombstone without a name, and the log."""
    user_id = await user_in(api, "ACTIVE")
    await api.post(f"/users/{user_id}", {"profile": {"title": "Lead"}})
    assert (await api.delete(f"/users/{user_id}")).status == 204
    assert (await api.get(f"/users/{user_id}")).body["status"] == "DEPROVISIONED"
    assert (await api.delete(f"/users/{user_id}")).status == 204
    assert (await api.get(f"/users/{user_id}")).code == "E0000007"
    assert (await api.delete(f"/users/{user_id}")).code == "E0000007"
    row = await api.database.pool.fetchrow("SELECT * FROM users WHERE id = $1", user_id)
    assert row["deleted"] is not None
    assert "ann" not in str(dict(row)).lower()
    assert await api.database.pool.fetchval("SELECT count(*) FROM profile_change") == 0
    assert await api.database.pool.fetchval("SELECT count(*) FROM membership") == 0
    log = await api.get(f'/logs?filter=target.id eq "{user_id}"')
    assert [event["eventType"] for event in log.body][-1] == "user.lifecycle.delete.completed"
    assert "ann@example.com" not in str(log.body)


async def test_the_login_of_an_erased_person_is_free(api):
    """Somebody else may have it."""
    user_id = await user_in(api, "DEPROVISIONED")
    await api.delete(f"/users/{user_id}")
    assert await user_in(api, "ACTIVE") != user_id
