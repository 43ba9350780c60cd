"""`provisor apps`: lists apps, makes and connects them, and has everybody in them looked at again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from provisor.cli import app_attributes, app_health, app_policy
from provisor.cli.finding import every, find_app
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json, table
from provisor.cli.server import Refused, Server, connected, run

SCHEMES = {"scim2_basic_auth": "BASIC", "scim2_header_auth": "HEADER"}
"""How a catalogue entry signs in; the others take a bearer token."""

ALL_ON = {
    "create": {"lifecycleCreate": {"status": "ENABLED"}},
    "update": {
        "profile": {"status": "ENABLED"},
        "lifecycleDeactivate": {"status": "ENABLED"},
        "password": {"status": "DISABLED", "seed": "RANDOM", "change": "KEEP_EXISTING"},
    },
}


@click.group()
def apps() -> None:
    """See and make connected apps."""


apps.add_command(app_attributes.attributes)
apps.add_command(app_policy.probe)
apps.add_command(app_policy.policy)
apps.add_command(app_health.health)
apps.add_command(app_health.pause)
apps.add_command(app_health.resume)


@apps.command("list")
@json_option
@server_options
def list_apps(address: Address, as_json: bool) -> None:
    """Show the apps."""
    found = run(_list(address))
    if as_json:
        print_json(found)
    else:
        columns = ("id", "status", "name", "label")
        click.echo(table([name.upper() for name in columns], ([app[name] for name in columns] for app in found)))


async def _list(address: Address) -> list[Any]:
    async with connected(address) as server:
        return [app async for app in every(server, "/api/v1/apps")]


@apps.command()
@click.argument("entry")
@click.option("--label", required=True, help="What people call the app.")
@click.option("--base-url", help="Where its SCIM 2.0 endpoint is; leaves it unconnected if not given.")
@click.option("--username", help="For scim2_basic_auth.")
@click.option(
    "--secret",
    envvar="PROVISOR_APP_SECRET",
    help="Its token, password or client secret; better in the environment than here.",
)
@click.option("--client-id", help="Of an OAuth 2.0 client that signs in by itself.")
@click.option("--token-url", help="Where that client gets its tokens; makes the connection one by OAuth.")
@click.option("--scope", default="", help="What it asks for.")
@json_option
@server_options
def create(
    address: Address,
    entry: str,
    label: str,
    base_url: str | None,
    username: str | None,
    secret: str | None,
    client_id: str | None,
    token_url: str | None,
    scope: str,
    as_json: bool,
) -> None:
    """Make an app from the catalogue ENTRY: scim2, or another of docs/how-to/connect-an-app.md.

    With --base-url it is connected (the credentials are tested) and provisioning to it is switched on.
    """
    if base_url and not secret:
        secret = click.prompt("Token, password or client secret of the app", hide_input=True)
    profile: dict[str, Any] = {"authScheme": SCHEMES.get(entry, "TOKEN"), "token": secret}
    if token_url:
        ours = {"tokenUrl": token_url, "scope": scope, "clientSecret": secret}
        profile = {"authScheme": "OAUTH2", "clientId": client_id, "provisor": ours}
    elif profile["authScheme"] == "BASIC":
        profile = {"authScheme": "BASIC", "username": username, "password": secret}
    app = run(_create(address, entry, label, base_url, profile))
    if as_json:
        print_json(app)
    else:
        click.echo(f"{app['id']}  {app['label']}" + ("" if base_url else "  (not connected yet)"))


async def _create(address: Address, entry: str, label: str, base_url: str | None, profile: dict[str, Any]) -> Any:
    async with connected(address) as server:
        app = await server.post("/api/v1/apps", {"name": entry, "label": label})
        if base_url:
            try:
                await _connect(server, app["id"], base_url, profile)
            except Refused:
                # Half an app would be in the way of the next attempt.
                await server.post(f"/api/v1/apps/{quote(app['id'])}/lifecycle/deactivate")
                await server.delete(f"/api/v1/apps/{quote(app['id'])}")
                raise
        return app


async def _connect(server: Server, app_id: str, base_url: str, profile: dict[str, Any]) -> None:
    path = f"/api/v1/apps/{quote(app_id)}"
    await server.post(f"{path}/connections/default?activate=TRUE", {"profile": profile, "baseUrl": base_url})
    await server.put(f"{path}/features/USER_PROVISIONING", ALL_ON)


@apps.command()
@click.argument("app")
@server_options
def sync(address: Address, app: str) -> None:
    """Look again at everybody assigned to APP (an id or an exact label), and push what differs."""
    run(_sync(address, app))
    click.echo(f"Everybody in {app} will be looked at again; `provisor log tail -f` shows it.")


async def _sync(address: Address, app: str) -> None:
    async with connected(address) as server:
        found = await find_app(server, app)
        await server.post(f"/provisor/v1/apps/{quote(found['id'])}/sync")
