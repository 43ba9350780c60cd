"""What a person sees of their own: tiles, profile."""

from provisor.console.pages.home.home import routes

__all__ = ["routes"]
