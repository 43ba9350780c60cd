"""A server that we did not write: `scim2-server` from PyPI, with what it is known to do differently."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.foreign.scim2 import OtherServer, scim2_server

from provisor.conformance import Verdict


@pytest.fixture
def other() -> Iterator[OtherServer]:
    """The server as strict as it comes, over real HTTP."""
    with scim2_server() as other:
        yield other


async def test_scim2_server(checking: Any, other: OtherServer) -> None:
    """It conforms but for its ServiceProviderConfig, which leaves out the required authenticationSchemes.

    It refuses attributes that it does not know, which a server may, and some of what only Entra ID sends.
    """
    report = await checking.run(other.url, other.token)
    assert checking.found(report, Verdict.CHECKER_ERROR) == []
    assert checking.found(report, Verdict.FAILED) == ["discovery/config-content"]
    (failed,) = [each for each in report.steps() if each.verdict is Verdict.FAILED]
    assert [each.text for each in failed.broken] == ["authenticationSchemes is an array"]
    assert checking.found(report, Verdict.DEVIATION) == [
        "entra/create-by-path",
        "entra/remove-member",
        "entra/create-group",
    ]
    assert [each for each in checking.found(report, Verdict.ACCEPTABLE) if not each.endswith("-shown")] == [
        "errors/unknown-attribute",
        "entra/manager",
    ]
    assert not any(each.left_behind for each in report.suites)
