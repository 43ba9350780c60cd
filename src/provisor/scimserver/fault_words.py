"""Faults in words, as the command line takes them: `429 retry-after=30 method=POST path=/Users count=3`.

The first word says what goes wrong, the others how and when; `faults` carries it out.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from provisor.scim.errors import ScimError
from provisor.scim.messages import error_response

from .faults import Rule

_HTML: Final = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>nginx</body></html>"
_SECONDS: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s)?\Z")
_WHEN: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "method": ("method", str.upper),
    "path": ("path", str),
    "count": ("count", int),
    "skip": ("skip", int),
    "chance": ("probability", float),
}
WORDS: Final = """\
429 [retry-after=SECONDS|date+SECONDS|TEXT]   throttled, with each form of Retry-After or without one
500 [before|after], or another status         an error, without or after carrying the request out
html [STATUS]                                 an HTML error page, as proxies send
latency TIME [before|after]                   waits before or after carrying the request out; 250ms, 2s
drop [before|after]                           closes the connection without an answer
stale-etag                                    names the version before the current one
truncated-page | duplicated-page              a page without its second half, or with its first resource twice
total=NUMBER                                  adds to totalResults
user-names=lower|upper|swapped                gives userNames back in another case
no-patch                                      501 for every PATCH
empty-body | quoted-numbers                   an answer without a body, or with numbers as text
and when: method=POST path=REGEX count=N skip=N chance=0.1"""


def parse_fault(text: str) -> Rule:
    """Read a fault, or raise ValueError with a sentence."""
    words = text.split()
    if not words:
        raise ValueError("a fault needs a word that says what goes wrong")
    named = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    plain = [word for word in words[1:] if "=" not in word]
    fields: dict[str, Any] = {}
    for key in list(named):
        if key in _WHEN:
            field, read = _WHEN[key]
            fields[field] = _read(read, named.pop(key), key)
    fields |= _what(words[0], plain, named)
    if plain or named:
        raise ValueError(f"{text!r}: {(plain or list(named))[0]!r} says nothing to {words[0]!r}")
    try:
        return Rule(**fields)
    except re.error as problem:
        raise ValueError(f"{text!r}: path is no regular expression: {problem}") from None


def _what(word: str, plain: list[str], named: dict[str, str]) -> dict[str, Any]:
    """Read what goes wrong; uses up the words it understands."""
    match word.partition("="):
        case "429", _, _:
            return _error(429) | _retry_after(named.pop("retry-after", None))
        case status, "", _ if re.fullmatch(r"[45]\d\d", status):
            return _error(int(status)) | {"execute": _moment(plain) == "after"}
        case "html", _, _:
            code = int(plain.pop(0)) if plain and plain[0].isdigit() else 502
            return {"status": code, "headers": {"content-type": "text/html"}, "body": _HTML.format(code)}
        case "latency", _, _:
            seconds = _time(plain.pop(0) if plain else "")
            return {"delay_after" if _moment(plain) == "after" else "delay_before": seconds}
        case "drop", _, _:
            return {"drop": _moment(plain) or "before"}
        case "stale-etag", _, _:
            return {"stale_etag": True}
        case ("truncated-page" | "duplicated-page") as page, _, _:
            return {"page": page.removesuffix("-page")}
        case "total", _, number:
            return {"total": _read(int, number, "total")}
        case "user-names", _, case:
            return {"user_names": case or "lower"}
        case "no-patch", _, _:
            return {"method": "PATCH", **_error(501)}
        case "empty-body", _, _:
            return {"empty_body": True}
        case "quoted-numbers", _, _:
            return {"quoted_start_index": True}
    raise ValueError(f"nothing goes wrong in the way {word!r}; known are:\n{WORDS}")


def _error(status: int) -> dict[str, Any]:
    body = orjson.dumps(error_response(ScimError(status, "a fault that was asked for"))).decode()
    return {"status": status, "headers": {"content-type": "application/scim+json"}, "body": body}


def _retry_after(value: str | None) -> dict[str, Any]:
    if value is None:
        return {}
    if value.startswith("date+"):
        return {"retry_date": _read(float, value[5:], "retry-after=date+")}
    return {"headers": {"content-type": "application/scim+json", "retry-after": value}}


def _moment(plain: list[str]) -> str | None:
    return plain.pop(0) if plain and plain[0] in ("before", "after") else None


def _time(text: str) -> float:
    found = _SECONDS.match(text)
    if found is None:
        raise ValueError(f"latency needs a time such as 250ms or 2s, not {text!r}")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _read(read: Callable[[str], Any], text: str, name: str) -> Any:
    try:
        return read(text)
    except ValueError:
        raise ValueError(f"{name}: {text!r} is not a number") from None
