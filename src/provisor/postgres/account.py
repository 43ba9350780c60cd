"""Decides which operating-system user runs PostgreSQL, and whether that user can reach a directory.

Changes no modes and creates no users: what cannot work is refused with a sentence.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisor.postgres.errors import ClusterError
from provisor.postgres.layout import Layout

PREFERRED = ("provisor", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int

    @property
    def differs(self) -> bool:
        """Whether PostgreSQL runs as somebody else than this process."""
        return self.uid != os.geteuid()

    def process_arguments(self) -> dict[str, Any]:
        """The `subprocess` arguments that run a child as this user, without any group of ours."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.differs else {}


def choose_account(layout: Layout) -> Account:
    """Ourselves, unless we are root: PostgreSQL refuses root, so the remembered or first preferred user runs it."""
    uid = os.geteuid()
    if uid != 0:
        return Account(_name_of(uid), uid, os.getegid())
    account = _remembered(layout) or _first_preferred()
    if layout.pgdata.exists() and (owner := layout.pgdata.stat().st_uid) != account.uid:
        raise ClusterError(
            f"{layout.pgdata} belongs to user {_name_of(owner)}, but {layout.account} says that {account.name} runs "
            f"PostgreSQL here. Run `chown -R {account.name} {layout.pgdata}`, or correct that file."
        )
    return account


def require_access(account: Account, directory: Path, advice: str) -> None:
    """Refuses a directory that the account cannot enter, naming the outermost one that is closed."""
    for place in [*reversed(directory.parents), directory]:
        try:
            status = place.stat()
        except FileNotFoundError:
            return
        if not _may_enter(account, status):
            raise ClusterError(
                f"PostgreSQL runs as user {account.name} here, because it refuses to run as root, and that user cannot "
                f"enter {place} (mode {stat.S_IMODE(status.st_mode):04o}). {advice}, "
                "or use a PostgreSQL of your own with PROVISOR_DATABASE_URL."
            )


def _may_enter(account: Account, status: os.stat_result) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _remembered(layout: Layout) -> Account | None:
    try:
        name = layout.account.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise ClusterError(
            f"{layout.account} says that user {name!r} runs PostgreSQL here, but there is no such user on this "
            f"machine. Create the user again, or write another name into that file and "
            f"`chown -R` {layout.pgdata} to it."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _first_preferred() -> Account:
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise ClusterError(
        f"PostgreSQL refuses to run as root, and none of the users {', '.join(PREFERRED)} exists to run it. "
        "Create the user provisor (`useradd --system provisor`), or set PROVISOR_DATABASE_URL."
    )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
