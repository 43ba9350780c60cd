"""Plans that wait to be applied, changes on trial, and safeguards of single attributes."""

from pathlib import Path

from provisor.store.migrations.run import execute_script

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
