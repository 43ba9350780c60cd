"""The app's tables as they were before SCIM, and the one table beside them that SCIM needs."""

import sqlite3
from pathlib import Path

from provisor.scim.filters import fold

BEFORE = """
CREATE TABLE IF NOT EXISTS person (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL,
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    department TEXT NOT NULL DEFAULT '',
    enabled INTEGER NOT NULL DEFAULT 1,
    password_hash TEXT
);
CREATE TABLE IF NOT EXISTS team (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS team_person (
    team_id INTEGER NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, person_id)
);
"""

# Versions and times for ETags and meta, the client's own id, and a login that is unique whatever its case. Triggers
# keep them in step with what the app itself changes, so the app's code stays as it is.
FOR_SCIM = """
CREATE TABLE IF NOT EXISTS scim (
    kind TEXT NOT NULL, id INTEGER NOT NULL, external_id TEXT, version INTEGER NOT NULL DEFAULT 1,
    created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    modified TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    PRIMARY KEY (kind, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS person_login ON person (fold(login));
CREATE INDEX IF NOT EXISTS team_name ON team (fold(name));
CREATE INDEX IF NOT EXISTS team_person_person ON team_person (person_id);
CREATE INDEX IF NOT EXISTS scim_external_id ON scim (kind, external_id);
"""
TRIGGERS = """
CREATE TRIGGER IF NOT EXISTS {table}_made AFTER INSERT ON {table} BEGIN
    INSERT INTO scim (kind, id) VALUES ('{table}', new.id);
END;
CREATE TRIGGER IF NOT EXISTS {table}_changed AFTER UPDATE ON {table} BEGIN
    UPDATE scim SET version = version + 1, modified = strftime('%Y-%m-%dT%H:%M:%fZ')
    WHERE kind = '{table}' AND id = new.id;
END;
CREATE TRIGGER IF NOT EXISTS {table}_gone AFTER DELETE ON {table} BEGIN
    DELETE FROM scim WHERE kind = '{table}' AND id = old.id;
END;
INSERT OR IGNORE INTO scim (kind, id) SELECT '{table}', id FROM {table};
"""


def open_database(path: Path | str) -> sqlite3.Connection:
    """Open the app's database and make what is missing."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.create_function("fold", 1, fold, deterministic=True)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(BEFORE + FOR_SCIM)
    for table in ("person", "team"):
        connection.executescript(TRIGGERS.format(table=table))
    return connection
