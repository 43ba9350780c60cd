"""The storage port over asyncpg: one tenant in a PostgreSQL schema of its own; several processes may share it.

What requests ask for one by one (a record by id or key, its groups) is asked of the database in batches.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

import asyncpg

from provisor.scim.errors import BadRequest, Conflict, ScimError, ScimType, VersionMismatch
from provisor.scim.messages import Search
from provisor.scim.policy import TOLERANT, Policy
from provisor.scim.schemas import GROUP, ResourceType
from provisor.scim.sql import FOLD, FOLD_18
from provisor.scimserver.catalogue import KINDS, keyed
from provisor.scimserver.records import Label, Member, Record
from provisor.scimserver.storage import Found, Storage, StorageError

from .batching import Batched
from .statements import Statements
from .tables import LONGEST_KEY, SHARDS, Tables

_LOCK: Final = 0x5C1B
"""Of the advisory lock that lets one process at a time make tables."""
_MANY: Final = 8
"""Ids from which on a question is asked by itself instead of in a batch with others."""


async def _leave_alone(connection: object) -> None:
    return


class DatabaseError(StorageError):
    """The database cannot be used; the message says why and what to do."""


_AWAY: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.TooManyConnectionsError,
)
"""What a database that is not there raises; it may be back at the next request."""


def _away() -> ScimError:
    return ScimError(503, "the server's database cannot be reached; try again")


class Database:
    """A pool of connections, shared by the tenants."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, dsn: str, *, size: int = 4) -> "Database":
        """Connect; raises `DatabaseError` without the password in it."""
        try:
            # Nothing here leaves a trace in its connection, so there is nothing to reset after each query.
            pool = await asyncpg.create_pool(
                dsn, min_size=1, max_size=size, reset=_leave_alone, server_settings={"jit": "off"}
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as problem:
            raise DatabaseError(
                f"cannot connect to the database: {type(problem).__name__}: {_first_line(problem)}; check --database"
            ) from None
        return cls(pool)

    async def open(
        self, schema: str = "scim", kinds: Sequence[ResourceType] = KINDS, policy: Policy = TOLERANT
    ) -> "PostgresStorage":
        """Return the storage of one tenant, after making what tables are missing."""
        storage = PostgresStorage(self._pool, schema, kinds=kinds, policy=policy)
        await storage.open()
        return storage

    async def close(self) -> None:
        """Release the connections."""
        await self._pool.close()


class PostgresStorage(Storage):
    """Resources and memberships of one tenant."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        schema: str = "scim",
        *,
        kinds: Sequence[ResourceType] = KINDS,
        policy: Policy = TOLERANT,
    ) -> None:
        self._pool = pool
        self._tables = Tables(schema)
        self._kinds = tuple(kinds)
        self._statements = {kind.name: Statements(self._tables, kind) for kind in kinds}
        self._policy = policy
        self._fold = FOLD
        self._shards = itertools.cycle(range(SHARDS))
        self._by_id = {kind.name: Batched[Record](partial(self._load, kind)) for kind in kinds}
        self._by_key = {
            (kind.name, name): Batched[list[Record]](partial(self._load_by_key, kind, name))
            for kind in kinds
            for name in keyed(kind)
        }
        self._groups = Batched[list[Label]](self._load_groups)

    async def open(self) -> None:
        """Make what tables are missing; raises `DatabaseError`."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                self._fold = FOLD_18 if connection.get_server_version().major >= 18 else FOLD
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                # "Already there" is not news.
                await connection.execute("SET LOCAL client_min_messages = warning")
                for statement in self._tables.create(self._kinds):
                    await connection.execute(statement)
        except asyncpg.PostgresError as problem:
            raise DatabaseError(
                f"cannot make the tables in {self._tables.schema}: {_first_line(problem)}; the role needs to own the "
                "schema, and tables made for other resource types need a database of their own"
            ) from problem

    async def find(self, kind: ResourceType, id: str) -> Record | None:
        """Return the record or None."""
        return None if "\0" in id else await self._by_id[kind.name].get(id)

    async def insert(self, record: Record, members: Sequence[Member] = ()) -> Record:
        """Add a record; raises `Conflict`."""
        seq = await self._write(
            record,
            self._statements[record.kind.name].insert,
            record.id,
            record.version,
            record.created,
            record.modified,
            record.label,
            record.password,
            record.body.decode(),
            *_columns(members),
            next(self._shards),
            *self._keys(record),
        )
        return record.changed(seq=seq)

    async def update(self, record: Record, added: Sequence[Member] = (), removed: Collection[str] = ()) -> Record:
        """Replace a record and change its members; raises `Conflict`, `VersionMismatch`."""
        seq = await self._write(
            record,
            self._statements[record.kind.name].update,
            record.id,
            record.version,
            record.modified,
            record.label,
            record.password,
            record.body.decode(),
            *_columns(added),
            list(removed),
            *self._keys(record),
        )
        if seq is None:
            raise VersionMismatch(f"{record.kind.name} {record.id} was changed by someone else; read it again")
        return record.changed(seq=seq)

    async def delete(self, kind: ResourceType, id: str, version: int | None = None) -> bool:
        """Remove a record and its memberships; False if there was none."""
        seq = await self._value(self._statements[kind.name].delete, id, version, next(self._shards))
        if seq is None and version is not None and await self.find(kind, id) is not None:
            raise VersionMismatch(f"{kind.name} {id} was changed by someone else; read it again")
        return seq is not None

    async def count(self, kind: ResourceType) -> int:
        """Return how many records of this kind there are."""
        number: int = await self._value(self._statements[kind.name].count)
        return number

    async def page(self, kind: ResourceType, offset: int, count: int, after: int | None = None) -> Sequence[Record]:
        """Return a slice of the order of creation."""
        statements = self._statements[kind.name]
        if after is not None:
            rows = await self._rows(statements.page_after, after, count)
            return [_record(kind, row) for row in rows]
        rows = await self._rows(statements.page, offset, count)
        return [_record(kind, row) for row in rows if row["id"] is not None]

    async def lookup(self, kind: ResourceType, attribute: str, key: str) -> Sequence[Record]:
        """Return the records that hold this folded key, in order; `members` finds groups by member id."""
        if "\0" in key:
            return []
        if attribute == "id":
            found = await self.find(kind, key)
            return [] if found is None else [found]
        if attribute == "members":
            rows = await self._rows(self._statements[kind.name].by_member, key)
            return [_record(kind, row) for row in rows]
        return await self._by_key[kind.name, attribute].get(key) or []

    async def members(self, group_id: str) -> Sequence[Member]:
        """Return the members in the order they were added."""
        rows = await self._rows(
            f"SELECT id, display, type FROM {self._tables.member} WHERE group_id = $1 ORDER BY place", group_id
        )
        return [Member(*row) for row in rows]

    async def present(self, group_id: str, ids: Collection[str]) -> set[str]:
        """Return which of these ids are members."""
        rows = await self._rows(
            f"SELECT id FROM {self._tables.member} WHERE group_id = $1 AND id = ANY($2::text[])", group_id, list(ids)
        )
        return {row[0] for row in rows}

    async def search(self, kind: ResourceType, search: Search) -> Found | None:
        """Answer a query in the database, unless it asks about what is only made when a response is."""
        offset, statements = search.start_index - 1, self._statements[kind.name]
        if search.filter is None and search.sort_by is None:
            return await self._found(kind, statements.shown_page, offset, search.count)
        where = statements.search(search, self._policy, self._fold)
        return None if where is None else await self._found(kind, where.text, *where.arguments, offset, search.count)

    async def groups_of(self, ids: Sequence[str]) -> Mapping[str, Sequence[Label]]:
        """Return the groups of each of these members."""
        if len(ids) >= _MANY:
            return await self._load_groups(ids)
        found = {id: await self._groups.get(id) for id in ids}
        return {id: groups for id, groups in found.items() if groups}

    async def named(self, ids: Collection[str], kinds: Sequence[ResourceType]) -> Mapping[str, Label]:
        """Return what to call the resources behind these ids."""
        found: dict[str, Label] = {}
        for kind in reversed(kinds):
            table = self._tables.of(kind)
            rows = await self._rows(f"SELECT id, label FROM {table} WHERE id = ANY($1::text[])", list(ids))
            found |= {row[0]: Label(kind.name, row[0], row[1]) for row in rows}
        return found

    async def _rows(self, query: str, *arguments: Any) -> list[Any]:
        try:
            return await self._pool.fetch(query, *arguments)
        except _AWAY:
            raise _away() from None

    async def _value(self, query: str, *arguments: Any) -> Any:
        try:
            return await self._pool.fetchval(query, *arguments)
        except _AWAY:
            raise _away() from None

    async def _load(self, kind: ResourceType, ids: Sequence[str]) -> Mapping[str, Record]:
        rows = await self._rows(self._statements[kind.name].find, ids)
        return {row["id"]: _record(kind, row) for row in rows}

    async def _load_by_key(self, kind: ResourceType, name: str, keys: Sequence[str]) -> Mapping[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for row in await self._rows(self._statements[kind.name].lookup(name), keys):
            found.setdefault(row["wanted"], []).append(_record(kind, row))
        return found

    async def _load_groups(self, ids: Sequence[str]) -> Mapping[str, list[Label]]:
        found: dict[str, list[Label]] = {}
        rows = await self._rows(
            f"SELECT m.id, g.id, g.label FROM {self._tables.member} AS m JOIN {self._tables.of(GROUP)} AS g "
            "ON g.id = m.group_id WHERE m.id = ANY($1::text[]) ORDER BY g.seq",
            ids,
        )
        for member, id, label in rows:
            found.setdefault(member, []).append(Label(GROUP.name, id, label))
        return found

    async def _found(self, kind: ResourceType, query: str, *arguments: Any) -> Found:
        rows = await self._rows(query, *arguments)
        records = [
            Record(kind, id, body, (), "", created, modified, version, None, seq)
            for seq, id, version, created, modified, body, _ in rows
            if id is not None
        ]
        return Found(rows[0]["total"], records)

    async def _write(self, record: Record, statement: str, *arguments: Any) -> int | None:
        try:
            seq: int | None = await self._value(statement, *arguments)
        except asyncpg.UniqueViolationError as problem:
            raise Conflict(_conflict(record.kind, problem)) from None
        except (asyncpg.UntranslatableCharacterError, asyncpg.CharacterNotInRepertoireError) as problem:
            raise BadRequest(
                ScimType.INVALID_VALUE, f"a value holds a character that cannot be stored: {_first_line(problem)}"
            ) from None
        return seq

    def _keys(self, record: Record) -> list[str | None]:
        keys, entries = dict(record.keys), keyed(record.kind)
        for name, key in record.keys:
            if entries[name].unique and len(key.encode()) > LONGEST_KEY:
                raise BadRequest(ScimType.INVALID_VALUE, f"{name} is longer than the {LONGEST_KEY} bytes that are kept")
        return [keys.get(name) for name in entries]


def _record(kind: ResourceType, row: Any) -> Record:
    """Make a record of a row; what a query tells besides stands behind the keys, where zip ends."""
    seq, id, version, created, modified, body, label, password, *keys = row
    known = tuple([pair for pair in zip(keyed(kind), keys, strict=False) if pair[1] is not None])
    return Record(kind, id, body, known, label, created, modified, version, password, seq)


def _columns(members: Sequence[Member]) -> tuple[list[str], list[str | None], list[str | None]]:
    return [m.id for m in members], [m.display for m in members], [m.type for m in members]


def _conflict(kind: ResourceType, problem: asyncpg.UniqueViolationError) -> str:
    constraint = problem.constraint_name or ""
    for name, entry in keyed(kind).items():
        if entry.unique and name in constraint:
            return f"another {kind.name} already has this {name}" + ("" if entry.exact else "; compare ignores case")
    return f"another {kind.name} already has this id"


def _first_line(problem: BaseException) -> str:
    return next(iter(str(problem).splitlines()), "")
