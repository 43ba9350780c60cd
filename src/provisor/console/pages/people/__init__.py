"""Directory > People."""

from provisor.console.pages.people import activity, add, applications, groups, lifecycle, people, profile, upload

routes = (
    *people.routes,
    *add.routes,
    *upload.routes,
    *profile.routes,
    *applications.routes,
    *groups.routes,
    *activity.routes,
    *lifecycle.routes,
)

__all__ = ["routes"]
