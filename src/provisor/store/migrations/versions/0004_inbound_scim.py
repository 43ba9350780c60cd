"""What pushing people and groups in over SCIM needs: the client's ids, withdrawal, indexes for look-ups and pages."""

from pathlib import Path

from provisor.store.migrations.run import execute_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
