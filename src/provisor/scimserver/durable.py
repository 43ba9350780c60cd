"""Keeps accepted writes in a file: one JSON line each, written to the system before the client gets its answer.

A server killed at any moment loses nothing it has confirmed (the machine losing power is another matter: lines are not
fsynced). A torn last line belongs to a request nobody got an answer for and is cut off. One process per file.
"""

import fcntl
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import orjson

from .catalogue import Catalogue, is_group
from .memory import MemoryStorage
from .records import Member, Record, make_record
from .storage import StorageError


class DataFileError(StorageError):
    """The data file cannot be used; the message says why and what to do."""


class DurableStorage(MemoryStorage):
    """The memory storage, restored from and continued in a file."""

    def __init__(self, path: Path, catalogue: Catalogue | None = None, *, unique_group_names: bool = False) -> None:
        super().__init__(unique_group_names=unique_group_names)
        self._path = path
        self._catalogue = catalogue or Catalogue()
        self._fd = _open_locked(path)
        try:
            lines = self._load()
            if lines > 1000 and lines > 2 * self._live():
                self._compact()
        except BaseException:
            os.close(self._fd)
            raise
        self._size = os.lseek(self._fd, 0, os.SEEK_END)
        self.append = self._append

    async def close(self) -> None:
        """Release the file."""
        os.close(self._fd)

    def _append(self, action: str, record: Record, added: Sequence[Member], removed: Collection[str]) -> None:
        line = _line(action, record, added, removed)
        try:
            written = os.write(self._fd, line)
            if written != len(line):
                raise OSError(f"only {written} of {len(line)} bytes fit into {self._path}")
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size += len(line)

    def _load(self) -> int:
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._fd, whole)
        lines = content[:whole].splitlines()
        for number, line in enumerate(lines, 1):
            try:
                self.restore(*_parse(orjson.loads(line), self._catalogue))
            except (ValueError, KeyError, TypeError) as problem:
                raise DataFileError(
                    f"line {number} of {self._path} is not one of ours ({problem}); move the file away or name another"
                ) from problem
        return len(lines)

    def _live(self) -> int:
        return sum(len(self.snapshot(kind)) for kind in self._catalogue.kinds)

    def _compact(self) -> None:
        """Write what is alive to a new file and put it in the place of the old one."""
        fresh = self._path.with_name(self._path.name + ".new")
        with fresh.open("wb") as file:
            for kind in self._catalogue.kinds:
                for record in self.snapshot(kind):
                    members = self.snapshot_members(record.id) if is_group(kind) else []
                    file.write(_line("put", record, members, ()))
        fd = _open_locked(fresh)
        fresh.replace(self._path)
        os.close(self._fd)
        self._fd = fd


def _open_locked(path: Path) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise DataFileError(f"cannot open {path}: {problem.strerror}") from problem
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        os.close(fd)
        raise DataFileError(f"{path} is in use by another scim-server; stop it or name another file") from problem
    return fd


def _line(action: str, record: Record, added: Sequence[Member], removed: Collection[str]) -> bytes:
    entry: dict[str, Any] = {"do": action, "kind": record.kind.name, "id": record.id}
    if action == "put":
        entry |= {
            "seq": record.seq,
            "version": record.version,
            "created": record.created,
            "modified": record.modified,
            "password": record.password,
            "body": orjson.Fragment(record.body),
            "added": [[member.id, member.display, member.type] for member in added],
            "removed": list(removed),
        }
    return orjson.dumps(entry) + b"\n"


def _parse(entry: dict[str, Any], catalogue: Catalogue) -> tuple[str, Record, list[Member], list[str]]:
    kind = catalogue.by_name[entry["kind"]]
    if entry["do"] == "delete":
        return "delete", Record(kind, entry["id"], b"", (), "", "", ""), [], []
    record = make_record(kind, entry["id"], entry["body"], entry["created"], entry["modified"])
    record = record.changed(version=entry["version"], password=entry["password"], seq=entry["seq"])
    return "put", record, [Member(*member) for member in entry["added"]], entry["removed"]
