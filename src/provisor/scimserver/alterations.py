"""How a right answer is made wrong, as other servers get it wrong: pages, totals, versions, names, numbers, bodies."""

import email.utils
import re
import time
from collections.abc import Callable
from typing import Any, Final

import orjson

from .wire import Response

PAGES: Final = ("truncated", "duplicated")
CASES: Final[dict[str, Callable[[str], str]]] = {"lower": str.lower, "upper": str.upper, "swapped": str.swapcase}
_NUMBERS: Final = re.compile(rb'"(startIndex|totalResults|itemsPerPage)":(\d+)')
_VERSION: Final = re.compile(rb'W/(\\?)"(\d+)(\\?)"')


def retry_date(seconds: float) -> bytes:
    """Return the HTTP-date form of Retry-After (RFC 9110 §10.2.3)."""
    return email.utils.formatdate(time.time() + seconds, usegmt=True).encode()


def older_version(response: Response) -> Response:
    """Name the version before the current one, in the header and in the body."""

    def older(found: re.Match[bytes]) -> bytes:
        return b'W/%b"%d%b"' % (found[1], max(0, int(found[2]) - 1), found[3])

    headers = tuple(
        (name, _VERSION.sub(older, value) if name == b"etag" else value) for name, value in response.headers
    )
    return Response(response.status, _VERSION.sub(older, response.body), headers)


def quoted_numbers(body: bytes) -> bytes:
    """Send the numbers of a list as text."""
    return _NUMBERS.sub(rb'"\1":"\2"', body)


def falsified(response: Response, *, page: str | None, total: int, case: str | None) -> Response:
    """Change a JSON answer: its page, its total, the case of its userNames."""
    try:
        document = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return response
    resources = document.get("Resources")
    if isinstance(resources, list):
        if page is not None:
            document["Resources"] = _page(resources, page)
        if total and isinstance(document.get("totalResults"), int):
            document["totalResults"] = max(0, document["totalResults"] + total)
    if case is not None:
        for one in document.get("Resources") or [document]:
            _mangle(one, CASES[case])
    return Response(response.status, orjson.dumps(document), response.headers)


def _page(resources: list[Any], how: str) -> list[Any]:
    """Lose the second half, or show the first resource twice and the last one not at all; the total stays."""
    if how == "truncated":
        return resources[: len(resources) // 2]
    return [resources[0], *resources[:-1]] if resources else resources


def _mangle(resource: Any, case: Callable[[str], str]) -> None:
    if isinstance(resource, dict) and isinstance(resource.get("userName"), str):
        resource["userName"] = case(resource["userName"])
