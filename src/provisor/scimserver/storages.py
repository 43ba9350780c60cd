"""Which storage a stand-alone server keeps each tenant in: memory, a file, or PostgreSQL."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .catalogue import Catalogue
from .durable import DurableStorage
from .memory import MemoryStorage
from .options import Options
from .storage import Storage, StorageError

__all__ = ["StorageError", "open_database", "open_schemas", "open_storage"]

if TYPE_CHECKING:
    from .postgres.storage import Database


def open_storage(options: Options, tenant: str | None = None) -> MemoryStorage:
    """Return the storage of one tenant, in memory or in its own file."""
    if options.data is None:
        return MemoryStorage(unique_group_names=options.unique_group_names)
    path = options.data if tenant is None else options.data.with_name(f"{options.data.name}.{tenant}")
    return DurableStorage(path, Catalogue(options.resource_types), unique_group_names=options.unique_group_names)


async def open_database(options: Options) -> "Database":
    """Connect to PostgreSQL; its driver is loaded here, so that nobody else waits for it."""
    try:
        from .postgres.storage import Database
    except ModuleNotFoundError as problem:
        raise StorageError(f"--database needs {problem.name}: pip install 'provisor[server]'") from None
    assert options.database is not None
    return await Database.connect(options.database)


async def open_schemas(database: "Database", options: Options) -> Mapping[str | None, Storage]:
    """Return a storage for each tenant, in a schema of its own."""
    found: dict[str | None, Storage] = {}
    for tenant in options.names():
        schema = "scim" if tenant is None else f"scim_{tenant}"
        found[tenant] = await database.open(schema, options.resource_types, options.policy)
    return found
