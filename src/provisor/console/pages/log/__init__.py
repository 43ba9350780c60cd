"""The System Log: what happened, as it happens, and for others to work with."""

from provisor.console.pages.log import event, export, log

routes = (*log.routes, *export.routes, *event.routes)

__all__ = ["routes"]
