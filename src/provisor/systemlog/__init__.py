"""The catalogue of System Log events and their shape."""

from provisor.systemlog.catalogue import EventType, Severity
from provisor.systemlog.event import Event, Outcome

__all__ = ["Event", "EventType", "Outcome", "Severity"]
