"""One request of a person who looks at the console: who it is, what was sent, and the ways to answer.

A page has one rendering. Where only a part of it is wanted (a search while typing, a region that follows live), htmx
takes that part out of the whole page, so no template knows who asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from provisor.console.context import ConsoleContext
from provisor.console.forms import Form
from provisor.console.navigation import Section, sections_for
from provisor.console.zones import zone_of
from provisor.services.actor import Actor, Permission
from provisor.services.sessions import Session
from provisor.services.work import Database

COOKIE = "provisor_session"
FLASH = "provisor_flash"
"""The cookie that carries one sentence over a redirect."""
MOST_SAID = 1_500
"""Bytes of the sentence; the cookie has twice as many."""


@dataclass(slots=True)
class Visit:
    request: Request
    context: ConsoleContext
    actor: Actor
    """Without any permission for who is not signed in."""
    session: Session | None = None
    form: Form = field(default_factory=Form)
    params: Mapping[str, str] = field(default_factory=dict)
    """From the path."""
    said: str | None = None
    """What the previous page says about what was just done."""
    made_with: int = field(init=False)
    """The news that had come when the request did."""

    def __post_init__(self) -> None:
        self.made_with = self.context.live.news

    @property
    def database(self) -> Database:
        return self.context.database

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def zone(self) -> tzinfo:
        """The reader's, as the browser says."""
        return zone_of(self.request)

    @property
    def stream(self) -> str:
        """Where the page hears of what has happened since the request for it came."""
        return f"/live?seen={self.made_with}"

    @property
    def is_partial(self) -> bool:
        """htmx asks, for a part of the page."""
        return "hx-request" in self.request.headers

    @property
    def csrf(self) -> str:
        return self.session.csrf if self.session else ""

    @property
    def initials(self) -> str:
        """Two letters for the visitor's picture."""
        words = self.session.name.split() if self.session else []
        return "".join(each[0] for each in (words[:1] + words[1:][-1:])).upper() or "?"

    @property
    def sections(self) -> list[Section]:
        """What the side bar offers this visitor."""
        return sections_for(self.actor)

    def may(self, permission: str) -> bool:
        return self.actor.may(Permission[permission])

    def query(self, name: str, default: str = "") -> str:
        """A parameter of the address."""
        return self.request.query_params.get(name, default).strip()

    def render(self, template: str, view: Any = None, *, status: int = 200, **more: Any) -> Response:
        """The page: `template` is a path below `console`, for instance `pages/people/people.html`."""
        content = self.context.renderer.render(template, {"visit": self, "view": view, **more})
        response = HTMLResponse(content, status, headers={"Cache-Control": "no-store"})
        if self.said is not None:
            response.delete_cookie(FLASH, path="/")
        return response

    def go(self, path: str, said: str | None = None) -> Response:
        """On to another page after something was done (POST, redirect, GET); `said` appears there as a toast."""
        response: Response = RedirectResponse(path, 303)
        if said is not None:
            # Browsers keep no cookie above 4096 bytes, so a very long name in the sentence is cut.
            text = said.encode("utf-8", "replace")[:MOST_SAID].decode("utf-8", "ignore")
            response.set_cookie(FLASH, text.encode().hex(), max_age=30, path="/", httponly=True, samesite="strict")
        return response


def flashed(request: Request) -> str | None:
    """The sentence that the page before left."""
    try:
        return bytes.fromhex(request.cookies[FLASH]).decode()[:500]
    except (KeyError, ValueError):
        return None
