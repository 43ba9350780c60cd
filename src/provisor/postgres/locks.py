"""File locks that end with the process that holds them, however it ends; not what they protect."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from provisor.postgres.errors import ClusterError

PAUSE = 0.01


class FileLock:
    """One open lock file. The kernel lets go of it when the process dies, so no lock is ever stale."""

    __slots__ = ("_descriptor", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        # Not inherited by children: a postmaster that held it would own itself.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, *, shared: bool = False) -> bool:
        """Takes the lock, or changes its kind, if that is possible at once."""
        try:
            fcntl.flock(self._descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait(self, seconds: float, *, shared: bool = False) -> None:
        deadline = time.monotonic() + seconds
        while not self.take(shared=shared):
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"Another process has held {self.path} for {seconds:.0f} seconds: it is starting or stopping "
                    "PostgreSQL and does not finish. See the log beside that file."
                )
            time.sleep(PAUSE)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> "FileLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
