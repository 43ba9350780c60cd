"""The walk “Connect your SCIM API service”, clicked one step after another; a test and the screenshots both take it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.console.conftest import Site

from provisor.scimserver.testing import Peer

Look = Callable[[str], Awaitable[None]]
"""Called at each step with the step's name, when there is something to look at."""
APP = "Wiki"


@dataclass
class Walk:
    """An administrator's browser, signed in; a SCIM server to connect; Grace, and Engineering with Alan in it."""

    page: Any
    site: Site
    peer: Peer
    look: Look

    async def button(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def link(self, name: str) -> None:
        await self.page.get_by_role("link", name=name, exact=True).click()

    async def tab(self, name: str) -> None:
        """One of the app's tabs; a number of tasks may be beside its name."""
        await self.page.get_by_label("App", exact=True).get_by_role("link", name=re.compile(f"^{name}")).click()

    async def setting(self, name: str) -> None:
        await self.page.get_by_label("Settings").get_by_role("link", name=re.compile(f"^{name}")).click()

    async def shows(self, text: str) -> None:
        await self.page.get_by_text(text).locator("visible=true").first.wait_for()

    async def browse(self) -> None:
        """Steps 2 to 5: the Admin Console, Applications, Browse App Catalog, search, the three templates."""
        await self.page.goto("/")
        await self.link("Administration")
        await self.page.get_by_label("Main", exact=True).get_by_role("link", name="Applications").click()
        await self.link("Browse App Catalog")
        await self.page.get_by_label("Search the catalog").fill("SCIM 2.0")
        await self.page.get_by_label("Capability").select_option("Provisioning")
        for kind in ("Basic Auth", "Header Auth", "OAuth Bearer Token"):
            await self.page.get_by_role("link", name=f"SCIM 2.0 ({kind})", exact=True).wait_for()
        await self.look("catalog")

    async def add(self) -> None:
        """Steps 6 to 8: Add, General Settings, Next, Sign-On Options, Done."""
        await self.link("Add SCIM 2.0 (OAuth Bearer Token)")
        await self.page.get_by_label("Application label").fill(APP)
        await self.page.get_by_label("Do not display application icon in the mobile app").check()
        await self.page.get_by_label("Automatically sign in when user lands on login page").check()
        await self.look("general-settings")
        await self.button("Next")
        await self.page.get_by_label("SWA", exact=False).check()
        await self.page.get_by_label("Sign-on URL").fill("https://wiki.example.com/login")
        await self.look("sign-on-options")
        await self.button("Done")
        await self.page.get_by_role("heading", name=APP, exact=True).wait_for()

    async def configure(self) -> None:
        """Step 9: Provisioning, Configure API Integration, Enable, address and token, Test API Credentials, Save."""
        await self.tab("Provisioning")
        await self.look("provisioning")
        await self.link("Configure API Integration")
        await self.page.get_by_label("Enable API Integration").check()
        await self.page.get_by_label("Base URL").fill(self.peer.url)
        await self.page.get_by_label("OAuth bearer token").fill("not the token")
        await self.button("Test API Credentials")
        await self.shows("The settings do not serve")
        await self.page.locator("#test-result").scroll_into_view_if_needed()
        await self.look("credentials-refused")
        await self.page.get_by_label("OAuth bearer token").fill(self.peer.token)
        await self.button("Test API Credentials")
        await self.shows("The app answered and accepts these credentials")
        await self.page.locator("#test-result").scroll_into_view_if_needed()
        await self.look("api-integration")
        await self.button("Save")
        for name in ("To App", "From App", "API Integration"):
            await self.page.get_by_label("Settings").get_by_role("link", name=re.compile(f"^{name}")).wait_for()

    async def assign(self) -> None:
        """Step 10: the Assignments tab; a person and a group."""
        await self.tab("Assignments")
        await self.link("Assign to People")
        await self.page.get_by_placeholder("Name or login").nth(1).fill("gra")
        await self.page.locator("#candidates").get_by_text("Alan Tester").wait_for(state="detached")
        await self.button("Assign Grace Tester")
        await self.page.locator("#candidates").get_by_text("Assigned").wait_for()
        await self.look("assign-to-people")
        await self.link("Done")
        await self.link("Assign to Groups")
        await self.button("Assign Engineering")
        await self.page.locator("#candidates").get_by_text("Assigned").wait_for()
        await self.link("Done")
        await self.tab("Assignments")
        await self.shows("Assigned while provisioning was off")
        await self.look("assignments-before")

    async def view_logs(self) -> None:
        """Troubleshooting: Applications, the integration, View Logs."""
        await self.page.get_by_label("Main", exact=True).get_by_role("link", name="Applications").click()
        await self.link(APP)
        await self.link("View Logs")
        await self.page.wait_for_url(re.compile(r"/admin/log\?app="))
        await self.page.locator("#events").get_by_text("Grace Tester").first.wait_for()
        await self.look("system-log")
        await self.page.go_back()

    async def switch_on(self) -> None:
        """Configure your integration: To App, Edit, the three switches, Save; To Okta says what is not there yet."""
        await self.tab("Provisioning")
        await self.setting("From App")
        await self.shows("Not there yet")
        await self.setting("To App")
        await self.link("Edit To App")
        for name in ("Create Users", "Update User Attributes", "Deactivate Users"):
            await self.page.get_by_label(name, exact=True).check()
        await self.look("to-app")
        await self.button("Save")
        await self.shows("People assigned before now wait")

    async def provision(self) -> None:
        """Who was assigned before provisioning was on gets an account now; the list follows without being reloaded."""
        await self.tab("Assignments")
        await self.link("Provision everybody")
        await self.button("Provision everybody")
        for person in ("Grace Tester", "Alan Tester"):
            await self.page.get_by_role("row").filter(has_text=person).get_by_text("In the app").wait_for()
        await self.look("assignments")

    async def delete_attribute(self) -> None:
        """Delete attributes: first the mappings (X, OK), then the attribute in the Profile Editor (X, Delete)."""
        await self.tab("Provisioning")
        for setting in ("To App", "From App"):
            await self.setting(setting)
            await self.link("Remove the mapping of Nickname")
            await self.button("OK")
            await self.shows("The mapping was removed")
        await self.setting("To App")
        await self.link("Go to Profile Editor")
        await self.link("Remove Nickname")
        await self.button("Delete Attribute")
        await self.shows("The attribute Nickname was removed")

    async def add_attribute(self) -> None:
        """Add attributes: Profile Editor, Add Attribute; User personal stays empty, so that groups may set it."""
        await self.link("Add Attribute")
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label("Data type").select_option("String")
        await dialog.get_by_label("Display name").fill("Desk")
        await dialog.get_by_label("Variable name").fill("desk")
        await dialog.get_by_label("External name", exact=True).fill("office.desk")
        await dialog.get_by_label("External namespace").fill("urn:example:wiki:1.0:User")
        await self.look("add-attribute")
        await dialog.get_by_role("button", name="Add Attribute").click()
        await self.shows("The attribute Desk was added")

    async def map_attributes(self) -> None:
        """Map attributes: two dropdowns and Save, to the app and then from it."""
        await self.link("Mappings")
        await self.link("Show unmapped attributes (1)")
        await self.link("Edit the mapping of Desk")
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label("Attribute value").select_option("Map from User Profile")
        await dialog.get_by_label("Attribute", exact=True).select_option("Cost center (costCenter)")
        await dialog.get_by_label("Preview for").fill("grace@example.com")
        await dialog.get_by_role("button", name="Preview").click()
        await dialog.get_by_text("4711").wait_for()
        await self.look("map-attribute")
        await dialog.get_by_role("button", name="Save").click()
        await self.shows("The mapping was saved")
        await self.setting("From App")
        await self.link("Edit the mapping of Display name")
        await dialog.get_by_label("Attribute value").select_option(f"Map from {APP} App Profile")
        await dialog.get_by_label("Attribute", exact=True).select_option("Title (title)")
        await dialog.get_by_role("button", name="Save").click()
        await self.shows("The mapping was saved")
