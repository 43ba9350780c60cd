"""Hashes passwords with argon2 in two threads: it costs 33 ms, so never inside a transaction or the event loop."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher

from provisor.services.errors import Invalid

LONGEST = 72
SHORTEST_ANSWER = 4
TEMPORARY = 16
"""Characters of a password that we choose."""

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
THREADS = ThreadPoolExecutor(2, thread_name_prefix="password")


async def hash_password(password: str) -> str:
    """The hash of a password; raises `Invalid` for one that cannot be used."""
    if not 1 <= len(password) <= LONGEST:
        raise Invalid.one("password", f"must have between 1 and {LONGEST} characters")
    return await hash_text(password)


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
