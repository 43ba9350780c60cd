"""The reference SCIM 2.0 server: `scim_app` over a storage of one's own, and what such a storage is made of."""

from .application import ScimApp, scim_app
from .auth import basic, bearer, raw_header
from .options import Limits, Options
from .passwords import Hasher
from .records import Label, Member, Record, make_record
from .storage import Found, Storage, label_of

__all__ = [
    "Found",
    "Hasher",
    "Label",
    "Limits",
    "Member",
    "Options",
    "Record",
    "ScimApp",
    "Storage",
    "basic",
    "bearer",
    "label_of",
    "make_record",
    "raw_header",
    "scim_app",
]
