"""`provisor scim-server`: the reference SCIM server on a port, ready in well under a second.

Only argument handling lives here; heavy modules are imported when the command runs, so that help stays instant.
"""

import gc
import hashlib
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provisor.scim.schemas import ResourceType
    from provisor.scimserver.auth import Credential
    from provisor.scimserver.faults import Rule
    from provisor.scimserver.options import Options, Tenant
    from provisor.scimserver.serving import Service

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command(name="scim-server")
@click.option("--host", default="127.0.0.1", envvar="PROVISOR_SCIM_HOST", show_default=True, help="Address to bind.")
@click.option(
    "--port",
    default=8000,
    envvar="PROVISOR_SCIM_PORT",
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to bind; 0 picks a free one.",
)
@click.option("--token", envvar="PROVISOR_SCIM_TOKEN", help="Expect this bearer token.")
@click.option("--basic", envvar="PROVISOR_SCIM_BASIC", metavar="USER:PASSWORD", help="Expect HTTP Basic.")
@click.option("--header", envvar="PROVISOR_SCIM_HEADER", help="Expect this raw Authorization header.")
@click.option("--anonymous", is_flag=True, help="Let everybody in.")
@click.option(
    "--data",
    envvar="PROVISOR_SCIM_DATA",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep accepted writes in this file; without it everything is in memory.",
)
@click.option(
    "--database",
    envvar="PROVISOR_SCIM_DATABASE",
    metavar="URL",
    help="Keep everything in this PostgreSQL database, in tables of the server's own.",
)
@click.option(
    "--tenant",
    "tenants",
    multiple=True,
    envvar="PROVISOR_SCIM_TENANTS",
    metavar="NAME=TOKEN",
    help="Serve one more tenant, under /NAME/scim/v2, with this bearer token. Repeatable.",
)
@click.option(
    "--schema-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Offer the resource types of this JSON file too: {"schemas": [...], "resourceTypes": [...]}.',
)
@click.option(
    "--public-url",
    envvar="PROVISOR_SCIM_PUBLIC_URL",
    metavar="URL",
    help="How clients reach /scim/v2, where that is not the address bound (a proxy, a container).",
)
@click.option("--strict", is_flag=True, help="Accept only what RFC 7643 and 7644 allow.")
@click.option("--patch-shows-members", is_flag=True, help="Answer a group's PATCH with its members, however many.")
@click.option("--latency", default=0.0, type=click.FloatRange(0), metavar="MS", help="Wait before every answer.")
@click.option(
    "--fault",
    "fault_words",
    multiple=True,
    metavar="WORDS",
    help='Go wrong on request: "429 retry-after=30 path=/Users count=3". "--fault help" lists the words. Repeatable.',
)
@click.option("--faults", is_flag=True, help="Offer /_faults and /_requests, for tests.")
@click.option("--seed", default=0, help="Makes faults with a probability repeatable.")
@click.option(
    "--record",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write every request and its answer to a JSON file in this directory, without secrets.",
)
@click.option("--page/--no-page", default=True, help="Show users, groups and the last requests at /.  [default: page]")
@click.option("--json", "as_json", is_flag=True, help="Print the ready line as JSON.")
def command(
    host: str,
    port: int,
    token: str | None,
    basic: str | None,
    header: str | None,
    anonymous: bool,
    data: Path | None,
    database: str | None,
    tenants: tuple[str, ...],
    schema_file: Path | None,
    public_url: str | None,
    strict: bool,
    patch_shows_members: bool,
    latency: float,
    fault_words: tuple[str, ...],
    faults: bool,
    seed: int,
    record: Path | None,
    page: bool,
    as_json: bool,
) -> None:
    """Run the reference SCIM 2.0 server, under /scim/v2.

    It accepts what Okta and Microsoft Entra ID send and keeps users and groups in memory, in a file with --data, or in
    PostgreSQL with --database. A browser sees at / what it holds and what was asked of it lately; the token is the
    password there.

    Credentials can come from PROVISOR_SCIM_TOKEN, PROVISOR_SCIM_BASIC, PROVISOR_SCIM_HEADER or PROVISOR_SCIM_TENANTS
    instead of the command line, where other users of the machine could read them.
    """
    rules = _rules(fault_words)
    if data and database:
        raise click.UsageError("give --data or --database, not both")
    served = _tenants(tenants)
    single = bool(token or basic or header or anonymous)
    from provisor.scim.policy import STRICT, TOLERANT
    from provisor.scimserver.auth import NOBODY
    from provisor.scimserver.options import Options

    options = Options(
        credential=_credential(token, basic, header, anonymous) if single or not served else NOBODY,
        policy=STRICT if strict else TOLERANT,
        resource_types=_resource_types(schema_file),
        me=_subject(basic),
        cursor_key=_cursor_key(token, basic, header, *tenants),
        tenants=served,
        default_tenant=single or not served,
        data=data,
        database=database,
        record=record,
        page=page,
        public_url=public_url.rstrip("/") if public_url else None,
        patch_shows_members=patch_shows_members,
        latency=latency / 1000,
        faults=faults or bool(rules),
        seed=seed,
    )
    service = _build(options, host, port)
    if service.faults is not None:
        service.faults.add(*rules)
    if host not in LOOPBACK:
        click.echo(f"warning: {host} can be reached from other machines, and the traffic is not encrypted", err=True)
    _serve(service, lambda: _say_ready(service, as_json))


def _say_ready(service: "Service", as_json: bool) -> None:
    urls = [service.url_of(tenant) for tenant in service.options.names()]
    if as_json:
        click.echo(json.dumps({"event": "ready", "url": service.url, "urls": urls}))
    else:
        click.echo("\n".join(f"scim-server ready on {url}" for url in urls))
    sys.stdout.flush()


def _resource_types(path: Path | None) -> "tuple[ResourceType, ...]":
    from provisor.scim.schemas import GROUP, USER
    from provisor.scim.schemas.files import SchemaFileError, parse_resource_types

    if path is None:
        return USER, GROUP
    try:
        return parse_resource_types(json.loads(path.read_bytes()))
    except SchemaFileError as problem:
        raise click.ClickException(f"{path}: {problem}") from None
    except (OSError, ValueError) as problem:
        raise click.ClickException(f"{path} cannot be read as JSON: {problem}") from None


def _rules(fault_words: tuple[str, ...]) -> "list[Rule]":
    from provisor.scimserver.fault_words import WORDS, parse_fault

    if "help" in fault_words:
        click.echo(WORDS)
        raise click.exceptions.Exit(0)
    try:
        return [parse_fault(text) for text in fault_words]
    except ValueError as problem:
        raise click.UsageError(f"--fault {problem}") from None


def _tenants(given: tuple[str, ...]) -> "tuple[Tenant, ...]":
    from provisor.scimserver.auth import bearer
    from provisor.scimserver.options import Tenant

    found = []
    for text in given:
        name, _, token = text.partition("=")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}", name) or not token or name == "scim":
            raise click.UsageError("--tenant needs NAME=TOKEN; a name has letters, digits, - and _, and is not scim")
        found.append(Tenant(name, bearer(token)))
    if len({tenant.name for tenant in found}) < len(found):
        raise click.UsageError("two tenants have the same name")
    return tuple(found)


def _subject(basic: str | None) -> "Callable[[Mapping[bytes, bytes]], str | None] | None":
    """With HTTP Basic, the user of the credential's name is `/Me`."""
    return None if basic is None else lambda headers: basic.partition(":")[0]


def _cursor_key(*secrets: str | None) -> bytes:
    """Servers that share a database and a credential understand each other's cursors."""
    given = "\0".join(secret for secret in secrets if secret)
    return hashlib.sha256(b"cursor\0" + given.encode()).digest() if given else os.urandom(32)


def _credential(token: str | None, basic: str | None, header: str | None, anonymous: bool) -> "Credential":
    from provisor.scimserver import auth

    given = [name for name, value in (("--token", token), ("--basic", basic), ("--header", header)) if value]
    if len(given) > 1 or (given and anonymous):
        raise click.UsageError(f"give one way to sign in, not {' and '.join([*given, *['--anonymous'] * anonymous])}")
    if token:
        return auth.bearer(token)
    if header:
        return auth.raw_header(header)
    if basic:
        user, colon, password = basic.partition(":")
        if not colon or not user:
            raise click.UsageError("--basic needs USER:PASSWORD")
        return auth.basic(user, password)
    if anonymous:
        return auth.ANONYMOUS
    raise click.UsageError(
        "nobody could sign in: give --token, --basic or --header (or set PROVISOR_SCIM_TOKEN), "
        "or say --anonymous to let everybody in"
    )


def _build(options: "Options", host: str, port: int) -> "Service":
    from provisor.scimserver.serving import build
    from provisor.scimserver.storages import StorageError

    try:
        return build(options, host, port)
    except StorageError as problem:
        raise click.ClickException(str(problem)) from problem
    except OSError as problem:
        raise click.ClickException(
            f"cannot listen on {host} port {port}: {problem.strerror}; stop what holds it or choose another --port"
        ) from problem


def _serve(service: "Service", ready: "Callable[[], None]") -> None:
    from provisor.scimserver.serving import run
    from provisor.scimserver.storages import StorageError

    def stop(*_: object) -> None:
        service.server.end()

    # Stored resources live long and never form cycles: looking through all of them again and again is waste.
    gc.set_threshold(50_000, 50, 100)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    try:
        run(service, ready)
    except StorageError as problem:
        raise click.ClickException(str(problem)) from problem


def main() -> NoReturn:
    """Run the command by itself."""
    command(prog_name="provisor scim-server")
    sys.exit(0)


if __name__ == "__main__":
    main()
