"""`provisor scim-server`: the reference SCIM server on a port, ready in well under a second.

Only argument handling lives here; heavy modules are imported when the command runs, so that help stays instant.
"""

import gc
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from provisor.scimserver.auth import Credential
    from provisor.scimserver.options import Options
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
    "--public-url",
    envvar="PROVISOR_SCIM_PUBLIC_URL",
    metavar="URL",
    help="How clients reach /scim/v2, where that is not the address bound (a proxy, a container).",
)
@click.option("--strict", is_flag=True, help="Accept only what RFC 7643 and 7644 allow.")
@click.option("--patch-shows-members", is_flag=True, help="Answer a group's PATCH with its members, however many.")
@click.option("--latency", default=0.0, type=click.FloatRange(0), metavar="MS", help="Wait before every answer.")
@click.option("--faults", is_flag=True, help="Offer /_faults and /_requests, for tests.")
@click.option("--seed", default=0, help="Makes faults with a probability repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the ready line as JSON.")
def command(
    host: str,
    port: int,
    token: str | None,
    basic: str | None,
    header: str | None,
    anonymous: bool,
    data: Path | None,
    public_url: str | None,
    strict: bool,
    patch_shows_members: bool,
    latency: float,
    faults: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Run the reference SCIM 2.0 server, under /scim/v2.

    It accepts what Okta and Microsoft Entra ID send and keeps users and groups in memory, or in a file with --data.
    Credentials can come from PROVISOR_SCIM_TOKEN, PROVISOR_SCIM_BASIC or PROVISOR_SCIM_HEADER instead of the command
    line, where other users of the machine could read them.
    """
    credential = _credential(token, basic, header, anonymous)
    from provisor.scim.policy import STRICT, TOLERANT
    from provisor.scimserver.options import Options

    options = Options(
        credential=credential,
        policy=STRICT if strict else TOLERANT,
        data=data,
        public_url=public_url.rstrip("/") if public_url else None,
        patch_shows_members=patch_shows_members,
        latency=latency / 1000,
        faults=faults,
        seed=seed,
    )
    service = _build(options, host, port)
    if host not in LOOPBACK:
        click.echo(f"warning: {host} can be reached from other machines, and the traffic is not encrypted", err=True)
    if as_json:
        click.echo(json.dumps({"event": "ready", "url": service.url}))
    else:
        click.echo(f"scim-server ready on {service.url}")
    sys.stdout.flush()
    _serve(service)


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
    from provisor.scimserver.durable import DataFileError
    from provisor.scimserver.serving import build

    try:
        return build(options, host, port)
    except DataFileError as problem:
        raise click.ClickException(str(problem)) from problem
    except OSError as problem:
        raise click.ClickException(
            f"cannot listen on {host} port {port}: {problem.strerror}; stop what holds it or choose another --port"
        ) from problem


def _serve(service: "Service") -> None:
    from provisor.scimserver.serving import run

    def stop(*_: object) -> None:
        service.server.should_exit = True

    # Stored resources live long and never form cycles: looking through all of them again and again is waste.
    gc.set_threshold(50_000, 50, 100)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    run(service)


def main() -> NoReturn:
    """Run the command by itself."""
    command(prog_name="provisor scim-server")
    sys.exit(0)


if __name__ == "__main__":
    main()
