"""What a person sees of their own: apps, profile, password."""

from provisor.console.pages.home import home, profile

routes = (*home.routes, *profile.routes)

__all__ = ["routes"]
