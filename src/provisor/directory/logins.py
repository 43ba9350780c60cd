"""Decides when two logins are the same: case and diacritics are ignored.

Folding happens here and never in a database collation, so that an upgrade of either cannot change who is who; the
version is stored beside every folded login.
"""

from __future__ import annotations

import unicodedata

FOLD_VERSION = 1
"""Rises when `fold` changes; stored logins are then folded anew by a migration."""


def fold(login: str) -> str:
    """The form under which a login is unique.

    >>> fold("José@Example.com")
    'jose@example.com'
    """
    if login.isascii():
        return login.lower()
    previous = None
    # Case folding can bring forth characters that decompose again (U+0345), so go on until nothing changes.
    while login != previous:
        previous = login
        decomposed = unicodedata.normalize("NFKD", login)
        login = "".join(each for each in decomposed if not unicodedata.combining(each)).casefold()
    return login
