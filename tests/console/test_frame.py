"""What every request to the console goes through: sessions, origins, forms and refusals."""

from tests.console.conftest import PASSWORD, Site, Visitor

from provisor.services.actor import Role


async def test_a_page_asks_who_you_are_first_and_then_shows_itself(site: Site, visitor: Visitor) -> None:
    """Signing in leads on to the page that was asked for."""
    await site.person("ada", Role.SUPER_ADMIN)
    status, text = await visitor.get("/admin/dashboard")
    assert status == 200 and "Sign in" in text
    fields = {"login": "ada@example.com", "password": PASSWORD, "next": "/admin/dashboard"}
    status, text = await visitor.post("/sign-in", fields)
    assert status == 200 and "Dashboard" in text


async def test_signing_in_leads_to_no_other_server(site: Site, visitor: Visitor) -> None:
    """A `next` that names another server is ignored."""
    await site.person("ada", Role.SUPER_ADMIN)
    for hostile in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        fields = {"login": "ada@example.com", "password": PASSWORD, "next": hostile}
        async with visitor.session.post(
            site.url + "/sign-in", data=fields, headers={"Origin": site.url}, allow_redirects=False
        ) as response:
            assert (response.status, response.headers["location"]) == (303, "/")


async def test_a_wrong_password_says_nothing_about_the_login(site: Site, visitor: Visitor) -> None:
    """The answer is the same for a login that exists and one that does not."""
    await site.person("ada")
    answers = []
    for login in ("ada@example.com", "nobody@example.com"):
        status, text = await visitor.post("/sign-in", {"login": login, "password": "wrong"})
        answers.append((status, text.replace(login, "LOGIN")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401


async def test_a_form_from_elsewhere_is_refused(admin: Visitor) -> None:
    """A forged origin, a missing one and a foreign form's token do nothing."""
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        status, text = await admin.post("/sign-out", **headers)
        assert status == 403 and "nothing was done" in text
    admin.csrf = "0" * 64
    status, text = await admin.post("/sign-out")
    assert status == 403 and "another session" in text
    assert (await admin.get("/admin/dashboard"))[0] == 200


async def test_signing_out_ends_the_session_on_the_server(admin: Visitor) -> None:
    """The cookie that is left opens nothing."""
    cookie = next(each.value for each in admin.session.cookie_jar if each.key == "provisor_session")
    await admin.post("/sign-out")
    async with admin.session.get(
        admin.site.url + "/admin/dashboard", headers={"Cookie": f"provisor_session={cookie}"}, allow_redirects=False
    ) as response:
        assert response.status == 303


async def test_every_answer_forbids_foreign_scripts_and_frames(visitor: Visitor) -> None:
    """The policy allows this server's files and nothing inline."""
    async with visitor.session.get(visitor.site.url + "/sign-in") as response:
        policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy


async def test_a_page_that_is_not_there_says_so(admin: Visitor) -> None:
    """Unknown paths are a page like any other, with its status."""
    status, text = await admin.get("/admin/nowhere/<script>alert(1)</script>")
    assert status == 404 and "<script>alert" not in text


async def test_an_unreadable_cookie_is_a_visitor_who_is_not_signed_in(visitor: Visitor) -> None:
    """Nonsense in the cookie is no error."""
    for nonsense in ("x", "%%%", "a" * 4000):
        async with visitor.session.get(
            visitor.site.url + "/", headers={"Cookie": f"provisor_session={nonsense}"}, allow_redirects=False
        ) as response:
            assert response.status == 303
