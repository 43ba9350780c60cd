"""The reference server before two judges we did not write: scim2-tester and scim-sanity."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server

from provisor.scim.policy import STRICT, TOLERANT, Policy
from provisor.scimserver.testing import Peer, running


def verdicts(peer: Peer) -> tuple[list[Any], int]:
    """Return the findings of scim2-tester that are neither success nor skipped, and the number of checks."""
    with httpx2.Client(base_url=peer.url, headers=peer.headers) as http:
        results = check_server(SyncSCIMClient(http))
    return [r for r in results if r.status.name not in ("SUCCESS", "SKIPPED")], len(results)


@pytest.mark.parametrize("policy", [STRICT, TOLERANT], ids=["strict", "tolerant"])
def test_scim2_tester_finds_nothing(policy: Policy) -> None:
    """All checks succeed, under either policy, when the PATCH of a group answers with its members."""
    with running(policy=policy, patch_shows_members=True) as peer:
        bad, number = verdicts(peer)
    assert [(result.title, result.reason) for result in bad] == []
    assert number > 100


def test_scim2_tester_finds_nothing_over_postgresql(database: str) -> None:
    """The storage makes no difference to what a client sees."""
    with running(database=database, patch_shows_members=True) as peer:
        bad, number = verdicts(peer)
    assert [(result.title, result.reason) for result in bad] == []
    assert number > 100


def test_scim2_tester_notices_only_the_members_that_are_left_out() -> None:
    """By default the one deviation is deliberate: 100,000 members are not repeated after each change."""
    with running() as peer:
        bad, _ = verdicts(peer)
    assert len(bad) == 2
    assert all("for 'members'" in str(result.reason) for result in bad)


def test_scim_sanity_finds_nothing() -> None:
    """The strict probe passes; what it skips are drafts this server does not implement."""
    program = Path(sys.executable).with_name("scim-sanity")
    with running() as peer:
        done = subprocess.run(
            [program, "probe", peer.url, "--token", peer.token, "--strict", "--json-output", "--i-accept-side-effects"],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    report = json.loads(done.stdout)
    failed = [result for result in report["results"] if result["status"] not in ("pass", "skip")]
    assert failed == []
    assert report["summary"]["passed"] >= 28
    assert all("Agent" in result["name"] for result in report["results"] if result["status"] == "skip")
