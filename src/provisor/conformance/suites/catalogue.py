"""Lists the suites, and says which of them a run takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from provisor.conformance.suite import Suite
from provisor.conformance.suites import (
    beta_2016,
    discovery,
    entitlements,
    entra,
    errors,
    filters,
    groups,
    paging,
    patch,
    scim1_spec,
    scim2_spec,
    searching,
    users,
)

SUITES: Final[tuple[Suite, ...]] = (
    scim2_spec.SUITE,
    entitlements.SUITE,
    beta_2016.SUITE,
    discovery.SUITE,
    users.SUITE,
    groups.SUITE,
    filters.SUITE,
    paging.SUITE,
    patch.SUITE,
    errors.SUITE,
    searching.SUITE,
    entra.SUITE,
    scim1_spec.SUITE,
)


def chosen(names: Sequence[str], protocol: str = "2.0") -> tuple[Suite, ...]:
    """Return the suites of these names, or those that run by default for a version of SCIM; in the list's order."""
    if names:
        return tuple(suite for suite in SUITES if suite.id in names)
    return tuple(suite for suite in SUITES if suite.by_default and suite.protocol == protocol)
