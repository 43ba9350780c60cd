"""`provisor demo`: the main job, shown on three real apps."""

from provisor.cli.demo.command import command

__all__ = ["command"]
