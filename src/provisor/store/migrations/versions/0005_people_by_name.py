"""People by name, as they are looked for in the console; files of people between upload and load."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from provisor.directory.names import name_key, reversed_key
from provisor.store.migrations.run import execute_script

revision = "0005"
down_revision = "0004"

BATCH = 10_000


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    fill()
    execute_script(INDEXES)


def fill() -> None:
    """Fold the names of everybody who is there: in Python, like logins."""
    bind = op.get_bind()
    after = ""
    while rows := bind.execute(READ, {"after": after, "limit": BATCH}).all():
        profiles = [{"firstName": row[1], "lastName": row[2]} for row in rows]
        keys = [
            {"id": row[0], "n": name_key(profile), "r": reversed_key(profile)}
            for row, profile in zip(rows, profiles, strict=True)
        ]
        bind.execute(WRITE, keys)
        after = rows[-1][0]


READ = sa.text(
    """SELECT id, coalesce(profile ->> 'firstName', ''), coalesce(profile ->> 'lastName', '') FROM users
    WHERE deleted IS NULL AND id > :after ORDER BY id LIMIT :limit"""
)
WRITE = sa.text("UPDATE users SET name_key = :n, reversed_key = :r WHERE id = :id")
# After the filling, because one build is cheaper than many insertions.
INDEXES = """
CREATE INDEX users_name ON users (name_key, id) WHERE deleted IS NULL;
CREATE INDEX users_reversed ON users (reversed_key) WHERE deleted IS NULL;
CREATE INDEX users_status_name ON users (status, name_key, id) WHERE deleted IS NULL;
"""
