"""Reading accounts back from apps: runs, findings, and what a run has seen."""

from pathlib import Path

from provisor.store.migrations.run import execute_script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
