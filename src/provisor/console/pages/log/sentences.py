"""What happened, as a sentence: the words of each event type, and who and what stand in them.

A sentence is a list of words, some of which lead to a page. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisor.services.actor import Role
from provisor.systemlog import EventType
from provisor.systemlog.rendering import KNOWN, LogEvent

PLACES = {
    "User": "/admin/people/{}",
    "AppInstance": "/admin/apps/{}",
    "UserGroup": "/admin/groups/{}",
}
KINDS = {"user": "User", "app": "AppInstance", "group": "UserGroup", "token": "Token", "role": "Role"}
ABSENT = {
    "user": "a person",
    "app": "an app",
    "group": "a group",
    "token": "an API token",
    "role": "of an administrator",
}
TITLES: Mapping[str, str] = {role.value: role.title.lower() for role in Role}
NAMED = re.compile(r"\{(\w+)\}")
LONGEST = 80
"""Characters of a name in a sentence; its page shows all of it."""


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    path: str | None = None
    named: bool = False
    """A name and not words of ours."""


PHRASES: Mapping[EventType, tuple[str, str]] = {
    EventType.USER_CREATE: ("created {user}", "create a person"),
    EventType.USER_ACTIVATE: ("activated {user}", "activate {user}"),
    EventType.USER_REACTIVATE: ("sent {user} a new activation", "send {user} a new activation"),
    EventType.USER_DEACTIVATE: ("deactivated {user}", "deactivate {user}"),
    EventType.USER_SUSPEND: ("suspended {user}", "suspend {user}"),
    EventType.USER_UNSUSPEND: ("lifted the suspension of {user}", "lift the suspension of {user}"),
    EventType.USER_DELETE_INITIATED: ("began to delete {user}", "delete {user}"),
    EventType.USER_DELETE_COMPLETED: ("deleted {user}", "delete {user}"),
    EventType.USER_WITHDRAW: ("hid {user} from SCIM clients", "hide {user} from SCIM clients"),
    EventType.USER_UPDATE_PROFILE: ("changed the profile of {user}", "change the profile of {user}"),
    EventType.USER_UPDATE_PASSWORD: ("changed the password of {user}", "change the password of {user}"),
    EventType.USER_RESET_PASSWORD: ("reset the password of {user}", "reset the password of {user}"),
    EventType.USER_EXPIRE_PASSWORD: ("expired the password of {user}", "expire the password of {user}"),
    EventType.USER_UNLOCK: ("unlocked {user}", "unlock {user}"),
    EventType.USER_UNLOCK_BY_TIME: ("unlocked {user}, whose lock had run out", "unlock {user}"),
    EventType.USER_LOCK: ("locked {user} after too many wrong passwords", "lock {user}"),
    EventType.USER_GRANT: ("gave {user} the role {role}", "give {user} the role {role}"),
    EventType.USER_REVOKE: ("took the role {role} from {user}", "take the role {role} from {user}"),
    EventType.SESSION_START: ("signed in", "sign in"),
    EventType.SESSION_END: ("signed out", "sign out"),
    EventType.SESSION_CLEAR: ("signed {user} out everywhere", "sign {user} out everywhere"),
    EventType.GROUP_CREATE: ("created the group {group}", "create a group"),
    EventType.GROUP_DELETE: ("deleted the group {group}", "delete the group {group}"),
    EventType.GROUP_UPDATE: ("changed the group {group}", "change the group {group}"),
    EventType.GROUP_MEMBER_ADD: ("added {user} to {group}", "add {user} to {group}"),
    EventType.GROUP_MEMBER_REMOVE: ("removed {user} from {group}", "remove {user} from {group}"),
    EventType.GROUP_APP_ADD: ("assigned the group {group} to {app}", "assign the group {group} to {app}"),
    EventType.GROUP_APP_UPDATE: (
        "changed the assignment of the group {group} to {app}",
        "change the assignment of the group {group} to {app}",
    ),
    EventType.GROUP_APP_REMOVE: ("took {app} from the group {group}", "take {app} from the group {group}"),
    EventType.APP_CREATE: ("added the app {app}", "add an app"),
    EventType.APP_UPDATE: ("changed {app}", "change {app}"),
    EventType.APP_ACTIVATE: ("activated {app}", "activate {app}"),
    EventType.APP_DEACTIVATE: ("deactivated {app}", "deactivate {app}"),
    EventType.APP_DELETE: ("deleted the app {app}", "delete the app {app}"),
    EventType.APP_CONFIGURE: ("changed the provisioning of {app}", "change the provisioning of {app}"),
    EventType.APP_AUTHORIZE: ("authorized Provisor at {app}", "authorize Provisor at {app}"),
    EventType.APP_CREDENTIALS_EXPIRE: ("noticed that the credentials of {app} end soon", "use {app}"),
    EventType.APP_AUTHENTICATION_FAILURE: ("was accepted by {app}", "reach {app}, which refuses our credentials"),
    EventType.APP_RATE_LIMITED: ("slowed down for {app}", "go on at {app}"),
    EventType.APP_FAILURE: ("reached {app}", "reach {app}"),
    EventType.APP_RECOVERED: ("found {app} at work again", "find {app} at work again"),
    EventType.APP_PAUSE: ("stopped what is sent to {app}", "stop what is sent to {app}"),
    EventType.APP_RESUME: ("let {app} go on", "let {app} go on"),
    EventType.APP_POLICY: ("changed how {app} is treated", "change how {app} is treated"),
    EventType.APP_PROBE: ("tried {app} out with an account made for it", "try {app} out"),
    EventType.ASSIGN: ("assigned {app} to {user}", "assign {app} to {user}"),
    EventType.ASSIGN_UPDATE: ("changed the assignment of {app} to {user}", "change the assignment of {app} to {user}"),
    EventType.UNASSIGN: ("took {app} from {user}", "take {app} from {user}"),
    EventType.PUSH_NEW: ("created an account for {user} in {app}", "create an account for {user} in {app}"),
    EventType.PUSH_LINK: (
        "linked {user} to an account that {app} had already",
        "link {user} to an account in {app}",
    ),
    EventType.PUSH_PROFILE: ("updated the account of {user} in {app}", "update the account of {user} in {app}"),
    EventType.PUSH_DEACTIVATE: (
        "deactivated the account of {user} in {app}",
        "deactivate the account of {user} in {app}",
    ),
    EventType.PUSH_REACTIVATE: (
        "reactivated the account of {user} in {app}",
        "reactivate the account of {user} in {app}",
    ),
    EventType.FORCE_SYNC_START: ("began to look at everybody in {app} again", "look at everybody in {app} again"),
    EventType.FORCE_SYNC_DONE: ("marked everybody in {app} to be looked at", "look at everybody in {app} again"),
    EventType.DRIFT_START: ("began to read the accounts of {app} back", "read the accounts of {app} back"),
    EventType.DRIFT_END: ("read the accounts of {app} back", "read the accounts of {app} back"),
    EventType.DRIFT_SCHEDULE: ("said when {app} is checked for drift", "say when {app} is checked for drift"),
    EventType.DRIFT_RECREATE: ("asked for accounts again that are gone from {app}", "make accounts in {app} again"),
    EventType.TASK_CREATE: ("opened a task about {user} in {app}", "open a task about {app}"),
    EventType.TASK_DEACTIVATE: ("closed a task about {user} in {app}", "close a task about {app}"),
    EventType.TOKEN_CREATE: ("made the API token {token}", "make an API token"),
    EventType.TOKEN_REVOKE: ("revoked the API token {token}", "revoke the API token {token}"),
    EventType.USER_UPDATE_TYPE: ("made {user} of another type", "make {user} of another type"),
    EventType.MAPPING_UPDATE: ("changed the attribute mappings of {app}", "change the attribute mappings of {app}"),
    EventType.APP_SCHEMA_UPDATE: ("changed which attributes {app} has", "change which attributes {app} has"),
    EventType.USER_SCHEMA_UPDATE: ("changed which attributes people have", "change which attributes people have"),
    EventType.GROUP_SCHEMA_UPDATE: ("changed which attributes groups have", "change which attributes groups have"),
    EventType.USER_TYPE_CREATE: ("made a type of people", "make a type of people"),
    EventType.USER_TYPE_DELETE: ("deleted a type of people", "delete a type of people"),
    EventType.UNIQUENESS: (
        "looked through an attribute’s values for duplicates",
        "make an attribute’s values unique",
    ),
    EventType.PLAN_CREATE: ("planned a change to {app}", "plan a change to {app}"),
    EventType.PLAN_TRY: ("tried a planned change to {app} on some people", "try a planned change to {app}"),
    EventType.PLAN_STOP: (
        "stopped the trial of a planned change to {app}",
        "stop the trial of a planned change to {app}",
    ),
    EventType.PLAN_TAKE_BACK: (
        "took the trial of a planned change to {app} back",
        "take the trial of a planned change to {app} back",
    ),
    EventType.PLAN_APPLY: ("applied a planned change to {app}", "apply a planned change to {app}"),
    EventType.HOLD: ("held back a mass change in {app}", "hold back a mass change in {app}"),
    EventType.DISCARD: ("discarded changes held back in {app}", "discard changes held back in {app}"),
    EventType.RELEASE: ("released the changes held back in {app}", "release the changes held back in {app}"),
}
"""What was done, and what was not: behind “tried to”."""

WHOLE_APP = {
    EventType.TASK_CREATE: "opened a task about {app}",
    EventType.TASK_DEACTIVATE: "closed a task about {app}",
}
"""The words when nobody in particular is meant."""
SIGN_INS = frozenset({EventType.SESSION_START, EventType.SESSION_END})


def sentence(event: LogEvent) -> list[Words]:
    """Who did what to whom; how it came out is not part of it, but for what was only tried."""
    targets = {each["type"]: each for each in reversed(event["target"] or [])}
    kind = KNOWN.get(event["eventType"])
    if kind is None:
        return unknown(event)
    who = actor(event, targets) if kind in SIGN_INS else thing(event["actor"])
    done, tried = PHRASES[kind]
    if "User" not in targets:
        done = WHOLE_APP.get(kind, done)
    role = event["debugContext"]["debugData"].get("privilege")
    if role:
        targets["Role"] = {"type": "Role", "displayName": TITLES.get(role, role)}
    failed = event["outcome"]["result"] == "FAILURE"
    return [who, *filled(f" tried to {tried}" if failed else f" {done}", targets)]


def unknown(event: LogEvent) -> list[Words]:
    """An event of a later release, or of another system: its message, and what it is about."""
    about = [thing(each) for each in event["target"] or []]
    listed = [word for each in about for word in (Words(", "), each)][1:]
    return [thing(event["actor"]), Words(f": {event['displayMessage']} "), *listed]


def filled(phrase: str, targets: Mapping[str, Mapping[str, Any]]) -> list[Words]:
    """A phrase with the things that it names."""
    words: list[Words] = []
    for number, part in enumerate(NAMED.split(phrase)):
        if number % 2 == 0:
            words += [Words(part)] if part else []
        else:
            target = targets.get(KINDS[part])
            words.append(thing(target) if target else Words(ABSENT[part]))
    return words


def actor(event: LogEvent, targets: Mapping[str, Mapping[str, Any]]) -> Words:
    """Who signs in or out: a login that nobody has is nobody's."""
    person = targets.get("User")
    return thing(person) if person else Words("Somebody")


def thing(target: Mapping[str, Any]) -> Words:
    """A person, an app or another thing by its name, leading to its page."""
    name = target["displayName"] or target["alternateId"] or target["id"]
    place = PLACES.get(target["type"])
    return Words(shortened(name), place.format(target["id"]) if place else None, named=True)


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def text(words: Sequence[Words]) -> str:
    return "".join(each.text for each in words)
