"""Security > Administrators."""

from provisor.console.pages.administrators import administrators, tokens

routes = (*administrators.routes, *tokens.routes)

__all__ = ["routes"]
