"""What the supervisor says when PostgreSQL cannot run here; not what a database answers to a query."""


class ClusterError(Exception):
    """One or two sentences for the operator: what is wrong, why, and what to do next."""
