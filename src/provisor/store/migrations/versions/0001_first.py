"""The first schema."""

from pathlib import Path

from provisor.store.migrations.run import execute_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
