"""Security > Administrators: granting and revoking roles; API tokens."""

import re

from tests.console.conftest import Site, Visitor

from provisor.services.actor import Role
from provisor.services.tokens import Tokens

PATH = "/admin/administrators"


async def test_a_role_is_given_and_taken_back(site: Site, admin: Visitor) -> None:
    """The page names what is lost; a role that somebody has is not offered again."""
    grace = await site.person("grace")
    _, text = await admin.get(f"{PATH}/grant?q=gra")
    assert "Grace Tester" in text
    assert (await admin.post(f"{PATH}/grant", {"person": grace, "role": "KING"}))[0] == 422
    fields = {"person": grace, "role": "HELP_DESK_ADMIN"}
    status, text = await admin.post(f"{PATH}/grant", fields)
    assert status == 200 and "Grace Tester is help desk administrator now" in text
    status, text = await admin.post(f"{PATH}/grant", fields)
    assert status == 422 and "already" in text
    _, text = await admin.get(f"{PATH}/{grace}/revoke/HELP_DESK_ADMIN")
    assert "unlock people" in text
    status, text = await admin.post(f"{PATH}/{grace}/revoke/HELP_DESK_ADMIN")
    assert status == 200 and "not help desk administrator any more" in text
    assert (await admin.get(f"{PATH}/{grace}/revoke/HELP_DESK_ADMIN"))[0] == 404
    assert (await admin.get(f"{PATH}/{grace}/revoke/KING"))[0] == 404


async def test_the_last_super_administrator_stays(site: Site, admin: Visitor) -> None:
    """The refusal says what to do first."""
    ada = site.company.ids["ada@example.com"]
    status, text = await admin.post(f"{PATH}/{ada}/revoke/SUPER_ADMIN")
    assert status == 409 and "Give the role to somebody else first" in text


async def test_other_administrators_look_and_change_nothing(site: Site, visitor: Visitor) -> None:
    """A read-only administrator sees who has which role, and no button."""
    ada = await site.person("ada", Role.SUPER_ADMIN)
    await site.person("rita", Role.READ_ONLY_ADMIN)
    await visitor.sign_in("rita")
    status, text = await visitor.get(PATH)
    assert status == 200 and "Super administrator" in text and "Revoke" not in text and "Add administrator" not in text
    assert (await visitor.post(f"{PATH}/grant", {"person": ada, "role": "READ_ONLY_ADMIN"}))[0] == 403
    assert (await visitor.post(f"{PATH}/tokens/new", {"name": "x", "scope": "read", "life": ""}))[0] == 403


async def test_a_token_is_shown_once_works_and_is_revoked(site: Site, admin: Visitor) -> None:
    """Its text is on one page only; afterwards nobody can use it."""
    tokens = f"{PATH}/tokens"
    status, text = await admin.post(f"{tokens}/new", {"name": "", "life": "7"})
    assert status == 422 and "Choose what it may do" in text
    name = "<b>nightly</b>"
    status, text = await admin.post(f"{tokens}/new", {"name": name, "scope": "read", "life": "30"})
    found = re.search(r'value="(00[^"]+)" readonly', text)
    assert status == 200 and found
    token = await Tokens(site.database).check(found[1])
    assert token is not None and token.scopes == ("read",) and token.expires is not None
    _, text = await admin.get(tokens)
    assert found[1] not in text and "<b>nightly" not in text
    _, text = await admin.get(f"{tokens}/{token.id}/revoke")
    assert "refused within five seconds" in text
    status, _ = await admin.post(f"{tokens}/{token.id}/revoke")
    assert status == 200
    assert await Tokens(site.database).check(found[1]) is None
