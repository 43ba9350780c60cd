"""Roles of administrators, sessions of people, and what keeps passwords from being guessed."""

from pathlib import Path

from provisor.store.migrations.run import execute_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
