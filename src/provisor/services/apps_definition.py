"""Reads an application object as the API's callers write it: what we act on, what we echo, what is wrong with it.

Acts on label, user name template and limits. Everything else of it that Okta's clients send is kept and shown again,
but for credentials, of which only the template is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from provisor.apps.catalogue import CATALOGUE, CatalogueEntry
from provisor.apps.defaults import username_expression, with_suffix
from provisor.apps.mapping import MappingError
from provisor.directory.diagnostics import Diagnostic
from provisor.services.errors import Invalid

DEFAULT_TEMPLATE = "${source.login}"
ECHOED = ("settings", "visibility", "accessibility", "profile")
SIGN_ON_MODES = frozenset(
    {"AUTO_LOGIN", "BASIC_AUTH", "BOOKMARK", "BROWSER_PLUGIN", "OPENID_CONNECT"}
    | {"SAML_1_1", "SAML_2_0", "SECURE_PASSWORD_STORE", "WS_FEDERATION"}
)
LONGEST_LABEL = 100
LONGEST_TEMPLATE = 1024
LONGEST_SUFFIX = 100
TEMPLATE_PATH = "credentials.userNameTemplate"
TEMPLATE_TYPES = ("NONE", "BUILT_IN", "CUSTOM")
TEMPLATE_STATUSES = ("PUSH", "DONT_PUSH", "NOT_CONFIGURED")
"""“Update application username on”: create and update, create only, and never said."""
OWN = "provisor"
"""Under `settings`: what Okta's object has no place for."""


@dataclass(frozen=True, slots=True)
class AppDefinition:
    label: str
    name: str | None
    """The catalogue entry; an existing app may leave it out."""
    settings: Mapping[str, Any]
    """What is echoed."""
    limits: Mapping[str, Any] | None
    """As `apps.Limits` stores them; None when the caller says nothing of limits."""
    username_template: str
    """With its suffix in it."""


def parse_definition(body: Mapping[str, Any]) -> AppDefinition:
    """Read an application object; raises `Invalid` with every problem at once."""
    problems: list[Diagnostic] = []
    label = _label(body.get("label"), problems)
    template, credentials = _template(body.get("credentials"), problems)
    echoed: dict[str, Any] = {"credentials": credentials}
    for part in ECHOED:
        value = body.get(part)
        if isinstance(value, dict):
            echoed[part] = value
        elif value is not None:
            problems.append(Diagnostic(part, "must be an object"))
    mode = body.get("signOnMode")
    if mode is not None:
        if isinstance(mode, str) and mode in SIGN_ON_MODES:
            echoed["signOnMode"] = mode
        else:
            problems.append(Diagnostic("signOnMode", f"must be one of {', '.join(sorted(SIGN_ON_MODES))}"))
    limits = _take_limits(echoed, problems)
    name = body.get("name")
    if name is not None and not isinstance(name, str):
        problems.append(Diagnostic("name", "must be text"))
    if problems:
        raise Invalid(problems[0].path, problems)
    return AppDefinition(label, name, echoed, limits, template)


def entry_of(definition: AppDefinition) -> CatalogueEntry:
    """The catalogue entry a new app is made from; raises `Invalid` naming those there are."""
    found = CATALOGUE.get(definition.name or "")
    if found is None:
        known = ", ".join(sorted(CATALOGUE))
        raise Invalid.one("name", f"must name an entry of the catalogue, which has {known}")
    return found


def _label(value: Any, problems: list[Diagnostic]) -> str:
    if not isinstance(value, str) or not value.strip():
        problems.append(Diagnostic("label", "The field cannot be left blank"))
    elif len(value) > LONGEST_LABEL:
        problems.append(Diagnostic("label", f"is longer than {LONGEST_LABEL} characters"))
    else:
        return value
    return ""


def _template(credentials: Any, problems: list[Diagnostic]) -> tuple[str, dict[str, Any]]:
    """The user name template, and the credentials as they are shown: never a password."""
    path = TEMPLATE_PATH
    given = credentials.get("userNameTemplate") if isinstance(credentials, dict) else None
    shown: dict[str, Any] = {"template": DEFAULT_TEMPLATE, "type": "BUILT_IN"}
    if isinstance(given, dict):
        shown |= {name: given[name] for name in ("template", "type", "userSuffix", "pushStatus") if given.get(name)}
    elif given is not None:
        problems.append(Diagnostic(path, "must be an object"))
    for name, known in (("type", TEMPLATE_TYPES), ("pushStatus", TEMPLATE_STATUSES)):
        if name in shown and shown[name] not in known:
            problems.append(Diagnostic(f"{path}.{name}", f"must be one of {', '.join(known)}"))
    template, suffix = shown["template"], shown.get("userSuffix", "")
    if not isinstance(suffix, str) or len(suffix) > LONGEST_SUFFIX or "${" in suffix:
        problems.append(Diagnostic(f"{path}.userSuffix", f"must be text of at most {LONGEST_SUFFIX} characters"))
        suffix = ""
    if not isinstance(template, str) or len(template) > LONGEST_TEMPLATE:
        problems.append(Diagnostic(f"{path}.template", f"must be text of at most {LONGEST_TEMPLATE} characters"))
        return DEFAULT_TEMPLATE, {}
    try:
        username_expression(with_suffix(template, suffix))
    except MappingError as problem:
        problems.append(Diagnostic(f"{path}.template", str(problem)))
    return with_suffix(template, suffix), {"userNameTemplate": shown}


def _take_limits(echoed: dict[str, Any], problems: list[Diagnostic]) -> Mapping[str, Any] | None:
    """Take `settings.provisor` out of what is echoed; None when it is not there."""
    settings = echoed.get("settings")
    if settings is None or OWN not in settings:
        return None
    echoed["settings"] = {name: value for name, value in settings.items() if name != OWN}
    own = settings[OWN]
    if not isinstance(own, dict) or not own.keys() <= {"limits"} or not isinstance(own.get("limits", {}), dict):
        problems.append(Diagnostic(f"settings.{OWN}", "must be an object that holds nothing but the object “limits”"))
        return None
    limits: dict[str, Any] = {}
    for name, value in own.get("limits", {}).items():
        rule = LIMITS.get(name)
        if rule is None:
            problems.append(Diagnostic(f"settings.{OWN}.limits.{name}", f"is unknown; there are {', '.join(LIMITS)}"))
        elif not rule.holds(value):
            problems.append(Diagnostic(f"settings.{OWN}.limits.{name}", f"must be {rule.says}"))
        else:
            limits[rule.field] = value
    return limits


@dataclass(frozen=True, slots=True)
class LimitRule:
    field: str
    """Of `apps.Limits`."""
    says: str
    holds: Callable[[Any], bool]


def _whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


LIMITS: Mapping[str, LimitRule] = {
    "concurrency": LimitRule("concurrency", "a whole number from 1 to 256", lambda v: _whole(v, 1, 256)),
    "rate": LimitRule(
        "rate",
        "a number of requests a second from 0.01 to 100000, or null for no limit",
        lambda v: v is None or (type(v) in (int, float) and 0.01 <= v <= 100_000),
    ),
    "holdPercent": LimitRule("hold_percent", "a whole number from 0 to 100", lambda v: _whole(v, 0, 100)),
    "holdFloor": LimitRule("hold_floor", "a whole number from 0 to 1000000000", lambda v: _whole(v, 0, 1_000_000_000)),
    "overwritePercent": LimitRule("overwrite_percent", "a whole number from 0 to 100", lambda v: _whole(v, 0, 100)),
    "overwriteFloor": LimitRule(
        "overwrite_floor", "a whole number from 0 to 1000000000", lambda v: _whole(v, 0, 1_000_000_000)
    ),
}
"""By the API's names."""
