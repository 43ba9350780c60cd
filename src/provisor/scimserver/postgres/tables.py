"""The tables of one tenant: a schema, one table for each resource type, memberships, and counts by stretches of `seq`.

`bucket` holds how many records each stretch of 256 sequence numbers has, so that the number of all records and the
record at any position cost the same at the beginning and at the end of a long list. A few shards for each stretch keep
concurrent writers from waiting for each other's commit.
"""

import hashlib
import re
from typing import Final

from provisor.scim.schemas import ResourceType
from provisor.scimserver.catalogue import keyed

STRETCH: Final = 256
SHARDS: Final = 4
LONGEST_KEY: Final = 2000
"""Bytes of a key that must be unique: a B-tree takes no longer ones."""


def quoted(name: str) -> str:
    """Return an identifier; PostgreSQL takes 63 bytes, longer ones end in a digest."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    if len(plain) > 50 or plain != name:
        plain = f"{plain[:40]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f'"{plain}"'


class Tables:
    """The names of one tenant's tables and columns."""

    def __init__(self, schema: str) -> None:
        self.schema = quoted(schema)
        self.member = f"{self.schema}.member"
        self.bucket = f"{self.schema}.bucket"

    def of(self, kind: ResourceType) -> str:
        """Return the table of a resource type."""
        return f"{self.schema}.{quoted('r_' + kind.name)}"

    def key_columns(self, kind: ResourceType) -> dict[str, str]:
        """Return the column of each indexed attribute."""
        return {name: quoted("k_" + name) for name in keyed(kind)}

    def create(self, kinds: tuple[ResourceType, ...]) -> list[str]:
        """Return the statements that make what is not there yet."""
        statements = [
            f"CREATE SCHEMA IF NOT EXISTS {self.schema}",
            f"""CREATE TABLE IF NOT EXISTS {self.bucket} (
                kind text COLLATE "C" NOT NULL, bucket bigint NOT NULL, shard int NOT NULL, n bigint NOT NULL,
                PRIMARY KEY (kind, bucket, shard)) WITH (fillfactor = 50)""",
            f"""CREATE TABLE IF NOT EXISTS {self.member} (
                group_id text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
                place bigint GENERATED ALWAYS AS IDENTITY, display text, type text,
                PRIMARY KEY (group_id, id))""",
            f"CREATE INDEX IF NOT EXISTS member_id ON {self.member} (id, group_id)",
            f"CREATE INDEX IF NOT EXISTS member_place ON {self.member} (group_id, place)",
        ]
        for kind in kinds:
            statements += self._create_kind(kind)
        return statements

    def _create_kind(self, kind: ResourceType) -> list[str]:
        table, keys = self.of(kind), self.key_columns(kind)
        columns = "".join(f'{column} text COLLATE "C",\n' for column in keys.values())
        statements = [
            f"""CREATE TABLE IF NOT EXISTS {table} (
                seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
                id text COLLATE "C" PRIMARY KEY,
                version int NOT NULL, created text COLLATE "C" NOT NULL, modified text COLLATE "C" NOT NULL,
                label text NOT NULL, password text,
                {columns}
                body text COLLATE "C" NOT NULL,
                document jsonb GENERATED ALWAYS AS (body::jsonb) STORED)
                WITH (fillfactor = 85, toast_tuple_target = 4080)"""
        ]
        for name, column in keys.items():
            entry = keyed(kind)[name]
            index = quoted(f"{'u' if entry.unique else 'i'}_{kind.name}_{name}")
            # A hash index has no longest value, a B-tree can be unique.
            how = f"({column})" if entry.unique else f"USING hash ({column})"
            unique = "UNIQUE " if entry.unique else ""
            statements.append(f"CREATE {unique}INDEX IF NOT EXISTS {index} ON {table} {how}")
        return statements
