"""The SQL of one tenant and one resource type. Each write is one statement, so that it is atomic in one round trip."""

from typing import Final

from provisor.scim.filters import Filter
from provisor.scim.messages import Search
from provisor.scim.policy import Policy
from provisor.scim.schemas import GROUP, ResourceType
from provisor.scim.sql import Column, Columns, Form, Rows, Where, render_order, render_where
from provisor.scimserver.catalogue import is_group, is_user, keyed
from provisor.scimserver.indexes import paths

from .tables import STRETCH, Tables

_MEMBERS: Final = """
    INSERT INTO {member} (group_id, id, display, type)
    SELECT $1, m.id, m.display, m.type
    FROM unnest({ids}::text[], {displays}::text[], {types}::text[]) WITH ORDINALITY AS m (id, display, type, n)
    {condition} ORDER BY m.n ON CONFLICT DO NOTHING"""


class Statements:
    """What is run for one resource type."""

    def __init__(self, tables: Tables, kind: ResourceType) -> None:
        self.kind = kind
        self._tables = tables
        self.table = table = tables.of(kind)
        self.keys = tables.key_columns(kind)
        columns = ", ".join(f"r.{column}" for column in self.keys.values())
        # As bytes: what is only passed on need not become text in between.
        body = "convert_to(r.body, 'UTF8') AS body"
        self.shown = f"r.seq, r.id, r.version, r.created, r.modified, {body}"
        self.columns = f"{self.shown}, r.label, r.password, {columns}"
        self.find = f"SELECT {self.columns} FROM {table} AS r WHERE r.id = ANY($1::text[])"
        self.page_after = f"SELECT {self.columns} FROM {table} AS r WHERE r.seq > $1 ORDER BY r.seq LIMIT $2"
        self.count = f"SELECT coalesce(sum(n), 0)::bigint FROM {tables.bucket} WHERE kind = '{kind.name}'"
        self.page = self._page(self.columns)
        self.shown_page = self._page(self.shown)
        self.insert = self._insert()
        self.update = self._update()
        self.delete = self._delete()
        self.by_member = (
            f"SELECT {self.columns} FROM {table} AS r WHERE r.id IN "
            f"(SELECT group_id FROM {tables.member} WHERE id = $1) ORDER BY r.seq"
        )

    def lookup(self, attribute: str) -> str:
        """Return the query by an indexed attribute."""
        column = self.keys[attribute]
        return (
            f"SELECT {self.columns}, r.{column} AS wanted FROM {self.table} AS r "
            f"WHERE r.{column} = ANY($1::text[]) ORDER BY r.seq"
        )

    def _page(self, columns: str) -> str:
        """Find the stretch that holds a position, skip what is left inside it; the total comes along."""
        return f"""
            WITH stretch AS (
                SELECT bucket, sum(n)::bigint AS n FROM {self._tables.bucket}
                WHERE kind = '{self.kind.name}' GROUP BY bucket),
            running AS (SELECT bucket, (sum(n) OVER (ORDER BY bucket))::bigint - n AS before FROM stretch),
            start AS MATERIALIZED (
                SELECT bucket, before FROM running WHERE before <= $1::bigint ORDER BY bucket DESC LIMIT 1)
            SELECT r.*, (SELECT coalesce(sum(n), 0)::bigint FROM stretch) AS total
            FROM (SELECT) AS one LEFT JOIN LATERAL (
                SELECT {columns} FROM {self.table} AS r
                WHERE r.seq >= (SELECT bucket * {STRETCH} FROM start)
                ORDER BY r.seq OFFSET $1::bigint - (SELECT before FROM start) LIMIT $2::bigint) AS r ON true"""

    def _insert(self) -> str:
        keys = "".join(f", {column}" for column in self.keys.values())
        values = "".join(f", ${12 + n}" for n in range(len(self.keys)))
        condition = ""
        members = _MEMBERS.format(member=self._tables.member, ids="$8", displays="$9", types="$10", condition=condition)
        return f"""
            WITH new AS (
                INSERT INTO {self.table} (id, version, created, modified, label, password, body{keys})
                VALUES ($1, $2, $3, $4, $5, $6, $7{values}) RETURNING seq),
            counted AS (
                INSERT INTO {self._tables.bucket} AS b (kind, bucket, shard, n)
                SELECT '{self.kind.name}', seq / {STRETCH}, $11::int, 1 FROM new
                ON CONFLICT (kind, bucket, shard) DO UPDATE SET n = b.n + 1),
            joined AS ({members})
            SELECT seq FROM new"""

    def _update(self) -> str:
        keys = "".join(f", {column} = ${11 + n}" for n, column in enumerate(self.keys.values()))
        members = _MEMBERS.format(
            member=self._tables.member,
            ids="$7",
            displays="$8",
            types="$9",
            condition="WHERE EXISTS (SELECT FROM changed)",
        )
        return f"""
            WITH changed AS (
                UPDATE {self.table} SET version = $2, modified = $3, label = $4, password = $5, body = $6{keys}
                WHERE id = $1 AND version = $2 - 1 RETURNING seq),
            gone AS (
                DELETE FROM {self._tables.member}
                WHERE group_id = $1 AND id = ANY($10::text[]) AND EXISTS (SELECT FROM changed)),
            joined AS ({members})
            SELECT seq FROM changed"""

    def _delete(self) -> str:
        return f"""
            WITH gone AS (
                DELETE FROM {self.table} WHERE id = $1 AND ($2::int IS NULL OR version = $2) RETURNING seq),
            counted AS (
                INSERT INTO {self._tables.bucket} AS b (kind, bucket, shard, n)
                SELECT '{self.kind.name}', seq / {STRETCH}, $3::int, -1 FROM gone
                ON CONFLICT (kind, bucket, shard) DO UPDATE SET n = b.n - 1),
            left_groups AS (
                DELETE FROM {self._tables.member}
                WHERE (id = $1 OR group_id = $1) AND EXISTS (SELECT FROM gone))
            SELECT seq FROM gone"""

    def search(self, search: Search, policy: Policy, fold_sql: str) -> Where | None:
        """Return the query that answers a filter and an order, offset and count included; None = it cannot be said."""
        if not _sayable(search.filter, search.sort_by):
            return None
        columns = self._columns()
        where = Where("true", ())
        if search.filter is not None:
            where = render_where(
                search.filter, self.kind, document="r.document", columns=columns, fold_sql=fold_sql, policy=policy
            )
        order = "r.seq"
        if search.sort_by is not None:
            key = render_order(
                search.sort_by,
                self.kind,
                descending=search.descending,
                document="r.document",
                columns=columns,
                fold_sql=fold_sql,
            )
            order = f"{key}, r.seq"
        first = len(where.arguments) + 1
        text = f"""
            WITH hit AS MATERIALIZED (
                SELECT r.seq, row_number() OVER (ORDER BY {order}) AS n FROM {self.table} AS r WHERE {where.text})
            SELECT r.*, (SELECT count(*) FROM hit) AS total
            FROM (SELECT) AS one LEFT JOIN LATERAL (
                SELECT {self.shown} FROM hit JOIN {self.table} AS r USING (seq)
                WHERE hit.n > ${first}::bigint AND hit.n <= ${first}::bigint + ${first + 1}::bigint
                ORDER BY hit.n) AS r ON true"""
        return Where(text, where.arguments)

    def _columns(self) -> Columns:
        columns: dict[str, Column | Rows] = {
            "id": Column("r.id"),
            "meta.resourceType": Column(f"'{self.kind.name}'"),
            "meta.created": Column("r.created::timestamptz", Form.INSTANT),
            "meta.lastModified": Column("r.modified::timestamptz", Form.INSTANT),
            "meta.version": Column("""('W/"' || r.version || '"')"""),
        }
        for name, column in self.keys.items():
            columns[name] = Column(f"r.{column}", Form.TEXT if keyed(self.kind)[name].exact else Form.FOLDED)
        if is_group(self.kind):
            columns["members"] = Rows(f"{self._tables.member} AS m", "m.group_id = r.id", {"value": Column("m.id")})
        if is_user(self.kind):
            group = self._tables.of(GROUP)
            columns["groups"] = Rows(
                f"{self._tables.member} AS m JOIN {group} AS g ON g.id = m.group_id",
                "m.id = r.id",
                {"value": Column("g.id"), "display": Column("g.label"), "type": Column("'direct'")},
            )
        return columns


_NOT_KEPT: Final = frozenset(
    {"meta", "meta.location", "members.display", "members.type", "members.$ref", "groups.$ref"}
)
"""What is only made when a response is: URLs, and what others are called."""


def _sayable(node: Filter | None, sort_by: str | None) -> bool:
    if (sort_by or "").lower().startswith(("meta.location", "members", "groups")):
        return False
    return _NOT_KEPT.isdisjoint(paths(node))
