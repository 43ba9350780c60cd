"""What every connector that manages accounts has to honour, whatever it speaks. Knows no protocol.

A connector joins by subclassing `ConnectorContract` in a test module and giving the fixtures `connector`,
`locked_out` and `world`. What counts is what the app holds afterwards, so every test looks there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from provisor.connector import (
    ConfigError,
    Connector,
    CreatesAccounts,
    DeactivatesAccounts,
    Desired,
    FindsAccounts,
    ListsAccounts,
    PeerConflict,
    PeerMissing,
    ReactivatesAccounts,
    ReadsAccounts,
    UpdatesAccounts,
)

PASSWORD = "pass-4Xr9-word-of-the-contract"
ABSENT = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Held:
    """An account as the app itself holds it, in the app's flat attribute names."""

    id: str
    username: str
    active: bool
    subject: str | None
    attributes: Mapping[str, Any]


class World(Protocol):
    """The app, seen and touched without the connector."""

    async def accounts(self) -> list[Held]:
        """Everything the app holds."""

    async def edit(self, account_id: str, attribute: str, value: str) -> None:
        """Change an account behind the connector's back."""


def ada(**changes: str) -> Desired:
    """A person; a keyword changes an attribute, an empty one takes it away."""
    attributes = {
        "givenName": "Ada",
        "familyName": "King",
        "displayName": "Ada King",
        "email": "ada@example.com",
        "emailType": "work",
        "title": "Countess",
        "department": "Engines",
        **changes,
    }
    return Desired("00u00000000000000ada", "ada@example.com", {n: v for n, v in attributes.items() if v})


class ConnectorContract:
    """The tests; method by method of the port."""

    async def only_account(self, world: World) -> Held:
        """The one account of the app."""
        (held,) = await world.accounts()
        return held

    def test_it_offers_every_capability(self, connector: Any) -> None:
        """Capabilities are types, asked for with isinstance."""
        for capability in (
            Connector,
            FindsAccounts,
            ReadsAccounts,
            CreatesAccounts,
            UpdatesAccounts,
            ReactivatesAccounts,
            DeactivatesAccounts,
            ListsAccounts,
        ):
            assert isinstance(connector, capability)

    async def test_the_test_passes_and_changes_nothing(self, connector: Any, world: World) -> None:
        """Good settings raise nothing."""
        await connector.test()
        assert await world.accounts() == []

    async def test_wrong_credentials_are_a_matter_of_settings(self, locked_out: Any) -> None:
        """Both the test and ordinary work say so."""
        with pytest.raises(ConfigError):
            await locked_out.test()
        with pytest.raises(ConfigError):
            await locked_out.find_accounts("ada@example.com")

    async def test_nobody_is_found_in_an_empty_app(self, connector: Any) -> None:
        """A miss is an empty list, not an error."""
        assert list(await connector.find_accounts("ada@example.com")) == []

    async def test_a_created_account_is_held_with_every_value(self, connector: Any, world: World) -> None:
        """The app holds name, state, our id and the mapped attributes; the answer carries the app's id."""
        account = await connector.create_account(ada(), PASSWORD)
        held = await self.only_account(world)
        assert held == Held(account.id, "ada@example.com", True, "00u00000000000000ada", ada().attributes)
        assert (account.username, account.active, account.subject) == (held.username, True, held.subject)

    async def test_a_created_account_is_found_and_read(self, connector: Any) -> None:
        """Looking up and reading give the account that was created."""
        created = await connector.create_account(ada(), PASSWORD)
        (found,) = await connector.find_accounts("ada@example.com")
        read = await connector.read_account(created.id)
        assert found.id == read.id == created.id
        assert found.username == read.username == "ada@example.com"

    @pytest.mark.parametrize("username", ['o"neil', "back\\slash", "a+b&c=d#e/f?g%20h", "jürgen@exämple.com", "李"])
    async def test_names_of_any_kind_are_found_again(self, connector: Any, world: World, username: str) -> None:
        """Nothing in a user name breaks the look-up."""
        desired = Desired("00u1", username, ada().attributes)
        created = await connector.create_account(desired, PASSWORD)
        assert (await self.only_account(world)).username == username
        assert [account.id for account in await connector.find_accounts(username)] == [created.id]

    async def test_a_taken_name_is_a_conflict(self, connector: Any, world: World) -> None:
        """The second create raises and the app still holds one account."""
        await connector.create_account(ada(), PASSWORD)
        with pytest.raises(PeerConflict):
            await connector.create_account(ada(title="Impostor"), PASSWORD)
        assert (await self.only_account(world)).attributes["title"] == "Countess"

    async def test_everybody_is_listed_with_what_they_were_sent(self, connector: Any) -> None:
        """Page after page until there is none; what is observed is what was written, as far as it is shown."""
        assert (await connector.list_accounts(None)).accounts == []
        sent = {}
        for name in ("ada", "grace", "alan"):
            desired = Desired(f"00u{name}", f"{name}@example.com", ada(givenName=name).attributes)
            sent[(await connector.create_account(desired, PASSWORD)).id] = desired.attributes
        listed: dict[str, Mapping[str, Any]] = {}
        position, total = None, None
        while total is None or position is not None:
            page = await connector.list_accounts(position)
            listed |= {account.id: connector.observed(account) for account in page.accounts}
            position, total = page.next, page.total
        shown = connector.observable
        assert listed == {key: {n: v for n, v in values.items() if n in shown} for key, values in sent.items()}
        assert total == 3
        assert {"givenName", "email", "department"} <= shown

    async def test_an_update_writes_the_whole_profile(self, connector: Any, world: World) -> None:
        """Changed values arrive, and an edit made in the app is overwritten."""
        account = await connector.create_account(ada(), PASSWORD)
        await world.edit(account.id, "displayName", "Edited in the app")
        await connector.update_account(account.id, ada(familyName="Lovelace", email="lovelace@example.com"))
        held = await self.only_account(world)
        assert held.attributes == ada(familyName="Lovelace", email="lovelace@example.com").attributes
        assert held.active

    async def test_a_value_that_is_gone_disappears(self, connector: Any, world: World) -> None:
        """Emptied attributes are emptied in the app, in the core and in the extension."""
        account = await connector.create_account(ada(), PASSWORD)
        await connector.update_account(account.id, ada(title="", department="", displayName=""))
        assert (await self.only_account(world)).attributes == ada(title="", department="", displayName="").attributes

    async def test_an_update_twice_is_an_update_once(self, connector: Any, world: World) -> None:
        """Nothing piles up."""
        account = await connector.create_account(ada(), PASSWORD)
        await connector.update_account(account.id, ada(title="Analyst"))
        once = await world.accounts()
        await connector.update_account(account.id, ada(title="Analyst"))
        assert await world.accounts() == once

    async def test_an_update_leaves_the_state_alone_unless_asked(self, connector: Any, world: World) -> None:
        """A profile push does not switch anybody on; with `activate` it does."""
        account = await connector.create_account(ada(), PASSWORD)
        await connector.deactivate_account(account.id)
        await connector.update_account(account.id, ada(title="Analyst"))
        assert not (await self.only_account(world)).active
        await connector.update_account(account.id, ada(title="Analyst"), activate=True)
        assert (await self.only_account(world)).active

    async def test_a_rename_keeps_the_id(self, connector: Any, world: World) -> None:
        """The user name is a value like others."""
        account = await connector.create_account(ada(), PASSWORD)
        renamed = Desired("00u00000000000000ada", "lovelace@example.com", ada().attributes)
        assert (await connector.update_account(account.id, renamed)).id == account.id
        assert (await self.only_account(world)).username == "lovelace@example.com"

    async def test_a_deactivated_account_stays(self, connector: Any, world: World) -> None:
        """It is switched off, not deleted, still found, and switching it off again is no error."""
        account = await connector.create_account(ada(), PASSWORD)
        await connector.deactivate_account(account.id)
        await connector.deactivate_account(account.id)
        held = await self.only_account(world)
        assert (held.id, held.active, held.attributes) == (account.id, False, ada().attributes)
        assert [found.active for found in await connector.find_accounts("ada@example.com")] == [False]

    async def test_a_reactivated_account_is_the_same_with_the_new_profile(self, connector: Any, world: World) -> None:
        """Id kept, state on, values written."""
        account = await connector.create_account(ada(), PASSWORD)
        await connector.deactivate_account(account.id)
        back = await connector.reactivate_account(account.id, ada(title="Returned"))
        held = await self.only_account(world)
        assert back.id == held.id == account.id
        assert (held.active, held.attributes["title"]) == (True, "Returned")

    async def test_an_unknown_id_is_missing(self, connector: Any, world: World) -> None:
        """Every method that takes an id says so, and none creates anything."""
        for call in (
            connector.read_account(ABSENT),
            connector.update_account(ABSENT, ada()),
            connector.reactivate_account(ABSENT, ada()),
            connector.deactivate_account(ABSENT),
        ):
            with pytest.raises(PeerMissing):
                await call
        assert await world.accounts() == []

    async def test_the_password_comes_back_in_no_answer(self, connector: Any) -> None:
        """Neither in the account nor in a refusal."""
        account = await connector.create_account(ada(), PASSWORD)
        with pytest.raises(PeerConflict) as refused:
            await connector.create_account(ada(), PASSWORD)
        assert PASSWORD not in repr(account) + repr(refused.value)
