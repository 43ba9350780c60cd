"""Reports for people and programs, each a pure function of a `Report`: terminal text, JSON, JUnit XML, HTML."""

from provisor.conformance.rendering.html import render_html
from provisor.conformance.rendering.json import render_json
from provisor.conformance.rendering.junit import render_junit
from provisor.conformance.rendering.text import describe_step, describe_summary, step_line

__all__ = ["describe_step", "describe_summary", "render_html", "render_json", "render_junit", "step_line"]
