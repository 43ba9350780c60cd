"""Keeps passwords from being guessed: counts attempts by login and by address, in the database, before they are made.

1. Counted first, so that a hundred attempts at once are a hundred attempts.
2. A login that nobody has is counted like any other: a refusal tells nothing.
3. An address may fail ten times as often as a login: many people can be behind one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from provisor.directory.logins import fold
from provisor.settings import Settings
from provisor.store import sign_in_failures as store
from provisor.store.database import Connection
from provisor.store.sign_in_failures import Count

LOGINS_PER_ADDRESS = 10


@dataclass(frozen=True, slots=True)
class SignInRules:
    """The settings that signing in obeys."""

    attempts: int = 10
    window: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(hours=2)
    life: timedelta = timedelta(hours=24)

    @classmethod
    def of(cls, settings: Settings) -> SignInRules:
        return cls(
            settings.sign_in_attempts,
            timedelta(seconds=settings.sign_in_window),
            timedelta(minutes=settings.session_idle_minutes),
            timedelta(hours=settings.session_max_hours),
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted, this attempt among it."""

    login: Count
    address: Count | None
    attempts: int

    @property
    def wait(self) -> float | None:
        """Seconds until another attempt is heard; None when this one is."""
        if self.login.failures > self.attempts:
            return self.login.remaining
        if self.address is not None and self.address.failures > self.attempts * LOGINS_PER_ADDRESS:
            return self.address.remaining
        return None

    @property
    def first_refused(self) -> bool:
        """Only this one is logged: a guesser must not be able to fill the System Log."""
        most = self.attempts * LOGINS_PER_ADDRESS
        return self.login.failures == self.attempts + 1 or (
            self.address is not None and self.address.failures == most + 1
        )

    @property
    def last(self) -> bool:
        """If this one fails too, the login is locked."""
        return self.login.failures == self.attempts


async def count(connection: Connection, login: str, ip: str | None, rules: SignInRules) -> Tally:
    """Count an attempt."""
    keys = [key_of_login(login), *([key_of_address(ip)] if ip else [])]
    counts = await store.count(connection, keys, rules.window)
    return Tally(counts[0], counts[1] if ip else None, rules.attempts)


async def succeeded(connection: Connection, login: str, ip: str | None) -> None:
    """Forget the failures of a login; an address keeps those of others."""
    await forget(connection, login)
    if ip:
        await store.take_back(connection, key_of_address(ip))


async def forget(connection: Connection, login: str) -> None:
    """Unlock a login."""
    await store.clear(connection, key_of_login(login))


def key_of_login(login: str) -> bytes:
    return hashlib.sha256(b"login " + fold(login).encode("utf-8", "surrogatepass")).digest()


def key_of_address(ip: str) -> bytes:
    """An IPv6 customer has 2^64 addresses, so they count as one."""
    try:
        address = ip_address(ip)
    except ValueError:
        return hashlib.sha256(b"address " + ip.encode("utf-8", "surrogatepass")).digest()
    packed = address.packed
    if isinstance(address, IPv6Address):
        packed = address.ipv4_mapped.packed if address.ipv4_mapped else packed[:8]
    return hashlib.sha256(b"address " + packed).digest()
