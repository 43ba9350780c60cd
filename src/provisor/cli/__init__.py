"""The command line: one module per command group."""

from provisor.cli.program import main

__all__ = ["main"]
