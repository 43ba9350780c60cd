"""Reads the `credentials` of a user's body: a password in the clear, a recovery question, who knows the password."""

from __future__ import annotations

from typing import Any

from provisor.api.errors import ApiError
from provisor.directory.user import OURS, Provider, ProviderType
from provisor.services.users import Credentials


def read_credentials(body: dict[str, Any], *, federated: bool) -> Credentials:
    """What of `credentials` is acted on. A password given as a hash or a hook is ignored."""
    given = read_part(body, "credentials", "credentials")
    password = read_part(given, "password", "credentials.password").get("value")
    if password is not None and not isinstance(password, str):
        raise refused("password", "must be a text")
    recovery = read_part(given, "recovery_question", "credentials.recovery_question")
    question, answer = recovery.get("question"), recovery.get("answer")
    if answer is not None and not (isinstance(question, str) and isinstance(answer, str)):
        raise refused("recovery_question", "takes a question and an answer")
    return Credentials(
        password=password,
        recovery=(question, answer) if isinstance(question, str) and isinstance(answer, str) else None,
        provider=read_provider(given) if federated else OURS,
    )


def read_provider(given: dict[str, Any]) -> Provider:
    """The provider; it counts only when the request says `provider=true`."""
    provider = read_part(given, "provider", "credentials.provider")
    try:
        kind = ProviderType(provider.get("type", ProviderType.FEDERATION))
    except ValueError:
        raise refused("provider", f"type must be one of {', '.join(ProviderType)}") from None
    name = provider.get("name", kind.value)
    if not isinstance(name, str) or len(name) > 255:
        raise refused("provider", "name must be a text of at most 255 characters")
    return Provider(kind, name)


def read_part(body: dict[str, Any], name: str, path: str) -> dict[str, Any]:
    part = body.get(name)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise refused(path, "must be an object")
    return part


def refused(path: str, message: str) -> ApiError:
    return ApiError("E0000001", path, [f"{path}: {message}"])
