"""The closed table of functions: what is not here cannot be called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from provisor.expression.functions import arrays, conversions, memberships, people, texts, times
from provisor.expression.functions.signature import Function

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        each.name: each
        for each in (
            *texts.FUNCTIONS,
            *arrays.FUNCTIONS,
            *conversions.FUNCTIONS,
            *memberships.FUNCTIONS,
            *times.FUNCTIONS,
            *people.FUNCTIONS,
            *texts.OLD_FUNCTIONS,
        )
    }
)
