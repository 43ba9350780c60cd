"""The first run."""

from provisor.console.pages.set_up.set_up import routes

__all__ = ["routes"]
