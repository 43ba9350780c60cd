"""Runs SQL scripts inside a migration. Holds no schema."""

from alembic import op


def execute_script(sql: str) -> None:
    """Run several statements at once; SQLAlchemy's own execute would prepare them, which takes only one."""
    driver = op.get_bind().connection.dbapi_connection
    driver.run_async(lambda connection: connection.execute(sql))  # type: ignore[union-attr]
