"""Profile Editor: which attributes people, groups and apps have."""

from provisor.console.pages.profiles import editing, listing, removing, schema, types

routes = (*listing.routes, *schema.routes, *types.routes, *editing.routes, *removing.routes)

__all__ = ["routes"]
