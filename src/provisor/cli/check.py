"""`provisor check`: the conformance suites against somebody's SCIM server, from the command line.

Only arguments and files are handled here; the suites and their renderings are in `provisor.conformance`.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from provisor.cli.exits import CommandFailed, Exit, leave
from provisor.cli.options import json_option
from provisor.cli.output import print_json

if TYPE_CHECKING:
    from provisor.conformance import Report, StepResult, Suite


@dataclass(frozen=True, slots=True)
class Asked:
    """How the server is asked."""

    url: str
    authorization: str
    headers: dict[str, str]
    timeout: float
    pause: float
    insecure: bool
    ca_file: Path | None


@click.command(short_help="Check that a SCIM server conforms, step by step.")
@click.argument("url", required=False)
@click.option(
    "--auth",
    envvar="PROVISOR_CHECK_AUTH",
    metavar="HEADER",
    help='The whole Authorization header: "Bearer abc", or a raw token.',
)
@click.option(
    "--basic", envvar="PROVISOR_CHECK_BASIC", metavar="USER:PASSWORD", help="Sign in with HTTP Basic instead of --auth."
)
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="Send this with every request, too.")
@click.option("--suite", "names", multiple=True, metavar="NAME", help="Run this suite only; --list shows their names.")
@click.option(
    "--protocol",
    default="2.0",
    show_default=True,
    type=click.Choice(["2.0", "1.1"]),
    help="The version of SCIM whose suites run when none is named.",
)
@click.option(
    "--entitlements",
    "endpoints",
    multiple=True,
    metavar="PATH",
    help="An endpoint of roles or entitlements, such as /Roles.  [default: those that /ResourceTypes names]",
)
@click.option(
    "--verbose", "-v", is_flag=True, help="Show what was sent and answered for every step, not only failures."
)
@click.option("--list", "listing", is_flag=True, help="List the suites and end.")
@json_option
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML to this file.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page for people to this file.")
@click.option(
    "--timeout",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0.1, 600),
    metavar="SECONDS",
    help="The silence that is borne; Okta bears 60 seconds.",
)
@click.option("--pause", default=0.0, type=click.FloatRange(0, 60), metavar="SECONDS", help="Wait before each request.")
@click.option("--insecure", is_flag=True, help="Do not verify the server's certificate.")
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Trust the certificate authorities in this PEM file.",
)
def command(
    url: str | None,
    auth: str | None,
    basic: str | None,
    headers: tuple[str, ...],
    names: tuple[str, ...],
    protocol: str,
    endpoints: tuple[str, ...],
    verbose: bool,
    listing: bool,
    as_json: bool,
    junit: Path | None,
    html: Path | None,
    timeout: float,
    pause: float,
    insecure: bool,
    ca_file: Path | None,
) -> None:
    """Check the SCIM server at URL, its base address, which often ends in /scim/v2.

    The suites restate Okta's published ones and the RFCs, request by request. They create users and groups under
    made-up names, and delete them again; nothing else is written to. Give credentials in PROVISOR_CHECK_AUTH
    rather than on the command line, where other users of the machine can read them.

    Exit code 0: conformant, perhaps with deviations from what a server should do; 3: something that must hold does
    not; 1: the server cannot be reached, or refuses the credentials.
    """
    if listing:
        _list_suites()
        return
    suites = _suites(names, protocol)
    asked = Asked(
        _url(url), _authorization(auth, basic), dict(map(_header, headers)), timeout, pause, insecure, ca_file
    )
    progress = Progress(suites, to_stderr=as_json, verbose=verbose)
    report = _run(asked, suites, endpoints, progress)
    _write(report, junit, html)
    if as_json:
        from provisor.conformance.rendering import render_json

        print_json(render_json(report))
    else:
        from provisor.conformance.rendering import describe_summary

        click.echo("\n".join(describe_summary(report)))
    if not report.conformant:
        leave(Exit.HELD)
    if report.checker_failed:
        leave(Exit.FAILED)


def _list_suites() -> None:
    from provisor.conformance import SUITES

    width = max(len(each.id) for each in SUITES)
    for each in SUITES:
        steps = sum(not step.prepares for step in each.steps)
        default = "" if each.by_default else "; runs when named"
        click.echo(f"{each.id:<{width}}  {each.about} (SCIM {each.protocol}, {steps} steps{default})")


def _suites(names: Sequence[str], protocol: str) -> tuple[Suite, ...]:
    from provisor.conformance import SUITES, chosen

    known = [each.id for each in SUITES]
    for name in names:
        if name not in known:
            raise click.UsageError(f"There is no suite {name!r}. There are {', '.join(known)}.")
    return chosen(names, protocol)


def _url(given: str | None) -> str:
    if given is None:
        raise click.UsageError("Name the server's base address, for example https://example.com/scim/v2.")
    try:
        parts = urlsplit(given)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = None
    if not usable:
        raise click.UsageError("The address has to begin with http:// or https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise click.UsageError("The address holds credentials. Give them with --basic or PROVISOR_CHECK_BASIC instead.")
    if parts.query or parts.fragment:
        raise click.UsageError("The address has a query or a fragment. Give the base address alone.")
    if parts.path.rstrip("/").endswith(("/Users", "/Groups")):
        raise click.UsageError("Give the base address, without /Users or /Groups: those are added.")
    return given.rstrip("/")


def _authorization(auth: str | None, basic: str | None) -> str:
    if auth and basic:
        raise click.UsageError("Give --auth or --basic, not both.")
    if basic:
        if not basic.partition(":")[2] or basic.startswith(":"):
            raise click.UsageError("--basic needs USER:PASSWORD.")
        return "Basic " + base64.b64encode(basic.encode()).decode()
    if auth and not (auth.isascii() and auth.isprintable()):
        raise click.UsageError("The credentials hold line breaks or characters outside ASCII. Paste them again.")
    return (auth or "").strip()


def _header(given: str) -> tuple[str, str]:
    name, colon, value = given.partition(":")
    if not colon or not name.strip() or not (given.isascii() and given.isprintable()):
        raise click.UsageError("--header needs NAME:VALUE in ASCII.")
    return name.strip(), value.strip()


class Progress:
    """Tells of each step when it is done."""

    def __init__(self, suites: Sequence[Suite], *, to_stderr: bool, verbose: bool) -> None:
        self._titles = {each.id: each.title for each in suites}
        self._to_stderr = to_stderr
        self._verbose = verbose

    def tell(self, result: StepResult) -> None:
        """Print a step, under its suite's title if it is the suite's first."""
        from provisor.conformance.rendering import describe_step, step_line

        title = self._titles.pop(result.suite, None)
        if title is not None:
            click.echo(f"{title} ({result.suite})", err=self._to_stderr)
        click.echo(step_line(result), err=self._to_stderr)
        if self._verbose and result.exchanges:
            click.echo("\n".join([*describe_step(result), ""]), err=self._to_stderr)


def _run(asked: Asked, suites: Sequence[Suite], endpoints: Sequence[str], progress: Progress) -> Report:
    import asyncio

    from provisor.conformance import Unreachable

    try:
        return asyncio.run(_check(asked, suites, endpoints, progress))
    except Unreachable as problem:
        raise CommandFailed(f"{asked.url} cannot be checked. {problem}") from None
    except KeyboardInterrupt:
        raise CommandFailed("Interrupted. What the running suite had created was taken away again.") from None


async def _check(asked: Asked, suites: Sequence[Suite], endpoints: Sequence[str], progress: Progress) -> Report:
    from provisor.conformance import Target, check
    from provisor.connectors.egress import EgressPolicy, parse_allow_list
    from provisor.connectors.http import AiohttpTransport

    # The operator of this command is its own administrator: every address that is not a cloud's metadata is theirs.
    everywhere = EgressPolicy(parse_allow_list("0.0.0.0/0 ::/0"))
    transport = AiohttpTransport(everywhere, timeout=asked.timeout, tls=_tls(asked))
    given = {"entitlement_endpoints": ["/" + each.strip("/") for each in endpoints]} if endpoints else {}
    try:
        target = Target(transport, asked.url, asked.authorization, asked.headers, pause=asked.pause)
        return await check(target, suites, progress.tell, given=given)
    finally:
        await transport.close()


def _tls(asked: Asked) -> ssl.SSLContext | None:
    if not asked.insecure and asked.ca_file is None:
        return None
    try:
        context = ssl.create_default_context(cafile=asked.ca_file)
    except ssl.SSLError:
        raise click.UsageError(f"{asked.ca_file} holds no certificates in PEM form.") from None
    if asked.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _write(report: Report, junit: Path | None, html: Path | None) -> None:
    from provisor.conformance.rendering import render_html, render_junit

    try:
        if junit is not None:
            junit.write_bytes(render_junit(report))
        if html is not None:
            html.write_text(render_html(report), encoding="utf-8")
    except OSError as problem:
        raise CommandFailed(f"{problem.filename} cannot be written: {problem.strerror}.") from None
