"""What is taken out of a request or an answer before anybody looks at it: credentials and passwords."""

from typing import Any, Final

import orjson

HIDDEN: Final = "[redacted]"
_HEADERS: Final = frozenset({b"authorization", b"cookie", b"proxy-authorization", b"set-cookie"})


def shown_headers(headers: list[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Return headers as text; of credentials only the scheme is left."""
    return tuple((name.decode("latin-1"), _header(name, value)) for name, value in headers)


def _header(name: bytes, value: bytes) -> str:
    text = value.decode("latin-1")
    if name not in _HEADERS:
        return text
    scheme, blank, _ = text.partition(" ")
    return f"{scheme} {HIDDEN}" if blank else HIDDEN


def shown_body(body: bytes) -> Any:
    """Return a JSON body without passwords; text that is no JSON as it is, unless it speaks of passwords."""
    if not body:
        return None
    try:
        return without_passwords(orjson.loads(body))
    except orjson.JSONDecodeError:
        pass
    if b"password" in body.lower():
        return HIDDEN
    return body.decode(errors="replace")


def without_passwords(value: Any) -> Any:
    """Return a JSON value in which nothing called password has a value, however it is written."""
    if isinstance(value, list):
        return [without_passwords(item) for item in value]
    if not isinstance(value, dict):
        return value
    at_password = "password" in str(value.get("path", "")).lower() or "password" in str(value.get("Path", "")).lower()
    return {
        key: HIDDEN if _is_secret(key, at_password) and item is not None else without_passwords(item)
        for key, item in value.items()
    }


def _is_secret(key: str, at_password: bool) -> bool:
    name = key.lower()
    return name == "password" or name.endswith(":password") or (at_password and name == "value")
