"""Types of people, profile schemas, mappings both ways, values that are set by hand."""

import secrets
import time
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from provisor.directory.ids import IdSource, Prefix
from provisor.store.migrations.run import execute_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    bind = op.get_bind()
    ids = IdSource(lambda: time.time_ns() // 1_000_000, secrets.randbelow)
    for (app_id,) in bind.execute(sa.text("SELECT id FROM apps ORDER BY id")).all():
        for direction in ("TO_APP", "FROM_APP"):
            row = {"id": ids.new(Prefix.MAPPING), "app": app_id, "direction": direction}
            bind.execute(INSERT, row)


INSERT = sa.text(
    "INSERT INTO mapping (id, app_id, type_id, direction) VALUES (:id, :app, 'oty00000000default00', :direction)"
)
