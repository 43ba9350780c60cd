"""Hashes and compares passwords with argon2 in two threads: 33 ms each, so never in a transaction or the event loop."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from provisor.services.errors import Invalid

LONGEST = 72
SHORTEST_CHOSEN = 8
SHORTEST_ANSWER = 4
TEMPORARY = 16
"""Characters of a password that we choose."""

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$RSDxYSYhZR1T283JxsNaaA$AvntKnKmnhQt2mFplgwyN86fNLg4zOiehd+WCxtmLZA"
"""Hash of a long random text that nobody kept: what a password is compared with where there is none."""
THREADS = ThreadPoolExecutor(2, thread_name_prefix="password")


async def hash_password(password: str) -> str:
    """The hash of a password; raises `Invalid` for one that cannot be used."""
    if not 1 <= len(password) <= LONGEST:
        raise Invalid.one("password", f"must have between 1 and {LONGEST} characters")
    return await hash_text(password)


def check_chosen(password: str, name: str = "password") -> None:
    """Raise `Invalid` for a password that is too short or too long to be chosen by a person for themselves."""
    if not SHORTEST_CHOSEN <= len(password) <= LONGEST:
        raise Invalid.one(name, f"must have at least {SHORTEST_CHOSEN} and at most {LONGEST} characters")


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. It takes as long when there is none."""
    if password_hash is None or len(password) > LONGEST:
        password_hash, password = NOBODYS, ""
    try:
        return await asyncio.get_running_loop().run_in_executor(THREADS, HASHER.verify, password_hash, password)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


async def hash_recovery(question: str, answer: str) -> dict[str, str]:
    """A recovery question as it is stored."""
    if not question.strip():
        raise Invalid.one("recovery_question", "the question cannot be left blank")
    if not SHORTEST_ANSWER <= len(answer) <= 100:
        raise Invalid.one("recovery_question", f"the answer must have between {SHORTEST_ANSWER} and 100 characters")
    return {"question": question, "answer_hash": await hash_text(answer.strip().casefold())}


def temporary_password() -> str:
    return secrets.token_urlsafe(TEMPORARY * 3 // 4)


def one_time_token() -> str:
    return secrets.token_urlsafe(15)


async def hash_text(text: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(THREADS, HASHER.hash, text)
