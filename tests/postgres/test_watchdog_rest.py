"""The watchdog between two looks."""

import os
import select

from provisor.postgres.watchdog import rest


def test_news_of_a_childs_end_wakes_the_watchdog_once() -> None:
    """After it was woken nothing is left to wake it again: it rests, also after a crash."""
    reading, writing = os.pipe()
    os.write(writing, b"\x11\x11")
    rest(reading)
    assert select.select([reading], [], [], 0)[0] == []
    os.close(reading)
    os.close(writing)
