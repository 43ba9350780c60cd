"""What the console's pages work with; made once by `wiring`."""

from __future__ import annotations

from dataclasses import dataclass

from provisor.console.live import Live
from provisor.console.rendering import Renderer
from provisor.services.connecting import ConnectorFactory
from provisor.services.work import Database
from provisor.settings import Settings


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    database: Database
    settings: Settings
    connectors: ConnectorFactory
    live: Live
    renderer: Renderer
