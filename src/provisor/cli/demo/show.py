"""How the demo looks: headings, plans, and what arrived where, in how long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

VERBS = {
    "CREATE_OR_LINK": ("create", "green"),
    "UPDATE": ("update", "yellow"),
    "REACTIVATE": ("switch on", "green"),
    "DEACTIVATE": ("switch off", "red"),
    "NOTHING": ("nothing", "bright_black"),
    "WAIT": ("wait", "bright_black"),
    "BLOCKED": ("blocked", "red"),
}


class Show:
    """Prints to standard output; knows nothing of what it prints about."""

    def __init__(self, color: bool) -> None:
        self._color: bool | None = None if color else False
        self._act = 0

    def line(self, text: str = "", **style: Any) -> None:
        click.echo(click.style(text, **style), color=self._color)

    def act(self, title: str) -> None:
        self._act += 1
        self.line()
        self.line(f"{self._act}. {title}", bold=True)

    def plan(self, operations: Iterable[Mapping[str, Any]]) -> None:
        """What would be sent, before it is: app by app, value by value, with its source."""
        self.line("   The plan:", fg="bright_black")
        for operation in operations:
            verb, color = VERBS[operation["operation"]]
            label = operation["app"]["label"]
            self.line(f"     {label:<5} {click.style(verb, fg=color)}: {operation['reason']}")
            if operation["operation"] == "CREATE_OR_LINK":
                self.line(f"           with {len(operation['changes'])} values", fg="bright_black")
                continue
            for change in operation["changes"]:
                self.line(f"           {_change(change)}")

    def values(self, values: Iterable[Mapping[str, Any]]) -> None:
        """Why each value of an account is what it is."""
        for value in values:
            shown = str(value["after"])[:32]
            source = value["source"] or "constant"
            event = f"   {value['event']}" if value["event"] else ""
            self.line(f"     {value['attribute']:<19} {shown:<33} {source:<21}{click.style(event, fg='bright_black')}")

    def arrived(self, what: str, seconds: float) -> None:
        amount = f"{seconds * 1000:,.0f} ms" if seconds < 2 else f"{seconds:,.1f} s"
        self.line(f"     {click.style('✓', fg='green')} {what} {click.style('after ' + amount, fg='bright_black')}")

    def failed(self, what: str) -> None:
        self.line(f"     {click.style('✗', fg='red')} {what}")


def _change(change: Mapping[str, Any]) -> str:
    source = f"   ({change['source']})" if change["source"] else ""
    return f"{change['attribute']}: {_value(change['before'])} → {_value(change['after'])}{source}"


def _value(value: Any) -> str:
    return "–" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def stopwatch() -> Callable[[], float]:
    """Seconds since now."""
    started = time.perf_counter()
    return lambda: time.perf_counter() - started
