"""Indexes for what the console asks: the log of one thing, what failed, counts by status, tasks closed lately."""

from pathlib import Path

from provisor.store.migrations.run import execute_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
