"""`provisor admins`: who administers, and the way back for somebody who is locked out."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

import click

from provisor.cli.exits import CommandFailed
from provisor.cli.options import Address, json_option, server_options
from provisor.cli.output import print_json, table
from provisor.cli.server import Refused, connected, run
from provisor.services.actor import Role

DUPLICATE = "E0000090"
WAITING = ("PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED")
"""Statuses that end when a password is set."""

role_argument = click.argument("role", type=click.Choice([role.value for role in Role]))


@click.group()
def admins() -> None:
    """See and choose who administers; let somebody in again.

    On the server's machine these work without any administrator, by the token of the data directory.
    """


@admins.command("list")
@json_option
@server_options
def list_admins(address: Address, as_json: bool) -> None:
    """Show everybody who holds a role."""
    found = run(_get(address, "/provisor/v1/admins"))
    if as_json:
        print_json(found)
    elif found:
        rows = [(each["login"], each["name"], each["status"], ", ".join(each["roles"])) for each in found]
        click.echo(table(("login", "name", "status", "roles"), rows))
    else:
        click.echo("Nobody administers yet. The server printed a link that finishes the set-up, or grant a role.")


@admins.command()
@click.argument("login")
@role_argument
@server_options
def grant(address: Address, login: str, role: str) -> None:
    """Give the person with LOGIN (or id) the role ROLE."""
    run(_grant(address, login, role))
    click.echo(f"{login} is {role}.")


@admins.command()
@click.argument("login")
@role_argument
@server_options
def revoke(address: Address, login: str, role: str) -> None:
    """Take the role ROLE from the person with LOGIN (or id). The last SUPER_ADMIN who can sign in keeps it."""
    run(_delete(address, f"{_person(login)}/roles/{role}"))
    click.echo(f"{login} is not {role} any more.")


@admins.command()
@click.argument("login")
@server_options
def reset(address: Address, login: str) -> None:
    """Let the person with LOGIN (or id) in again: unlock them and print a password, shown this once.

    They choose another one when they sign in with it. Their sessions end.
    """
    password = run(_reset(address, login))
    click.echo(f"Password of {login}, to be changed at the next sign-in: {password}")


async def _get(address: Address, path: str) -> Any:
    async with connected(address) as server:
        return await server.get(path)


async def _delete(address: Address, path: str) -> None:
    async with connected(address) as server:
        await server.delete(path)


async def _grant(address: Address, login: str, role: str) -> None:
    async with connected(address) as server:
        try:
            await server.post(f"{_person(login)}/roles", {"type": role})
        except Refused as refusal:
            # To have what was asked for is no failure, so that the command can be repeated.
            if refusal.code != DUPLICATE:
                raise


async def _reset(address: Address, login: str) -> str:
    person = _person(login)
    async with connected(address) as server:
        status = (await server.get(person))["status"]
        if status == "LOCKED_OUT":
            await server.post(f"{person}/lifecycle/unlock")
        elif status in WAITING:
            await server.post(person, {"credentials": {"password": {"value": secrets.token_urlsafe(24)}}})
        elif status != "ACTIVE":
            raise CommandFailed(
                f"{login} is {status}, and a password alone would not let them in. Activate them first."
            )
        answer = await server.post(f"{person}/lifecycle/expire_password_with_temp_password")
    password: str = answer["tempPassword"]
    return password


def _person(login: str) -> str:
    return f"/api/v1/users/{quote(login, safe='')}"
