"""Sealing, and where the key comes from. Nothing here needs a database."""

import base64
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisor.services.secrets import KEY_FILE, KeyUnusable, NotReadable, Sealer, load_or_create_key, parse_key
from provisor.settings import Settings, SettingsError

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_what_is_sealed_opens_again(plaintext, name, row_id):
    """Sealing and opening are inverses."""
    sealer = Sealer(KEY)
    assert sealer.open(name, row_id, sealer.seal(name, row_id, plaintext)) == plaintext


def test_a_sealed_value_does_not_show_its_plaintext_and_is_never_the_same_twice():
    """Each sealing draws a new nonce."""
    sealer = Sealer(KEY)
    one, two = sealer.seal("n", "r", b"hunter2"), sealer.seal("n", "r", b"hunter2")
    assert one != two
    assert b"hunter2" not in one


@pytest.mark.parametrize(("name", "row_id"), [("n", "other"), ("other", "r"), ("nr", ""), ("", "nr")])
def test_a_sealed_value_opens_only_where_it_belongs(name, row_id):
    """Copying a sealed value into another row or column gains nothing."""
    sealer = Sealer(KEY)
    with pytest.raises(NotReadable, match="belongs elsewhere"):
        sealer.open(name, row_id, sealer.seal("n", "r", b"x"))


def test_every_changed_byte_is_noticed():
    """The format byte, the key's id, the nonce, the text and the tag are all checked."""
    sealer = Sealer(KEY)
    sealed = sealer.seal("n", "r", b"hunter2")
    for index in range(len(sealed)):
        with pytest.raises(NotReadable):
            sealer.open("n", "r", sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :])
        with pytest.raises(NotReadable):
            sealer.open("n", "r", sealed[:index])


def test_another_key_is_told_apart_from_a_changed_value():
    """The message says that the key is another, so that nobody looks for corruption."""
    with pytest.raises(NotReadable, match="another key"):
        Sealer(bytes(32)).open("n", "r", Sealer(KEY).seal("n", "r", b"x"))


def test_a_sealer_shows_only_its_fingerprint():
    """Neither repr nor fingerprint contains the key."""
    sealer = Sealer(KEY)
    assert repr(sealer) == f"Sealer({sealer.fingerprint})"
    assert KEY.hex()[:8] not in repr(sealer)


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(KEY).decode(),
        base64.b64encode(KEY).decode().rstrip("="),
        base64.urlsafe_b64encode(KEY).decode(),
        KEY.hex(),
        f" {KEY.hex().upper()}\n",
    ],
)
def test_a_key_is_read_from_base64_and_hex(text):
    """Either alphabet, with or without padding."""
    assert parse_key(text) == KEY


@pytest.mark.parametrize("text", ["", "short", KEY.hex()[:-1], "ü" * 32, base64.b64encode(KEY + b"x").decode()])
def test_a_malformed_key_is_refused_without_being_repeated(text):
    """The message says how to make one and never shows what was given."""
    with pytest.raises(SettingsError) as refusal:
        parse_key(text)
    assert "openssl rand -base64 32" in str(refusal.value)
    assert not text or text not in str(refusal.value)


def test_the_first_start_makes_a_key_that_only_its_owner_can_read(tmp_path):
    """The file is 0600, and later starts read the same key."""
    key = load_or_create_key(Settings(), tmp_path, None)
    assert len(key) == 32
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert load_or_create_key(Settings(), tmp_path, Sealer(key).fingerprint) == key
    assert os.listdir(tmp_path) == [KEY_FILE]


def test_processes_that_start_at_once_get_one_key(tmp_path):
    """Of several that find no key, one makes it and all use it."""
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: load_or_create_key(Settings(), tmp_path, None), range(8)))
    assert len(keys) == 1


def test_a_setting_comes_before_the_file(tmp_path):
    """`PROVISOR_SECRET_KEY` is used as it is and no file is made."""
    assert load_or_create_key(Settings(secret_key=KEY.hex()), tmp_path, None) == KEY
    assert os.listdir(tmp_path) == []


def test_without_the_key_of_a_used_database_no_new_one_is_made(tmp_path):
    """A second machine refuses, and says what to copy where."""
    with pytest.raises(KeyUnusable, match=f"copy {KEY_FILE} .* to {tmp_path}"):
        load_or_create_key(Settings(), tmp_path, "0123456789abcdef")
    assert os.listdir(tmp_path) == []


def test_without_a_place_for_a_key_none_is_made():
    """With one's own database and no data directory the setting is asked for."""
    with pytest.raises(KeyUnusable, match="PROVISOR_SECRET_KEY"):
        load_or_create_key(Settings(), None, None)


def test_a_damaged_key_file_is_not_replaced(tmp_path):
    """What is there may still be needed to open what was sealed."""
    (tmp_path / KEY_FILE).write_text("damaged")
    with pytest.raises(KeyUnusable, match="Restore it"):
        load_or_create_key(Settings(), tmp_path, None)
    assert (tmp_path / KEY_FILE).read_text() == "damaged"
