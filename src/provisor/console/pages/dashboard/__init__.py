"""Where an administrator starts."""

from provisor.console.pages.dashboard.dashboard import routes

__all__ = ["routes"]
