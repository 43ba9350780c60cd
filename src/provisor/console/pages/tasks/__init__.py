"""What waits for an administrator: tasks, and changes that a safeguard holds back."""

from provisor.console.pages.tasks import holds, tasks

routes = (*tasks.routes, *holds.routes)

__all__ = ["routes"]
