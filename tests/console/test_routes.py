"""Every route of the console with every role, enumerated from the code: nobody gets further than their role."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest
from tests.console.conftest import Site, Visitor
from tests.console.places import made

from provisor.console.app import ROUTES
from provisor.console.routing import Access, Route, Router
from provisor.services.actor import Permission, Role

ROLES: tuple[Role | None, ...] = (*Role, None)
ROUTER = Router(ROUTES)
STREAM = "/live"


def may(role: Role | None, route: Route) -> bool:
    """Whether the route is for this role; None is a person without any."""
    if isinstance(route.need, Access):
        return True
    return role is not None and route.need in role.permissions


async def signed_in(site: Site, session: aiohttp.ClientSession, role: Role | None) -> Visitor:
    name = role.value.lower() if role else "nobody"
    await site.person(name, role)
    return await Visitor(site, session).sign_in(name)


@pytest.mark.parametrize("role", ROLES, ids=str)
async def test_a_role_reaches_its_pages_and_no_others(site: Site, role: Role | None) -> None:
    """A page is 403 exactly when the role lacks what the route needs, and offers no form or link that would be."""
    places = await made(site)
    wrong = []
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        visitor = await signed_in(site, session, role)
        for route in ROUTES:
            if route.method != "GET" or route.path == STREAM:
                continue
            path = places.path(route)
            status, text = await visitor.get(path)
            # 409: the place is there, but what it offers is not due (a person who is active is not activated).
            expected = (200, 404, 409) if may(role, route) else (403,)
            if status not in expected:
                wrong.append((route.path, status, re.sub(r"\s+", " ", re.sub("<[^>]+>", "", text))[:300]))
            elif may(role, route):
                wrong += [(path, *offer) for offer in offers(path, text) if leads_to_refusal(offer, role)]
    assert wrong == []


@pytest.mark.parametrize("role", ROLES, ids=str)
async def test_a_role_without_the_right_changes_nothing_by_a_direct_request(site: Site, role: Role | None) -> None:
    """A form sent without the page, with a good token, is 403 where the role lacks the right."""
    places = await made(site)
    wrong = []
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        visitor = await signed_in(site, session, role)
        for route in ROUTES:
            if route.method == "POST" and not may(role, route):
                status, _ = await visitor.post(places.path(route), follow=False)
                if status != 403:
                    wrong.append((route.path, status))
    assert wrong == []


async def test_nobody_gets_anywhere_without_signing_in(site: Site, visitor: Visitor) -> None:
    """Every route but the public ones leads to the sign-in page, whatever the method."""
    places = await made(site)
    wrong = []
    for route in ROUTES:
        if route.need is Access.ANYBODY:
            continue
        async with visitor.session.request(
            route.method, site.url + places.path(route), headers={"Origin": site.url}, allow_redirects=False
        ) as response:
            location = response.headers.get("location", "")
            if response.status != 303 or not location.startswith("/sign-in?next="):
                wrong.append((route.method, route.path, response.status))
    assert wrong == []


async def test_no_form_is_taken_without_the_sessions_token(site: Site, admin: Visitor) -> None:
    """Each route that changes something refuses a form that lacks the token, or comes from another server."""
    places = await made(site)
    wrong = []
    token = admin.csrf
    for route in ROUTES:
        if route.method != "POST" or route.need is Access.ANYBODY:
            continue
        for csrf, headers in (("", {}), (token, {"Origin": "https://evil.example"})):
            admin.csrf = csrf
            status, _ = await admin.post(places.path(route), follow=False, **headers)
            if status != 403:
                wrong.append((route.path, csrf != "", status))
    assert wrong == []


def offers(path: str, text: str) -> set[tuple[str, str]]:
    """(method, address) of every link and form of a page."""
    found = {("GET", each) for each in re.findall(r'(?:href|hx-get)="([^"]+)"', text)}
    for form in re.findall(r"<form[^>]*>", text):
        method = re.search(r'method="(\w+)"', form)
        action = re.search(r'action="([^"]*)"', form)
        found.add((method[1].upper() if method else "GET", action[1] if action else path))
    return {(method, urlsplit(urljoin(path, unescape(each))).path) for method, each in found}


def leads_to_refusal(offer: tuple[str, str], role: Role | None) -> bool:
    method, path = offer
    found = ROUTER.find(method, path) if path.startswith("/") else None
    return found is not None and not may(role, found[0])


def test_routes_that_change_something_need_more_than_reading() -> None:
    """A POST below /admin has a need beyond READ."""
    weak = [each.path for each in ROUTES if each.method == "POST" and each.path.startswith("/admin")]
    needs = {each.path: each.need for each in ROUTES if each.method == "POST"}
    assert [path for path in weak if needs[path] in (Permission.READ, Access.SIGNED_IN, Access.ANYBODY)] == []
