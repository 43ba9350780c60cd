"""Ids: their shape and their order."""

from provisor.directory.ids import DIGITS, IdSource, Prefix


def test_ids_of_one_process_rise_strictly():
    """Also within a millisecond, and when the clock goes back."""
    times = iter([5, 5, 5, 4, 6, 6])
    source = IdSource(lambda: next(times), lambda below: below - 1)
    made = [source.new(Prefix.USER) for _ in range(6)]
    assert made == sorted(set(made))


def test_an_id_is_a_prefix_and_17_characters():
    """Base62, so that it needs no encoding anywhere."""
    made = IdSource(lambda: 1_800_000_000_000, lambda below: 0).new(Prefix.GROUP)
    assert made.startswith("00g") and len(made) == 20
    assert set(made) <= set(DIGITS)
