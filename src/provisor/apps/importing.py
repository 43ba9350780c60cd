"""Compiles mappings from an app to the directory: `appuser` on the right, a person's attributes on the left.

Imports apply them; here they are understood, checked against both schemas, and worked out for one account.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from functools import lru_cache
from types import MappingProxyType

from provisor.apps.compiling import APP, CompiledMapping, Kinds, converter
from provisor.apps.mapping import Mapping, MappingError
from provisor.connector import Json
from provisor.directory.attributes import Attribute
from provisor.expression import ExpressionError, Kind, Place, Source, Subject, compile_expression


@lru_cache(maxsize=64)
def import_place(account: tuple[tuple[str, Kind], ...]) -> Place:
    """Where a mapping of accounts with these attributes is used. There is no person yet to have groups or a status."""
    kinds = MappingProxyType(dict(account))
    roots = {"appuser": kinds, "source": kinds, "app": APP}
    return Place("a mapping from an app", roots, bare="source", sources=frozenset({Source.TIME}))


def compile_import(mapping: Mapping, account: Kinds, attribute: Attribute) -> CompiledMapping:
    """Understand one mapping; `attribute` is its target in the people's schema. Raises `MappingError`."""
    try:
        expression = compile_expression(mapping.expression, import_place(tuple(account.items())))
    except ExpressionError as problem:
        raise MappingError(f"The mapping of “{mapping.target}” cannot be used: {problem}", mapping.target) from None
    read = expression.reads.attributes
    source = min(read.get("appuser", frozenset()) | read.get("source", frozenset()), default=None)
    convert = converter(mapping, expression.kind, attribute)
    return CompiledMapping(
        mapping.target, mapping.expression, source, None, mapping.push_status, None, expression, convert
    )


def importing_subject(account: Map[str, Json], accounts: Map[str, Map[str, Json]]) -> Subject:
    """Whom such mappings are evaluated for: an account's attributes as the app's schema names them."""
    return Subject(source=account, accounts={**accounts, "appuser": account})
