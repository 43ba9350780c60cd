"""Apps: the list, and the pages of one app."""

from provisor.console.pages.apps import (
    assigning,
    assignments,
    general,
    integration,
    lifecycle,
    listing,
    mappings,
    pace,
    pausing,
    sync,
    tasks,
    to_app,
    treatment,
)

routes = (
    *listing.routes,
    *general.routes,
    *lifecycle.routes,
    *to_app.routes,
    *mappings.routes,
    *integration.routes,
    *treatment.routes,
    *pace.routes,
    *pausing.routes,
    *sync.routes,
    *assignments.routes,
    *assigning.routes,
    *tasks.routes,
)

__all__ = ["routes"]
