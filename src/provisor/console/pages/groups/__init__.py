"""Directory > Groups."""

from provisor.console.pages.groups import group, groups

routes = (*groups.routes, *group.routes)

__all__ = ["routes"]
