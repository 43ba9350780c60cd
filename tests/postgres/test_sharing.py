"""How processes share one PostgreSQL: joining, leaving, being killed, and who tidies up."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from provisor.postgres.cluster import start
from provisor.postgres.layout import LONGEST_SOCKET_PATH, Layout, socket_in
from provisor.postgres.postmaster import observe

SOURCES = Path(__file__).parents[2] / "src"


async def test_a_first_start_makes_a_database_that_is_closed_to_everyone_else(layout: Layout) -> None:
    """Unicode, no TCP, a role without superuser rights, and files that only their owners read."""
    cluster = await start(layout.root.parent, durable=False)
    try:
        assert await ask(cluster.dsn(), "SELECT lower('ÄÖÜ')") == "äöü"
        assert await ask(cluster.dsn(), "SHOW server_encoding") == "UTF8"
        assert await ask(cluster.dsn(), "SHOW listen_addresses") == ""
        assert await ask(cluster.dsn(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        wrong = cluster.dsn().replace(cluster.env()["PGPASSWORD"], "wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in layout.root.iterdir()}
        assert modes["password"] == modes["log"] == modes["owner.lock"] == 0o600
        assert modes["data"] == modes["run"] == 0o700
        assert cluster.env()["PGPASSWORD"] not in repr(cluster)
    finally:
        assert await cluster.release()


async def test_it_syncs_to_disk_unless_told_otherwise(layout: Layout) -> None:
    """Durability is the default, and the operator's own settings come last."""
    cluster = await start(layout.root.parent)
    try:
        assert await ask(cluster.dsn(), "SHOW fsync") == "on"
        assert await ask(cluster.dsn(), "SHOW synchronous_commit") == "on"
        layout.local_config.write_text("work_mem = '9MB'\n")
    finally:
        await cluster.release()
    cluster = await start(layout.root.parent, durable=False)
    try:
        assert await ask(cluster.dsn(), "SHOW fsync") == "off"
        assert await ask(cluster.dsn(), "SHOW work_mem") == "9MB"
    finally:
        await cluster.release()


def test_processes_share_one_postmaster_and_the_last_one_stops_it(own: Callable[..., Any], layout: Layout) -> None:
    """Whoever leaves first leaves it running."""
    one, two = own(), own()
    first, second = one.read(), two.read()
    assert first == second
    assert one.leave() is False
    assert alive(first["postmaster"])
    assert two.leave() is True
    assert observe(layout) is None
    until(lambda: not watchdogs(layout))


def test_four_processes_may_start_at_once_on_nothing(own: Callable[..., Any]) -> None:
    """One of them creates the cluster, all of them use it."""
    owners = [own() for _ in range(4)]
    said = [owner.read() for owner in owners]
    assert all(one == said[0] for one in said)
    assert [owner.leave() for owner in owners] == [False, False, False, True]


async def test_one_process_may_hold_it_twice(layout: Layout) -> None:
    """Two parts of one program need not know of each other."""
    one, two = await asyncio.gather(*(start(layout.root.parent, durable=False) for _ in range(2)))
    assert await one.release() is False
    assert await ask(two.dsn(), "SELECT 1") == 1
    assert await two.release() is True


def test_a_postmaster_that_outlived_its_killed_owner_is_taken_over(own: Callable[..., Any]) -> None:
    """A `kill -9` of the parent costs no restart."""
    killed = own()
    before = killed.read()
    killed.kill()
    assert alive(before["postmaster"])
    heir = own()
    assert heir.read() == before
    assert heir.leave() is True


def test_an_orphan_is_stopped_after_its_grace(own: Callable[..., Any], layout: Layout) -> None:
    """When no owner comes back, the watchdog stops PostgreSQL and itself."""
    killed = own(grace=0.5)
    postmaster = killed.read()["postmaster"]
    killed.kill()
    until(lambda: not alive(postmaster))
    until(lambda: not watchdogs(layout))
    assert not (layout.pgdata / "postmaster.pid").exists(), "it was stopped properly, not killed"


async def test_a_killed_postmaster_comes_back_for_its_owners(own: Callable[..., Any], layout: Layout) -> None:
    """The watchdog starts it again; what was committed is there."""
    owner = own()
    first = owner.read()
    await ask(first["dsn"] + "&synchronous_commit=on", "CREATE TABLE kept AS SELECT 1 AS number")
    os.kill(first["postmaster"], signal.SIGKILL)
    until(lambda: (seen := observe(layout)) and seen.ready and seen.pid != first["postmaster"])
    assert await ask(first["dsn"], "SELECT number FROM kept") == 1
    assert owner.leave() is True


def test_a_start_after_everything_was_killed_recovers(own: Callable[..., Any], layout: Layout) -> None:
    """Owner, watchdog and postmaster die at once, and leave a stale pid file and socket behind."""
    owner = own()
    first = owner.read()
    for pid in (*watchdogs(layout), owner.pid, first["postmaster"]):
        os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(first["postmaster"]))
    assert (layout.pgdata / "postmaster.pid").exists()
    second = own()
    said = second.read()
    assert said.get("postmaster") not in (None, first["postmaster"]), said
    assert second.leave() is True


def test_a_postmaster_without_watchdog_gets_a_new_one(own: Callable[..., Any], layout: Layout) -> None:
    """The next process to come replaces a watchdog that was killed, without a restart."""
    first, second = own(grace=0.5), None
    before = first.read()
    for pid in watchdogs(layout):
        os.kill(pid, signal.SIGKILL)
    until(lambda: not watchdogs(layout))
    second = own(grace=0.5)
    assert second.read() == before
    assert len(watchdogs(layout)) == 1
    first.kill()
    second.kill()
    until(lambda: not alive(before["postmaster"]))


def test_a_pid_file_that_names_somebody_else_is_no_obstacle(own: Callable[..., Any], layout: Layout) -> None:
    """After a reboot the number in a stale pid file may be any process, even one of the same user."""
    owner = own()
    owner.read()
    assert owner.leave() is True
    holder = layout.pgdata.stat()
    arguments: dict[str, Any] = {"user": holder.st_uid} if holder.st_uid != os.geteuid() else {}
    with subprocess.Popen(["sleep", "60"], **arguments) as stranger:
        pid_file = layout.pgdata / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{layout.pgdata}\n1\n5432\n{layout.root}/run\n\n0 0\nready   \n")
        os.chown(pid_file, holder.st_uid, holder.st_gid)
        again = own()
        assert isinstance(again.read()["postmaster"], int)
        assert stranger.poll() is None
        assert again.leave() is True
        stranger.kill()


async def test_a_lost_password_file_is_made_again(layout: Layout) -> None:
    """Whoever owns the files owns the cluster, so a new password is simply set."""
    cluster = await start(layout.root.parent, durable=False)
    old = cluster.dsn()
    await cluster.release()
    layout.password.unlink()
    cluster = await start(layout.root.parent, durable=False)
    try:
        assert cluster.dsn() != old
        assert await ask(cluster.dsn(), "SELECT 1") == 1
    finally:
        await cluster.release()


async def test_a_long_path_gets_a_short_socket_directory(data_dir: Path) -> None:
    """A socket address holds about a hundred bytes; the directory goes away with the server."""
    deep = data_dir.joinpath(*["a-directory-with-a-long-name"] * 6)
    cluster = await start(deep, durable=False)
    assert len(str(socket_in(cluster.socket_dir))) <= LONGEST_SOCKET_PATH < len(str(deep))
    assert await ask(cluster.dsn(), "SELECT 1") == 1
    assert stat.S_IMODE(cluster.socket_dir.stat().st_mode) == 0o700
    await cluster.release()
    assert not cluster.socket_dir.exists()


async def test_a_path_may_hold_any_character(data_dir: Path) -> None:
    """Blanks, apostrophes, commas and letters beyond ASCII need no care from the operator."""
    cluster = await start(data_dir / "Müller's, data = 100%", durable=False)
    assert await ask(cluster.dsn(), "SELECT 1") == 1
    assert await cluster.release() is True


def test_an_ordinary_user_needs_no_privilege(own: Callable[..., Any], data_dir: Path) -> None:
    """Without root nothing is copied and PostgreSQL runs as that user (when we are root, we become one for this)."""
    if os.geteuid() != 0:
        pytest.skip("this run is that of an ordinary user already")
    user = pwd.getpwnam("nobody")
    become: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    interpreters = [sys.executable, *filter(None, [shutil.which(version, path="/usr/local/bin:/usr/bin")])]
    libraries = sysconfig.get_path("purelib")
    environment = {"PYTHONPATH": f"{SOURCES}:{libraries}", "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    for python in interpreters:
        try:
            subprocess.run([python, "-c", "import asyncpg"], env=environment, cwd="/", check=True, **become)
            break
        except (OSError, subprocess.CalledProcessError):
            continue
    else:
        pytest.skip("no Python with asyncpg that the user nobody can read")
    home = data_dir / "home"
    home.mkdir(mode=0o700)
    os.chown(home, user.pw_uid, user.pw_gid)
    owner = own(home / "provisor", command=(python,), env=environment, cwd="/", **become)
    said = owner.read()
    assert Path(f"/proc/{said['postmaster']}").stat().st_uid == user.pw_uid
    assert not list(home.rglob("bin-*"))
    assert owner.leave() is True


async def ask(dsn: str, query: str) -> Any:
    """One value from the database."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def until(condition: Callable[[], Any], seconds: float = 20) -> None:
    """Waits for a true answer, and fails when none comes in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not yet buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def watchdogs(layout: Layout) -> list[int]:
    """The processes that watch over a data directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"provisor.postgres.watchdog" in words and os.fsencode(layout.root.parent) in words:
            found.append(int(entry.name))
    return found
