"""Black-box checks for any SCIM server: suites are data, a runner carries them out, renderings show what was found."""

from provisor.conformance.report import Report, StepResult, SuiteResult
from provisor.conformance.runner import Target, Unreachable, check
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template, Verdict
from provisor.conformance.suites.catalogue import SUITES, chosen

__all__ = [
    "SUITES",
    "Assertion",
    "Level",
    "Report",
    "Source",
    "Step",
    "StepResult",
    "Suite",
    "SuiteResult",
    "Target",
    "Template",
    "Unreachable",
    "Verdict",
    "check",
    "chosen",
]
