"""Signing in and out."""

from provisor.console.pages.sign_in.sign_in import routes

__all__ = ["routes"]
