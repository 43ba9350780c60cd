"""Runs of suites against whatever a test names, and what they found in short."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from provisor.conformance import Report, Target, Verdict, check, chosen
from provisor.conformance.report import Judgement
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.scimserver.testing import Peer, running

LOOPBACK = EgressPolicy(parse_allow_list("127.0.0.0/8"))


async def run_check(url: str, token: str = "", *suites: str, timeout: float = 20, **given: Any) -> Report:
    """Run suites, or those that run by default, and return the report."""
    transport = AiohttpTransport(LOOPBACK, timeout=timeout)
    try:
        return await check(Target(transport, url, f"Bearer {token}" if token else ""), chosen(suites), **given)
    finally:
        await transport.close()


def found(report: Report, *verdicts: Verdict) -> list[str]:
    """The steps with one of these verdicts, as `suite/step`; being slow, as a busy machine may be, is none."""
    steps = [each for each in report.steps() if each.verdict in verdicts]
    return [f"{each.suite}/{each.id}" for each in steps if not each.broken or not all(map(about_time, each.broken))]


def about_time(judgement: Judgement) -> bool:
    """Whether an assertion is about how long the answer took."""
    return judgement.text.startswith("the answer takes less than")


@dataclass(frozen=True)
class Checking:
    """What a test needs to check a server."""

    run: Callable[..., Coroutine[Any, Any, Report]] = run_check
    found: Callable[..., list[str]] = found

    def now(self, url: str, token: str = "", *suites: str, **more: Any) -> Report:
        """Run from a test that is not asynchronous."""
        return asyncio.run(run_check(url, token, *suites, **more))


@pytest.fixture
def checking() -> Checking:
    """Runs suites."""
    return Checking()


@pytest.fixture(scope="session")
def shared() -> Iterator[Peer]:
    """One tolerant reference server in memory."""
    with running() as started:
        yield started


@pytest.fixture
def peer(shared: Peer) -> Peer:
    """The shared server, empty and well-behaved."""
    shared.reset()
    return shared
