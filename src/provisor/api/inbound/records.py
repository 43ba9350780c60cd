"""People and groups as the records of the SCIM server, and back. Pure; reads and stores nothing.

A record's `seq` has to fit into 64 bits and an id does not: it is the millisecond of the id, and how many ids of that
millisecond end with it. Records that no cursor goes on behind have none.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import orjson

from provisor.directory.ids import DIGITS, Prefix
from provisor.directory.profiles import settled
from provisor.directory.scim_profile import in_scim_words, profile_of, resource_of, unstorable
from provisor.directory.scim_schemas import DIRECTORY_GROUP, DIRECTORY_USER
from provisor.scim import urns
from provisor.scim.errors import BadRequest, ScimType
from provisor.scimserver.catalogue import keys_of, name_of
from provisor.scimserver.records import Record
from provisor.services.inbound_people import Pushed
from provisor.store.inbound_groups import Team
from provisor.store.inbound_users import Person

RANK_BITS = 20
USER_ID = re.compile(rf"{Prefix.USER}[0-9A-Za-z]{{17}}")
GROUP_ID = re.compile(rf"{Prefix.GROUP}[0-9A-Za-z]{{17}}")
LONGEST_EXTERNAL_ID = 1024


def instant(moment: datetime) -> str:
    """A time of the database, which are in UTC, in milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def storable(text: str) -> bool:
    """Whether the database could hold this text at all."""
    try:
        return "\x00" not in text and bool(text.encode() or True)
    except UnicodeEncodeError:
        return False


def record_of_person(person: Person) -> Record:
    """A person as the server keeps users."""
    user = person.user
    resource = resource_of(user.profile, user.status, person.external_id)
    return Record(
        DIRECTORY_USER,
        user.id,
        orjson.dumps(resource),
        keys_of(resource, DIRECTORY_USER),
        name_of(resource),
        instant(user.created),
        instant(user.last_updated),
        person.version,
        seq=seq(user.id, person.rank) if person.rank else 0,
    )


def record_of_team(team: Team) -> Record:
    """A group as the server keeps groups, without its members."""
    group = team.group
    resource = {"schemas": [urns.GROUP], "displayName": group.name}
    if team.external_id is not None:
        resource["externalId"] = team.external_id
    modified = group.last_updated
    if group.last_membership_updated > modified:
        modified = group.last_membership_updated
    return Record(
        DIRECTORY_GROUP,
        group.id,
        orjson.dumps(resource),
        keys_of(resource, DIRECTORY_GROUP),
        group.name,
        instant(group.created),
        instant(modified),
        team.version,
        seq=seq(group.id, team.rank) if team.rank else 0,
    )


def pushed_of(record: Record) -> Pushed:
    """What a record wants of a person; raises `BadRequest` for what no database can hold."""
    resource = record.resource
    profile = settled(profile_of(resource))
    broken = in_scim_words(unstorable(profile))
    if broken:
        raise BadRequest(ScimType.INVALID_VALUE, "; ".join(str(each) for each in broken))
    return Pushed(
        profile=profile,
        active=resource.get("active", True),
        external_id=external_id_of(resource),
        password_hash=record.password,
    )


def external_id_of(resource: dict[str, Any]) -> str | None:
    external_id: str | None = resource.get("externalId")
    if external_id is not None and (len(external_id) > LONGEST_EXTERNAL_ID or not storable(external_id)):
        raise BadRequest(
            ScimType.INVALID_VALUE,
            f"externalId: at most {LONGEST_EXTERNAL_ID} characters are kept, and none of them may be U+0000",
        )
    return external_id


def seq(id: str, rank: int) -> int:
    """The place of an id in the order."""
    milliseconds = 0
    for digit in id[3:11]:
        milliseconds = milliseconds * 62 + DIGITS.index(digit)
    return milliseconds << RANK_BITS | rank


def place(seq: int, prefix: Prefix) -> tuple[str, int]:
    """The beginning of the ids of a place's millisecond, and its rank among them."""
    milliseconds, rank = seq >> RANK_BITS, seq & ((1 << RANK_BITS) - 1)
    digits = []
    for _ in range(8):
        milliseconds, rest = divmod(milliseconds, 62)
        digits.append(DIGITS[rest])
    return prefix + "".join(reversed(digits)), rank
