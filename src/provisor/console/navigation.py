"""What the side bar offers, and to whom."""

from __future__ import annotations

from dataclasses import dataclass

from provisor.services.actor import Actor, Permission


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    path: str
    icon: str
    need: Permission = Permission.READ


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    items: tuple[Item, ...]


SECTIONS = (
    Section(
        "",
        (
            Item("Dashboard", "/admin/dashboard", "layout-dashboard"),
            Item("Tasks", "/admin/tasks", "list-checks"),
        ),
    ),
    Section(
        "Directory",
        (
            Item("People", "/admin/people", "user"),
            Item("Groups", "/admin/groups", "users"),
            Item("Profile Editor", "/admin/profiles", "file-text"),
        ),
    ),
    Section(
        "Applications",
        (
            Item("Applications", "/admin/apps", "layout-grid"),
            Item("App catalog", "/admin/catalog", "layers"),
        ),
    ),
    Section(
        "Reports",
        (Item("System Log", "/admin/log", "activity"),),
    ),
    Section(
        "Security",
        (Item("Administrators", "/admin/administrators", "shield-check"),),
    ),
)


def sections_for(actor: Actor) -> list[Section]:
    """The sections that hold something for this visitor."""
    mine = [Section(each.title, tuple(item for item in each.items if actor.may(item.need))) for each in SECTIONS]
    return [each for each in mine if each.items]
