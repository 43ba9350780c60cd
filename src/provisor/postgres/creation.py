"""Makes the files of a cluster: directories, password, configuration, and PGDATA by initdb.

Starts no server, and writes nothing into PGDATA itself: that directory belongs to another user.
"""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from provisor.postgres.account import Account
from provisor.postgres.binaries import Binaries
from provisor.postgres.errors import ClusterError
from provisor.postgres.layout import PORT, Layout
from provisor.postgres.postmaster import clean_environment

ROLE = "provisor"
SUPERUSER = "postgres"

# A small machine with our load: short transactions, narrow hot tables, a few dozen connections.
SETTINGS = """\
# Written by Provisor at every start. Your own settings belong into local.conf beside this file: it is read last.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_dir}'
hba_file = {hba}
ident_file = {ident}
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = '128MB'
effective_cache_size = '512MB'
work_mem = '8MB'
maintenance_work_mem = '64MB'
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 0
max_logical_replication_workers = 0
checkpoint_timeout = '15min'
max_wal_size = '1GB'
autovacuum_naptime = '15s'
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
log_checkpoints = off
# Statements and error details carry people's attributes, which do not belong into a log file.
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
{durability}{include}"""
NOT_DURABLE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\n"


def prepare_root(layout: Layout) -> None:
    """Creates the directories that are missing; those that exist keep their modes, whatever they are."""
    data_dir = layout.root.parent
    for place in [*reversed(data_dir.parents), data_dir, layout.root]:
        if place.exists():
            continue
        # Others may pass through: as root, PostgreSQL runs as one of them. The secrets inside are 0600 themselves.
        mode = 0o711 if place in (data_dir, layout.root) else 0o755
        try:
            place.mkdir()
        except FileExistsError:
            continue
        place.chmod(mode)
    if (owner := layout.root.stat().st_uid) != os.geteuid():
        raise ClusterError(
            f"{layout.root} belongs to another user (uid {owner}). Run Provisor as that user, or choose another place "
            "with --data-dir."
        )


def prepare_socket_dir(layout: Layout, account: Account) -> Path:
    """A 0700 directory of the account; one that somebody else made in its place is refused."""
    directory = layout.socket_dir()
    try:
        directory.mkdir(mode=0o700)
        if account.differs:
            os.chown(directory, account.uid, account.gid)
    except FileExistsError:
        pass
    status = directory.lstat()
    if directory.is_symlink() or status.st_uid != account.uid or status.st_mode & 0o077:
        raise ClusterError(
            f"The socket directory {directory} must be a directory of user {account.name} with mode 0700, "
            "but it is not. Remove it and start again."
        )
    return directory


def read_password(layout: Layout) -> str:
    """The role's password; made once, readable only for us."""
    try:
        return layout.password.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        password = secrets.token_urlsafe(32)
        write_file(layout.password, password + "\n", mode=0o600)
        return password


def initialise(layout: Layout, binaries: Binaries, account: Account, *, durable: bool) -> None:
    """Runs initdb aside and renames, so that an interrupted first start leaves nothing half-made."""
    shutil.rmtree(layout.unfinished, ignore_errors=True)
    layout.unfinished.mkdir(mode=0o700)
    if account.differs:
        os.chown(layout.unfinished, account.uid, account.gid)
    # The builtin locale treats all of Unicode and changes with no operating system upgrade.
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    answer = subprocess.run(
        [
            binaries.path("initdb"),
            f"--pgdata={layout.unfinished}",
            f"--username={SUPERUSER}",
            # Our own pg_hba.conf decides; this is the file that initdb leaves behind, unused.
            "--auth=reject",
            "--encoding=UTF8",
            *(builtin if binaries.major >= 17 else ["--locale=C.UTF-8"]),
            "--data-checksums",
            "--no-instructions",
            *([] if durable else ["--no-sync"]),
        ],
        cwd="/",
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **account.process_arguments(),
    )
    if answer.returncode != 0:
        shutil.rmtree(layout.unfinished, ignore_errors=True)
        raise ClusterError(f"initdb could not create {layout.pgdata}: {answer.stderr.strip()[-1500:]}")
    layout.unfinished.rename(layout.pgdata)


def write_configuration(layout: Layout, account: Account, socket_dir: Path, *, durable: bool) -> None:
    """The application's role comes in by password only, the superuser only as the operating-system user itself."""
    settings = SETTINGS.format(
        port=PORT,
        socket_dir=socket_dir,
        hba=_quoted(layout.hba),
        ident=_quoted(layout.ident),
        durability="" if durable else NOT_DURABLE,
        include=f"include = {_quoted(layout.local_config)}\n" if layout.local_config.exists() else "",
    )
    write_file(layout.config, settings, mode=0o644)
    write_file(layout.hba, f"local all {ROLE} scram-sha-256\nlocal all {SUPERUSER} peer map=admin\n", mode=0o644)
    # The owner of this process: root where PostgreSQL runs as somebody else.
    owners = sorted({account.name, "root"} if account.differs else {account.name})
    write_file(layout.ident, "".join(f'admin "{owner}" {SUPERUSER}\n' for owner in owners), mode=0o644)
    write_file(layout.account, account.name + "\n", mode=0o644)


def write_file(path: Path, text: str, *, mode: int) -> None:
    """Replaces the file in one step, with the mode it is to have from its first byte on."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    unfinished.replace(path)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
