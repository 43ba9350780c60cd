"""Observes, launches and stops one postmaster; decides nothing about who may do so and when.

Standard library only: the watchdog lives in a process that holds little more than this.
"""

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from provisor.postgres.errors import ClusterError
from provisor.postgres.layout import Layout, socket_in

PAUSE = 0.005
RECOVERY_SECONDS = 300.0
STOP_SECONDS = 30.0
# After a `kill -9` its children need a moment to notice; until then PostgreSQL refuses to start beside them.
ORPHANS_SECONDS = 20.0
SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
ORPHANS_REMAIN = ("shared memory block", "is still in use", "Is another postmaster")


@dataclass(frozen=True, slots=True)
class Launch:
    """How the running postmaster was started, kept in a file for those who come later."""

    bin_dir: str
    socket_dir: str
    uid: int | None
    gid: int | None

    @classmethod
    def read(cls, layout: Layout) -> "Launch":
        return cls(**json.loads(layout.launch.read_text(encoding="utf-8")))

    def render(self) -> str:
        return json.dumps(asdict(self)) + "\n"


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What can be seen of it: `pid` is None when it lives where we cannot signal it (another container)."""

    pid: int | None
    ready: bool


def observe(layout: Layout) -> Postmaster | None:
    """The postmaster of this data directory, or None; a stale postmaster.pid counts as none."""
    try:
        lines = (layout.pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
    ours = pid > 0 and _runs(pid, layout)
    # Written in this order: pid, data directory, start time, port, socket directory, host, shared memory, status.
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    if ours:
        return Postmaster(pid, ready)
    # In another container that shares the volume its process is out of sight, but its socket answers.
    return Postmaster(None, ready) if ready and _answers(socket_in(Path(lines[4]))) else None


def wait_until_ready(layout: Layout) -> bool:
    """Waits for a postmaster that somebody else launched; False when it goes away instead."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while (seen := observe(layout)) is not None:
        if seen.ready:
            return True
        if time.monotonic() > deadline:
            raise ClusterError(
                f"PostgreSQL (process {seen.pid}) has been starting or stopping for {RECOVERY_SECONDS:.0f} seconds. "
                f"Read {layout.log}; when it does nothing, stop that process and start again."
            )
        time.sleep(PAUSE)
    return False


def launch(layout: Layout) -> subprocess.Popen[bytes]:
    """Starts the postmaster in a session of its own and returns it when it answers."""
    how = Launch.read(layout)
    deadline = time.monotonic() + ORPHANS_SECONDS
    while True:
        _forget_stale_locks(layout, Path(how.socket_dir))
        log_start = _rotate(layout.log)
        child = _spawn(layout, how)
        if _becomes_ready(layout, child):
            return child
        said = _said_since(layout.log, log_start)
        if time.monotonic() > deadline or not any(words in said for words in ORPHANS_REMAIN):
            raise ClusterError(f"PostgreSQL did not start in {layout.pgdata}. Its log ({layout.log}) says: {said}")
        time.sleep(0.05)


def stop(layout: Layout) -> None:
    """Stops it and removes a socket directory that lies outside the data directory."""
    _end(layout)
    socket_dir = Path(Launch.read(layout).socket_dir)
    if socket_dir.parent != layout.root:
        with suppress(OSError):
            socket_dir.rmdir()


def _end(layout: Layout) -> None:
    """Disconnects everybody and stops; only when that takes too long, without a checkpoint."""
    seen = observe(layout)
    if seen is None or seen.pid is None:
        return
    for how, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)):
        try:
            os.kill(seen.pid, how)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _runs(seen.pid, layout):
                return
            time.sleep(PAUSE)
    raise ClusterError(f"PostgreSQL (process {seen.pid}) does not stop, not even when killed: see {layout.log}.")


def clean_environment() -> dict[str, str]:
    """Ours, without the variables that would point PostgreSQL's programs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "PROVISOR_", "LC_"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _spawn(layout: Layout, how: Launch) -> subprocess.Popen[bytes]:
    as_user: dict[str, Any] = {}
    if how.uid is not None:
        as_user = {"user": how.uid, "group": how.gid, "extra_groups": []}
    with open(layout.log, "ab", opener=_private) as log:
        return subprocess.Popen(
            [f"{how.bin_dir}/postgres", "-D", layout.pgdata, "-c", f"config_file={layout.config}"],
            cwd="/",
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **as_user,
        )


def _becomes_ready(layout: Layout, child: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while child.poll() is None:
        seen = observe(layout)
        if seen is not None and seen.ready and seen.pid == child.pid:
            return True
        if time.monotonic() > deadline:
            child.send_signal(signal.SIGQUIT)
            child.wait()
            break
        time.sleep(PAUSE)
    return False


def _runs(pid: int, layout: Layout) -> bool:
    """Whether that process is a postmaster of this data directory: after a reboot a pid means something else."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if Path("/proc/self/cmdline").exists():
            return False
        listing = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        command = subprocess.run(listing, capture_output=True, text=True, check=False).stdout
    return "postgres" in command and f"-D {layout.pgdata} " in command + " "


def _answers(path: Path) -> bool:
    """Whether somebody speaks PostgreSQL there; a process that is just dying still accepts, but says nothing."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5.0)
        try:
            probe.connect(str(path))
            probe.sendall(SSL_REQUEST)
            return bool(probe.recv(1))
        except OSError:
            return False


def _forget_stale_locks(layout: Layout, socket_dir: Path) -> None:
    """PostgreSQL takes any process of its user for the one in its lock files, and then refuses to start.

    After a reboot that number is a stranger's; in a container without an init, a dead postmaster that nobody buried.
    """
    socket_lock = socket_in(socket_dir).with_name(f"{socket_in(socket_dir).name}.lock")
    for lock in (layout.pgdata / "postmaster.pid", socket_lock):
        try:
            pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
            os.kill(pid, 0)
        except (FileNotFoundError, ProcessLookupError):
            continue
        except (ValueError, IndexError):
            # An empty file is what a crash before its first write leaves; PostgreSQL refuses it for good.
            pid = 0
        except PermissionError:
            pass
        if pid == 0 or not _runs(pid, layout):
            lock.unlink(missing_ok=True)


def _rotate(log: Path, limit: int = 10_000_000) -> int:
    size = log.stat().st_size if log.exists() else 0
    if size <= limit:
        return size
    log.replace(log.with_name("log.1"))
    return 0


def _said_since(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read()[-1500:].decode(errors="replace").strip() or "nothing"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
