"""How each app's server is treated, what drifted, and how it is doing."""

from pathlib import Path

from provisor.store.migrations.run import execute_script

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
