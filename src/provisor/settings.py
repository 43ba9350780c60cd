"""Every setting, its default and its bounds; read from flags first, then from the environment.

A setting's environment variable is `PROVISOR_` and its name in capitals. Secrets are never shown by repr.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

PREFIX = "PROVISOR_"


class SettingsError(Exception):
    """A setting has a value that cannot be used; the message names the setting and what it takes."""


def setting(
    default: Any, about: str, *, least: float | None = None, most: float | None = None, secret: bool = False
) -> Any:
    """A settings field with its description and bounds."""
    return field(default=default, repr=not secret, metadata={"about": about, "least": least, "most": most})


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: Path | None = setting(None, "Where the embedded database, keys and tokens live.")
    database_url: str | None = setting(None, "Your own PostgreSQL instead of the embedded one.", secret=True)
    database_listen_url: str | None = setting(
        None, "A direct address for LISTEN when database_url goes through PgBouncer.", secret=True
    )
    database_pool: int = setting(10, "Connections of the API to the database.", least=2, most=90)
    worker_pool: int = setting(4, "Connections of the worker to the database.", least=2, most=90)
    statement_cache: int = setting(
        200, "Prepared statements kept per connection; 0 behind PgBouncer.", least=0, most=10_000
    )
    bootstrap_token: str | None = setting(None, "An API token that exists from the first start.", secret=True)
    secret_key: str | None = setting(None, "Key that seals app credentials: 32 bytes, base64 or hex.", secret=True)
    egress_allow: tuple[Network, ...] = setting((), "CIDRs that apps may live in beyond public addresses.")
    request_timeout: float = setting(
        60.0, "Seconds of silence after which an app has not answered.", least=0.1, most=3600
    )
    lookup_delay: float = setting(
        5.0, "Seconds before looking after a create whose answer was lost.", least=0.0, most=3600
    )
    backoff_first: float = setting(
        1.0, "Seconds before the first repeat of what can only be waited for.", least=0.01, most=3600
    )
    backoff_most: float = setting(300.0, "Longest wait between repeats, in seconds.", least=0.01, most=86_400)
    task_after: int = setting(10, "Repeats after which an administrator gets a task.", least=1, most=1000)
    plan_hours: float = setting(
        24.0, "Hours in which a plan of a change can be applied, or its trial begun.", least=0.01, most=8760
    )
    trial_people: int = setting(
        3, "A trial of a mapping stops when more of its people than this cannot be served ...", least=0, most=1_000_000
    )
    trial_percent: int = setting(5, "... or more than this share of them.", least=0, most=100)
    overwrite_window: float = setting(
        3600.0, "Seconds within which an attribute's overwritten values in an app are counted.", least=1, most=604_800
    )
    lease_seconds: float = setting(15.0, "After how long a silent worker loses its apps.", least=0.5, most=600)
    rescan_seconds: float = setting(
        15.0, "How often a worker looks for work that no NOTIFY announced.", least=0.1, most=600
    )
    public_url: str | None = setting(
        None, "Address under which administrators reach the console; that of each request if unset."
    )
    expiry_notice_days: int = setting(
        14, "Days before an app's credentials end from which administrators are told.", least=1, most=365
    )
    api_rate_limit: int = setting(12_000, "Requests a minute and token; 0 = no limit.", least=0)
    sign_in_attempts: int = setting(
        10, "Wrong passwords after which a login is locked for the rest of the window.", least=1, most=1000
    )
    sign_in_window: int = setting(
        900, "Seconds in which wrong passwords are counted, from the first of them.", least=1, most=86_400
    )
    session_idle_minutes: int = setting(
        120, "Minutes without a request after which a person is signed out.", least=1, most=10_080
    )
    session_max_hours: int = setting(24, "Hours after which a person signs in again in any case.", least=1, most=720)
    api_max_body: int = setting(10_485_760, "Largest request body in bytes.", least=1024)
    upload_max_bytes: int = setting(33_554_432, "Largest file of people that the console takes, in bytes.", least=1024)
    log_level: str = setting("INFO", "DEBUG, INFO, WARNING or ERROR.")

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ, **flags: Any) -> Settings:
        """Settings from flags (None = not given) and environment; raises `SettingsError`."""
        values: dict[str, Any] = {}
        for each in fields(cls):
            given = flags.get(each.name)
            text = environment.get(PREFIX + each.name.upper())
            if given is not None:
                values[each.name] = given
            elif text:
                values[each.name] = _parse(each.name, str(each.type), text)
            _check(each.name, values.get(each.name), each.metadata)
        return cls(**values)


def _parse(name: str, kind: str, text: str) -> Any:
    variable = PREFIX + name.upper()
    try:
        if kind.startswith("tuple"):
            return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
        if name == "public_url" and not text.startswith(("https://", "http://")):
            raise ValueError("it has to begin with https://")
        if kind.startswith("Path"):
            return Path(text).expanduser()
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
    except ValueError as problem:
        raise SettingsError(f"{variable}={text!r} cannot be used: {problem}.") from None
    return text


def _check(name: str, value: Any, bounds: Mapping[str, Any]) -> None:
    least, most = bounds["least"], bounds["most"]
    if value is None or isinstance(value, (str, Path, tuple)):
        return
    if (least is not None and value < least) or (most is not None and value > most):
        allowed = f"at least {least}" + (f" and at most {most}" if most is not None else "")
        raise SettingsError(f"{PREFIX}{name.upper()}={value} is out of bounds: it takes {allowed}.")
