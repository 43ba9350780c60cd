"""What a test of address and credentials is shown as: what was found, or whose fault it is and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from provisor.connector import ConfigError, PeerError, PeerNonconformant, PeerThrottled, PeerUnavailable
from provisor.services.connections import Findings, TestFailed


@dataclass(frozen=True, slots=True)
class TestResult:
    findings: Findings | None = None
    title: str = ""
    said: str = ""
    """What went wrong, in the app's own words where it has some."""
    advice: str = ""


FAULTS: dict[type[PeerError], tuple[str, str]] = {
    ConfigError: (
        "The settings do not serve",
        "This has to be corrected here, or in what the app permits: check the base URL and the credentials.",
    ),
    PeerThrottled: (
        "The app asks for patience",
        "The app is at its limit for requests. Wait a moment and test again; the settings may well be right.",
    ),
    PeerUnavailable: (
        "The app cannot be reached, or fails by itself",
        "Check that the base URL is right and the app is up; if both are so, ask whoever runs the app.",
    ),
    PeerNonconformant: (
        "The app answers, but not as SCIM asks",
        "Something answers at this address that is not a SCIM 2.0 endpoint, or has a defect. Check the base URL; "
        "it often ends in /scim/v2. If it is right, show these words to whoever runs the app.",
    ),
}
REFUSED = (
    "The app refuses the request",
    "It answers to the address and the credentials, but not to the question for its users. Ask whoever runs the app.",
)


def failed(problem: TestFailed) -> TestResult:
    """Whose fault it is, in the peer's own words, and what to do."""
    title, advice = next((words for kind, words in FAULTS.items() if isinstance(problem.problem, kind)), REFUSED)
    return TestResult(None, title, str(problem), advice)


def incomplete(sentence: str) -> TestResult:
    """Nothing was asked, because the form lacks something."""
    return TestResult(None, "Not tested", "", sentence)
