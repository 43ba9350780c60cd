"""The app catalogue, and the steps that add an app from it."""

from provisor.console.pages.catalog import adding, catalog

routes = (*catalog.routes, *adding.routes)

__all__ = ["routes"]
