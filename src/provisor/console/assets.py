"""The files a page loads: ours and, below `vendor/`, those the build fetched. Addresses carry the content's hash.

A hashed address is cached for ever; every file is compressed once, at the start.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

ROOT = Path(__file__).parent / "static"
PREFIX = "/static/"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    packed: bytes
    media_type: str


class Assets:
    """An ASGI application below `/static/`."""

    def __init__(self, root: Path = ROOT) -> None:
        self._urls: dict[str, str] = {}
        self._files: dict[str, Asset] = {}
        for path in sorted(root.rglob("*")):
            if path.suffix in TYPES:
                self._add(path.relative_to(root).as_posix(), path.read_bytes(), path.suffix)

    @property
    def complete(self) -> bool:
        """Whether the build could fetch what it fetches; if not, pages come unstyled."""
        return "vendor/tabler.min.css" in self._urls

    def url(self, name: str) -> str:
        """Where a page finds the file of this name."""
        return self._urls.get(name, PREFIX + name)

    def _add(self, name: str, content: bytes, suffix: str) -> None:
        url = f"{PREFIX}{hashlib.sha256(content).hexdigest()[:12]}/{name}"
        self._urls[name] = url
        media_type = f"{TYPES[suffix]}; charset=utf-8"
        self._files[url] = Asset(content, gzip.compress(content, 6, mtime=0), media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asset = self._files.get(scope["path"])
        if asset is None:
            await Response("There is no such file.", 404)(scope, receive, send)
            return
        packs = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        if packs:
            headers["Content-Encoding"] = "gzip"
        content = asset.packed if packs else asset.content
        await Response(content, headers=headers, media_type=asset.media_type)(scope, receive, send)
