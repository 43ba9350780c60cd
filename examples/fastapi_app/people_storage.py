"""SCIM over the app's own tables: people are Users, teams are Groups. What has no column is not kept.

Every method runs without waiting, so each is atomic in the event loop; a statement on SQLite takes microseconds. Over a
database that is asked through the network the methods would await their driver.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from provisor.scim import urns
from provisor.scim.errors import BadRequest, Conflict, ScimType, VersionMismatch
from provisor.scim.schemas import ResourceType
from provisor.scimserver import Member, Record, Storage, make_record

TABLES = {"User": "person", "Group": "team"}
LETTERS = {"User": "p", "Group": "t"}
"""Ids must be unique over all resources, numbers of rows are not."""
JOINED = """SELECT t.*, s.external_id, s.version, s.created, s.modified
FROM {0} t JOIN scim s ON s.kind = '{0}' AND s.id = t.id"""


class PeopleStorage(Storage):
    """The storage port over `person`, `team` and `team_person`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    async def find(self, kind: ResourceType, id: str) -> Record | None:
        """Return the record or None."""
        number = row_number(kind, id)
        found = None if number is None else self._rows(kind, "t.id = ?", number)
        return found[0] if found else None

    async def insert(self, record: Record, members: Sequence[Member] = ()) -> Record:
        """Add a row; its number becomes the id."""
        columns = columns_of(record)
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        table = TABLES[record.kind.name]
        with self._transaction(record.kind):
            number = self._db.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})", list(columns.values())
            ).lastrowid
            self._keep_external_id(record, number)
            self._join(number, members)
        return self._row(record.kind, number)

    async def update(self, record: Record, added: Sequence[Member] = (), removed: Collection[str] = ()) -> Record:
        """Change a row and its members; the trigger counts the version."""
        number = row_number(record.kind, record.id)
        columns = columns_of(record)
        changes = ", ".join(f"{name} = ?" for name in columns)
        with self._transaction(record.kind):
            current = self._rows(record.kind, "t.id = ?", number)
            if not current or current[0].version != record.version - 1:
                raise VersionMismatch(f"{record.kind.name} {record.id} was changed by someone else; read it again")
            self._db.execute(
                f"UPDATE {TABLES[record.kind.name]} SET {changes} WHERE id = ?", [*columns.values(), number]
            )
            self._keep_external_id(record, number)
            for id in removed:
                self._db.execute(
                    "DELETE FROM team_person WHERE team_id = ? AND person_id = ?", (number, person_number(id))
                )
            self._join(number, added)
        return self._row(record.kind, number)

    async def delete(self, kind: ResourceType, id: str, version: int | None = None) -> bool:
        """Remove a row; foreign keys end its memberships."""
        record = await self.find(kind, id)
        if record is None:
            return False
        if version is not None and record.version != version:
            raise VersionMismatch(f"{kind.name} {id} was changed by someone else; read it again")
        self._db.execute(f"DELETE FROM {TABLES[kind.name]} WHERE id = ?", (record.seq,))
        return True

    async def count(self, kind: ResourceType) -> int:
        """Return how many rows there are."""
        (number,) = self._db.execute(f"SELECT count(*) FROM {TABLES[kind.name]}").fetchone()
        return int(number)

    async def page(self, kind: ResourceType, offset: int, count: int, after: int | None = None) -> Sequence[Record]:
        """Return a slice in the order of ids."""
        if after is not None:
            return self._rows(kind, "t.id > ?", after, limit=count)
        return self._rows(kind, "1", limit=count, offset=offset)

    async def lookup(self, kind: ResourceType, attribute: str, key: str) -> Sequence[Record]:
        """Return the rows that an indexed value leads to."""
        match kind.name, attribute:
            case _, "id":
                found = await self.find(kind, key)
                return [] if found is None else [found]
            case _, "externalId":
                return self._rows(kind, "s.external_id = ?", key)
            case "User", "userName":
                return self._rows(kind, "fold(t.login) = ?", key)
            case "Group", "displayName":
                return self._rows(kind, "fold(t.name) = ?", key)
            case "Group", "members":
                person = row_number("User", key)
                return self._rows(kind, "t.id IN (SELECT team_id FROM team_person WHERE person_id = ?)", person)
        return []

    async def members(self, group_id: str) -> Sequence[Member]:
        """Return a team's people."""
        rows = self._db.execute(
            "SELECT person_id FROM team_person WHERE team_id = ? ORDER BY rowid", (row_number("Group", group_id),)
        )
        return [Member(f"p{person}", type="User") for (person,) in rows]

    async def present(self, group_id: str, ids: Collection[str]) -> set[str]:
        """Return which of these are in the team."""
        return set(ids) & {member.id for member in await self.members(group_id)}

    @contextmanager
    def _transaction(self, kind: ResourceType) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except sqlite3.IntegrityError as problem:
            self._db.execute("ROLLBACK")
            if "FOREIGN KEY" in str(problem):
                raise BadRequest(ScimType.INVALID_VALUE, "members: there is nobody with such an id") from None
            raise Conflict(f"another {kind.name} already has this name") from None
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _rows(self, kind: ResourceType, where: str, *values: Any, limit: int = -1, offset: int = 0) -> list[Record]:
        query = f"{JOINED.format(TABLES[kind.name])} WHERE {where} ORDER BY t.id LIMIT {limit:d} OFFSET {offset:d}"
        return [record_of(kind, row) for row in self._db.execute(query, values)]

    def _row(self, kind: ResourceType, number: int | None) -> Record:
        (record,) = self._rows(kind, "t.id = ?", number)
        return record

    def _keep_external_id(self, record: Record, number: int | None) -> None:
        self._db.execute(
            "UPDATE scim SET external_id = ? WHERE kind = ? AND id = ?",
            (record.key("externalId"), TABLES[record.kind.name], number),
        )

    def _join(self, number: int | None, members: Sequence[Member]) -> None:
        pairs = [(number, person_number(member.id)) for member in members]
        self._db.executemany("INSERT INTO team_person (team_id, person_id) VALUES (?, ?)", pairs)


def columns_of(record: Record) -> dict[str, Any]:
    """Return the columns that a resource fills."""
    resource = record.resource
    if record.kind.name == "Group":
        return {"name": resource["displayName"]}
    name = resource.get("name", {})
    emails = resource.get("emails", [])
    email = next((e for e in emails if e.get("primary")), emails[0] if emails else {})
    return {
        "login": resource["userName"],
        "first_name": name.get("givenName", ""),
        "last_name": name.get("familyName", ""),
        "email": email.get("value", ""),
        "department": resource.get(urns.ENTERPRISE_USER, {}).get("department", ""),
        "enabled": resource.get("active", True),
        "password_hash": record.password,
    }


def record_of(kind: ResourceType, row: sqlite3.Row) -> Record:
    """Return the resource that a row stands for."""
    resource: dict[str, Any] = {"schemas": [kind.schema.id]}
    if row["external_id"]:
        resource["externalId"] = row["external_id"]
    if kind.name == "Group":
        resource["displayName"] = row["name"]
    else:
        resource |= user_of(row)
    record = make_record(kind, f"{LETTERS[kind.name]}{row['id']}", resource, row["created"], row["modified"])
    password = row["password_hash"] if kind.name == "User" else None
    return record.changed(version=row["version"], password=password, seq=row["id"])


def user_of(row: sqlite3.Row) -> dict[str, Any]:
    """Return the attributes that a person's columns hold; what is empty is left out."""
    user: dict[str, Any] = {"userName": row["login"], "active": bool(row["enabled"])}
    name = {"givenName": row["first_name"], "familyName": row["last_name"]}
    if any(name.values()):
        user["name"] = {key: value for key, value in name.items() if value}
    if row["email"]:
        user["emails"] = [{"value": row["email"], "type": "work", "primary": True}]
    if row["department"]:
        user[urns.ENTERPRISE_USER] = {"department": row["department"]}
    return user


def row_number(kind: ResourceType | str, id: str) -> int | None:
    """Return the row that an id names, or None if it is none of ours."""
    letter = LETTERS[kind if isinstance(kind, str) else kind.name]
    digits = id.removeprefix(letter)
    ours = id.startswith(letter) and digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) if ours else None


def person_number(id: str) -> int:
    """Return the row of a member, who must be a person: teams have no teams in them."""
    number = row_number("User", id)
    if number is None:
        raise BadRequest(ScimType.INVALID_VALUE, f"members: {id[:100]!r} is not the id of a user")
    return number
