"""Outbound decisions: what an app should hold, what it holds, what to do, what came of it. Pure."""
