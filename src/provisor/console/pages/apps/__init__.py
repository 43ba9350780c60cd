"""Apps: the list, and the pages of one app."""

from provisor.console.pages.apps import (
    account,
    assigning,
    assignments,
    converting,
    drift,
    general,
    group_values,
    integration,
    lifecycle,
    listing,
    mappings,
    pace,
    pausing,
    plans,
    sync,
    tasks,
    to_app,
    treatment,
    username,
)

routes = (
    *listing.routes,
    *general.routes,
    *lifecycle.routes,
    *to_app.routes,
    *mappings.routes,
    *username.routes,
    *integration.routes,
    *treatment.routes,
    *pace.routes,
    *plans.routes,
    *drift.routes,
    *pausing.routes,
    *sync.routes,
    *assignments.routes,
    *assigning.routes,
    *account.routes,
    *group_values.routes,
    *converting.routes,
    *tasks.routes,
)

__all__ = ["routes"]
