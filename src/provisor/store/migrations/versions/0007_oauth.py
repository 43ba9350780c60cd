"""OAuth 2.0 connections: clients, tokens and when they end."""

from pathlib import Path

from provisor.store.migrations.run import execute_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    execute_script(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
