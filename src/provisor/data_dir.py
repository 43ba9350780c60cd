"""The data directory as commands see it: where it is, the command-line token, where the server listens.

The token is 0600 from its first byte. The embedded database (`provisor.postgres`) and the key that seals secrets
(`provisor.services.secrets`) live in the same directory and are theirs.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from provisor.postgres.layout import default_data_dir


class DataDirError(Exception):
    """The data directory cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class DataDir:
    root: Path

    @classmethod
    def at(cls, chosen: Path | None) -> DataDir:
        """The directory chosen, else /var/lib/provisor for root and the XDG data directory for others."""
        return cls((chosen or default_data_dir()).expanduser().absolute())

    @property
    def cli_token(self) -> Path:
        """The API token that commands on this machine use."""
        return self.root / "cli-token"

    @property
    def server(self) -> Path:
        """Where the running server listens."""
        return self.root / "server.json"

    def make(self) -> None:
        """Create the directory if it is missing. Others may pass through it: as root, PostgreSQL is another user."""
        try:
            self.root.parent.mkdir(parents=True, exist_ok=True)
            self.root.mkdir(mode=0o711, exist_ok=True)
        except OSError as problem:
            raise DataDirError(
                f"The data directory {self.root} cannot be made: {problem.strerror}. Choose another with --data-dir "
                "or PROVISOR_DATA_DIR."
            ) from None
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise DataDirError(
                f"The data directory {self.root} is not writable for this user. Choose another with --data-dir or "
                "PROVISOR_DATA_DIR, or run Provisor as its owner."
            )

    def find_text(self, path: Path) -> str | None:
        """What one of the files holds; None when there is none, or when it is not for this user to read."""
        try:
            return path.read_text(encoding="utf-8").strip() or None
        except (FileNotFoundError, PermissionError, NotADirectoryError):
            return None

    def announce(self, url: str) -> None:
        """Tell commands on this machine where the server is."""
        write_private(self.server, json.dumps({"url": url, "pid": os.getpid()}))

    def withdraw(self) -> None:
        """The server is gone; another one that has announced itself since stays announced."""
        if self._announced().get("pid") == os.getpid():
            self.server.unlink(missing_ok=True)

    def find_url(self) -> str | None:
        """Where the server of this data directory said that it listens."""
        url = self._announced().get("url")
        return url if isinstance(url, str) else None

    def _announced(self) -> dict[str, object]:
        try:
            value = json.loads(self.find_text(self.server) or "{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; nobody else could ever read it."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
