"""Dialogs by keyboard: where focus goes, what closes them, and that a second Enter confirms nothing."""

from typing import Any

from tests.console.conftest import Site

from provisor.directory.lifecycle import Status
from provisor.services.actor import SYSTEM
from provisor.services.users import get_user

FOCUSED = "document.activeElement.textContent.trim() || document.activeElement.id"


async def focused(page: Any) -> str:
    text: str = await page.evaluate(FOCUSED)
    return text


async def focus_comes_back(page: Any, name: str) -> None:
    """A browser tells of a closed dialog a moment after it is gone."""
    await page.wait_for_function(f"name => ({FOCUSED}) === name", arg=name)


async def test_a_dialog_of_a_menu_gives_focus_back_to_the_menus_button(site: Site, page: Any) -> None:
    """Escape closes it, and one is where one was."""
    person = await site.company.hire("grace")
    await page.goto(f"/admin/people/{person}")
    await page.get_by_role("button", name="Actions").press("Enter")
    await page.get_by_role("link", name="Set a password").press("Enter")
    await page.get_by_role("dialog").wait_for()
    assert await focused(page) == "f-password"
    await page.keyboard.press("Escape")
    await page.get_by_role("dialog").wait_for(state="hidden")
    await focus_comes_back(page, "Actions")


async def test_enter_twice_takes_nothing_away(site: Site, page: Any) -> None:
    """What cannot be taken back is not what has the focus: the second Enter cancels, without leaving the page."""
    person = await site.company.hire("grace")
    await page.goto(f"/admin/people/{person}")
    await page.get_by_role("button", name="Actions").press("Enter")
    await page.get_by_role("link", name="Deactivate").press("Enter")
    await page.get_by_role("dialog").wait_for()
    assert await focused(page) == "Cancel"
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog").wait_for(state="hidden")
    await focus_comes_back(page, "Actions")
    assert (await get_user(site.database, SYSTEM, person)).status is not Status.DEPROVISIONED
