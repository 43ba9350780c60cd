"""What every request meets, whatever it asks for."""

import pytest


@pytest.mark.parametrize("header", ["SSWS {}", "SSWS{}", "ssws {}", "Bearer {}", "bearer  {}"])
async def test_a_token_is_accepted_in_every_spelling(api, header):
    """Okta's own SDK sends SSWS without the blank."""
    answer = await api.get("/nothing", headers={"Authorization": header.format(api.token)})
    assert answer.code == "E0000008"


@pytest.mark.parametrize("header", ["", "SSWS", "SSWS wrong", "Basic dTpw", "Bearer"])
async def test_a_request_without_a_valid_token_is_refused(api, header):
    """Nobody learns anything without a token, not even which paths exist."""
    answer = await api.get("/users", headers={"Authorization": header})
    assert (answer.status, answer.code) == (401, "E0000011")


async def test_health_needs_no_token(api):
    """Supervisors and Prometheus ask without one."""
    for path in ("/healthz", "/readyz", "/metrics"):
        answer = await api.get(api.url + path, headers={"Authorization": ""})
        assert answer.status == 200, answer
