"""The postmaster's parent: launches it, starts it again when it crashes, stops it when no owner is left.

Runs detached as `python -m provisor.postgres.watchdog DATA_DIR GRACE`, so that a `kill -9` of every owner leaves
somebody who tidies up. Owners who leave properly stop the postmaster themselves; then there is nothing to do here.
"""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from provisor.postgres import postmaster
from provisor.postgres.errors import ClusterError
from provisor.postgres.layout import Layout
from provisor.postgres.locks import FileLock

TICK = 0.25
CRASH_LOOP_SECONDS = 1.0
LOCK_SECONDS = 2 * postmaster.RECOVERY_SECONDS


def main(data_dir: Path, grace: float) -> None:
    """Reports on standard output, which the starting process reads to its end: nothing means that it is ready."""
    if os.fork():
        # The process that started us does not stay our parent, so it never has to wait for us.
        os._exit(0)
    layout = Layout.below(data_dir)
    try:
        child = None if postmaster.observe(layout) else postmaster.launch(layout)
    except (ClusterError, OSError) as error:
        print(error, flush=True)
        return
    _let_go_of_output()
    with FileLock(layout.watchdog_lock) as alone:
        while not alone.take():
            if postmaster.observe(layout) is None:
                return
            time.sleep(TICK)
        watch(layout, child, grace)


def watch(layout: Layout, child: subprocess.Popen[bytes] | None, grace: float) -> None:
    """Until the postmaster is gone for good."""
    wakeup = _wake_when_child_ends()
    last_owned = launched = time.monotonic()
    while True:
        rest(wakeup)
        if not _runs(layout, child):
            if time.monotonic() - launched < CRASH_LOOP_SECONDS:
                time.sleep(CRASH_LOOP_SECONDS)
            child = _launch_again(layout)
            launched = time.monotonic()
            if child is None:
                return
        if _owned(layout):
            last_owned = time.monotonic()
        elif time.monotonic() - last_owned > grace and _stop_orphan(layout):
            return


def rest(wakeup: int) -> None:
    """Wait for a tick or for a child's end. Old news is read away, or there would be no rest after the first crash."""
    readable, _, _ = select.select([wakeup], [], [], TICK)
    if readable:
        os.read(wakeup, 4096)


def _runs(layout: Layout, child: subprocess.Popen[bytes] | None) -> bool:
    return postmaster.observe(layout) is not None if child is None else child.poll() is None


def _owned(layout: Layout) -> bool:
    """Looks only when nobody starts or stops, because looking means to hold the owners' lock for an instant."""
    with FileLock(layout.start_lock) as quiet, FileLock(layout.owner_lock) as owners:
        return not quiet.take() or not owners.take()


def _launch_again(layout: Layout) -> subprocess.Popen[bytes] | None:
    """None when nobody needs it (a proper stop), when somebody was faster, or when it cannot start (see its log)."""
    with FileLock(layout.start_lock) as quiet, FileLock(layout.owner_lock) as owners:
        quiet.wait(LOCK_SECONDS)
        if owners.take() or postmaster.observe(layout) is not None:
            return None
        try:
            return postmaster.launch(layout)
        except (ClusterError, OSError):
            return None


def _stop_orphan(layout: Layout) -> bool:
    with FileLock(layout.start_lock) as quiet, FileLock(layout.owner_lock) as owners:
        if not quiet.take() or not owners.take():
            return False
        postmaster.stop(layout)
        return True


def _wake_when_child_ends() -> int:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reading


def _let_go_of_output() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
