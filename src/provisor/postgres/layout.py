"""Where everything lives below the data directory, and where sockets go; touches no process and no content."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

PORT = 5432
LONGEST_SOCKET_PATH = 107 if os.uname().sysname == "Linux" else 103
PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.+-]+")


def default_data_dir() -> Path:
    """/var/lib/provisor for root, else the XDG data directory."""
    if os.geteuid() == 0:
        return Path("/var/lib/provisor")
    data_home = os.environ.get("XDG_DATA_HOME", "")
    home = Path(data_home) if data_home.startswith("/") else Path.home() / ".local" / "share"
    return home / "provisor"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one cluster; `root` is `<data directory>/pg`."""

    root: Path

    @classmethod
    def below(cls, data_dir: Path) -> "Layout":
        return cls(data_dir.expanduser().resolve() / "pg")

    @property
    def pgdata(self) -> Path:
        return self.root / "data"

    @property
    def unfinished(self) -> Path:
        """Where initdb works; renamed to `pgdata` only when it is complete."""
        return self.root / "data.new"

    @property
    def password(self) -> Path:
        return self.root / "password"

    @property
    def account(self) -> Path:
        return self.root / "user"

    @property
    def owner_lock(self) -> Path:
        """Held shared by every process that uses the cluster."""
        return self.root / "owner.lock"

    @property
    def start_lock(self) -> Path:
        """Held exclusively while the postmaster is started or stopped."""
        return self.root / "start.lock"

    @property
    def watchdog_lock(self) -> Path:
        return self.root / "watchdog.lock"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def config(self) -> Path:
        return self.root / "postgresql.conf"

    @property
    def local_config(self) -> Path:
        """The operator's own settings, read after ours and never written by us."""
        return self.root / "local.conf"

    @property
    def hba(self) -> Path:
        return self.root / "pg_hba.conf"

    @property
    def ident(self) -> Path:
        return self.root / "pg_ident.conf"

    @property
    def launch(self) -> Path:
        return self.root / "launch.json"

    def socket_dir(self) -> Path:
        """Below the data directory where the path fits a socket address and needs no quoting, else a short one."""
        preferred = self.root / "run"
        if PLAIN_PATH.fullmatch(str(preferred)) and len(str(socket_in(preferred))) <= LONGEST_SOCKET_PATH:
            return preferred
        name = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        uid = os.geteuid()
        if uid == 0 and os.access("/run", os.W_OK):
            return Path(f"/run/provisor-{name}")
        return Path(f"/tmp/provisor-{uid}-{name}")  # noqa: S108  (0700 and ours, or it is refused)


def socket_in(directory: Path) -> Path:
    return directory / f".s.PGSQL.{PORT}"
