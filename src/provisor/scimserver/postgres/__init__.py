"""The storage port over PostgreSQL: tables of its own, made at the start; needs asyncpg (`provisor[server]`)."""

from .storage import Database, DatabaseError, PostgresStorage

__all__ = ["Database", "DatabaseError", "PostgresStorage"]
