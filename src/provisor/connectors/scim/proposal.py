"""Draws from what was seen of a SCIM server the policy it should have, with a reason for each field. Pure.

Whether to follow the proposal is for the administrator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from provisor.connector import AccountAttribute, Finding, Json, Suggestion
from provisor.connectors.scim.paths import full_path
from provisor.connectors.scim.policy import ClearAs, Lists, PeerPolicy, Version, Write, plain
from provisor.connectors.scim.wire import WIRES

NOBODY = "nobody.of.this.name@provisor.invalid"
"""Whom the probe looks up in an app without users."""


@dataclass(frozen=True, slots=True)
class Proposal:
    policy: PeerPolicy
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]
    """Names of our attributes that the app does not declare; empty when it declares none at all."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at; what the server does not have is empty."""

    config: Mapping[str, Any]
    declared: Mapping[str, str]
    """Mutability by path, in lower case: of every attribute that /Schemas has."""
    types: int
    """How many resource types it names."""
    users: tuple[Mapping[str, Json], ...]
    asked_for: str
    found: tuple[str, ...] | None
    """The user names that a look-up for `asked_for` returned; None when it was refused."""


def propose(
    policy: PeerPolicy, seen: Seen, attributes: Iterable[AccountAttribute], known: Iterable[Finding]
) -> Proposal:
    """Decide each field by what was seen. Pure."""
    paths = {each.name: full_path(each) for each in attributes}
    unknown = tuple(name for name, path in paths.items() if seen.declared and path.lower() not in seen.declared)
    findings = list(known)
    changes: dict[str, Any] = {}
    for rule in _RULES:
        found, reason, change = rule(policy, seen)
        if reason:
            findings += [
                Finding(field, shown(value), reason, plain(value) if field in change else None)
                for field, value in found.items()
            ]
            changes |= change
    read_only = tuple(path for path in paths.values() if seen.declared.get(path.lower()) == "readOnly")
    if seen.declared:
        changes["server_only"] = read_only
    if read_only:
        said = "/Schemas declares them read-only."
        findings.append(Finding("server_only", ", ".join(read_only), said, list(read_only)))
    if unknown:
        findings.append(Finding("attributes", ", ".join(unknown), "/Schemas does not declare them; do not map them."))
    return Proposal(replace(policy, **changes), tuple(findings), unknown)


Rule = Callable[[PeerPolicy, Seen], tuple[dict[str, Any], str, dict[str, Any]]]
"""What to show, why (nothing to say = no finding), and what to change in the policy."""
_Said = tuple[dict[str, Any], str, dict[str, Any]]


def _same(reason: str, **fields: Any) -> _Said:
    return fields, reason, fields


def _says(seen: Seen, feature: str) -> bool | None:
    told = seen.config.get(feature)
    supported = told.get("supported") if isinstance(told, dict) else None
    return supported if isinstance(supported, bool) else None


def _version(policy: PeerPolicy, seen: Seen) -> _Said:
    path = WIRES[policy.version].config_path
    reason = f"It answers at {path}." if seen.config else "It does not describe itself; its lists are of this version."
    return _same(reason, version=policy.version)


def _patch(policy: PeerPolicy, seen: Seen) -> _Said:
    says = _says(seen, "patch")
    if says is False:
        return _same("It says that it has no PATCH.", profile_by=Write.PUT, switch_by=Write.PUT, switch_apart=False)
    if says:
        return _same("It says that it has PATCH.", profile_by=policy.profile_by, switch_by=policy.switch_by)
    return _same("It does not say whether it has PATCH; the first one will tell.", put_when_refused=True)


def _etag(policy: PeerPolicy, seen: Seen) -> _Said:
    versions = [meta.get("version") for user in seen.users if isinstance(meta := user.get("meta"), dict)]
    if _says(seen, "etag") is not True:
        return _same("It does not offer ETags.", if_match=False)
    if seen.users and not any(versions):
        return _same("It says that it has ETags, but its users show no version.", if_match=False)
    return _same("It says that it has ETags.", if_match=True)


def _bulk(policy: PeerPolicy, seen: Seen) -> _Said:
    if policy.version is Version.V1:
        return _same("Bulk of SCIM 1.1 is not used.", bulk=False)
    says = _says(seen, "bulk")
    return _same(f"It says that it has {'' if says else 'no '}Bulk." if says is not None else "", bulk=bool(says))


def _filter(policy: PeerPolicy, seen: Seen) -> _Said:
    if seen.found is None:
        return {}, "", {}
    strangers = [name for name in seen.found if name.casefold() != seen.asked_for.casefold()]
    if strangers:
        return {"filter": "ignored"}, "A look-up by userName returned others: nobody can be linked safely.", {}
    if seen.found or seen.asked_for == NOBODY:
        return {"filter": "works"}, "A look-up by userName returned who was asked for, and nobody else.", {}
    return {"filter": "finds nobody"}, "A look-up did not find a user that is in the list: accounts would double.", {}


def _page(policy: PeerPolicy, seen: Seen) -> _Said:
    told = seen.config.get("filter")
    most = told.get("maxResults") if isinstance(told, dict) else None
    if type(most) is int and 0 < most < policy.page:
        return _same(f"It returns at most {most} results.", page=most)
    return {}, "", {}


def _lists(policy: PeerPolicy, seen: Seen) -> _Said:
    emails = [each for user in seen.users for each in _objects(user.get("emails"))]
    if emails and not any("primary" in each for each in emails):
        return _same("Its users' e-mail addresses have no `primary` to select one by.", lists=Lists.WHOLE)
    return {}, "", {}


def _objects(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _types(policy: PeerPolicy, seen: Seen) -> _Said:
    return {"resource types": seen.types}, "/ResourceTypes names them." if seen.types else "", {}


_RULES: tuple[Rule, ...] = (_version, _patch, _etag, _bulk, _filter, _page, _lists, _types)


def shown(value: Any) -> str:
    """A field's value in words."""
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


ADAPTS = frozenset(
    {"profile_by", "switch_by", "switch_apart", "put_when_refused", "if_match", "bulk", "resource types"}
)
"""What a look around says elsewhere, or what a connector finds out by itself."""


def suggestions(proposal: Proposal, policy: PeerPolicy) -> tuple[Suggestion, ...]:
    """Return the findings that matter to whoever has this policy in force: what it lacks or assumes wrongly."""
    in_force = {each.field: shown(getattr(policy, each.field, "")) for each in proposal.findings} | {"filter": "works"}
    return tuple(
        Suggestion(each.field, each.value, each.reason)
        for each in proposal.findings
        if each.field not in ADAPTS and in_force[each.field] != each.value
    )


def judged(findings: Iterable[Finding], policy: PeerPolicy) -> tuple[Finding, ...]:
    """Tell of each finding whether the policy in force needs it, or would only be better for it."""
    return tuple(replace(each, needed=_needs(each, policy)) for each in findings)


def _needs(finding: Finding, policy: PeerPolicy) -> bool:
    if finding.change is None or plain(getattr(policy, finding.field)) == finding.change:
        return False
    if finding.field in ("profile_by", "switch_by"):
        return finding.change == Write.PUT and not policy.put_when_refused
    if finding.field == "clear_as" and policy.clear_as is ClearAs.KEEP:  # somebody's choice, and it always works
        return False
    return finding.field not in ADAPTS
