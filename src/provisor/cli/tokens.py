"""`provisor tokens`: API tokens for programs, such as a source that pushes people in over SCIM."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json
from provisor.cli.server import connected, run
from provisor.services.actor import Scope


@click.group()
def tokens() -> None:
    """Make and revoke API tokens."""


@tokens.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    required=True,
    help="What the token may do; scim = push people and groups in at /scim/v2 and nothing else. Repeatable.",
)
@click.option("--days", type=click.IntRange(1), help="Days after which it expires; without it, it does not.")
@json_option
@server_options
def create(address: Address, name: str, scopes: tuple[str, ...], days: int | None, as_json: bool) -> None:
    """Make a token called NAME and show it, this once."""
    made = run(_create(address, {"name": name, "scopes": list(scopes), **({"days": days} if days else {})}))
    if as_json:
        print_json(made)
    else:
        click.echo(made["token"])
        click.echo(f"Shown this once. To revoke it: provisor tokens revoke {made['id']}", err=True)


async def _create(address: Address, body: dict[str, Any]) -> Any:
    async with connected(address) as server:
        return await server.post("/provisor/v1/tokens", body)


@tokens.command()
@click.argument("token_id", metavar="ID")
@server_options
def revoke(address: Address, token_id: str) -> None:
    """Make the token with this ID useless, at the latest in five seconds."""
    run(_revoke(address, token_id))
    click.echo(f"{token_id} is revoked.")


async def _revoke(address: Address, token_id: str) -> None:
    async with connected(address) as server:
        await server.delete(f"/provisor/v1/tokens/{quote(token_id, safe='')}")
