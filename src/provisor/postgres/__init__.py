"""The embedded PostgreSQL: `cluster.start` runs it, `dump` saves and restores it.

Nothing is imported here, so that the watchdog process loads only what it needs.
"""
