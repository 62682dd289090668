"""Customer and staff side by side: asked, approved, seen with masks, one field shown, ended.

And a condition that is not fulfilled any more while a page is open closes that page.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from .conftest import Key, add, give_password
from .test_staff import heading, keeps_nobody_out

DANA, ERIK = "dana.drew@support.example", "erik.east@support.example"
FIT = Path(__file__).with_name("fit.py")
CLOSED_WITHIN_MS = 60_000


def join_staff(page: Page, operator, address: str, name: str, by: str = "", env=None) -> Key:
    """Let somebody join the staff; by: who confirms their background check, but for the first."""
    said = operator(
        *("staff", "add", address, "--name", name),
        *("--checked", "2026-11-02", "--reference", "HR-18"),
    )
    if by:
        subprocess.run([sys.executable, FIT, "--checks", by, address], env=env, check=True)
        said = operator("staff", "enable", address)
    key = Key(page)
    key.is_touched(True)
    page.goto(re.search(r"http://\S+(/staff/enrol/\S+/)", said)[1])
    page.get_by_role("button", name="Make the passkey").click()
    expect(heading(page, "Overview")).to_be_visible()
    return key


def let_in(customer: Page, credential: dict[str, object]) -> None:
    """Sign Alice in with the passkey that she has, or has to make anew: then it is the next one's.

    credential: of her device, one for all walks.
    """
    alices = Key(customer)
    used = int(time.time())  # more often than the walks before have used it
    alices.holds({**credential, "signCount": used})
    alices.is_touched(True)
    customer.goto("/sign-in/")  # her passkey answers at once, if no walk before has removed it
    answered = re.compile("/events/|/sign-in/passkey/")
    expect(customer).to_have_url(answered)
    if "/sign-in/" in customer.url:
        alices.is_touched(False)
        give_password(customer)
        expect(customer).to_have_url(re.compile("/events/"))
        alices.is_touched(True)
        add(customer, "Phone")
        made = customer.get_by_role("row", name=re.compile("Phone"))
        expect(made.or_(customer.locator(".recovery-codes")).first).to_be_visible()
        removed = credential["credentialId"]
        [kept] = [each for each in alices.credentials() if each["credentialId"] != removed]
        credential.update(kept)
        customer.goto("/")
    expect(customer).to_have_url(re.compile("/events/"))


def plan_an_evening(page: Page) -> str:
    """Make an event with one guest; return the address of the guest's page."""
    page.goto(page.url.partition("/events/")[0] + "/events/new/")
    page.get_by_label("Title").fill("Winter Dinner")
    page.get_by_label("Starts").fill("2027-01-20T19:00")
    page.get_by_label("Ends").fill("2027-01-20T23:00")
    page.get_by_role("button", name="Create the event").click()
    expect(heading(page, "Winter Dinner")).to_be_visible()
    page.goto(f"{page.url}guests/add/")
    page.get_by_label("First name").fill("Zenobia")
    page.get_by_label("Last name").fill("Quillfeather")
    page.get_by_label("E-mail").first.fill("zenobia@quill.example")
    page.get_by_role("button", name="Add to the list").click()
    expect(heading(page, "Zenobia Quillfeather")).to_be_visible()
    return page.url


def test_staff_see_what_they_were_let_see(  # noqa: PLR0915  two people, side by side
    page: Page, browser, operator, product, instance, credential
):
    customer = browser.new_context(base_url=product[0]).new_page()
    let_in(customer, credential)
    guest = plan_an_evening(customer)
    organization = re.search(r"/o/([0-9a-f-]{36})/", guest)[1]
    settings = f"/o/{organization}/settings/support-access/"
    customer.goto(settings)
    customer.get_by_label(re.compile("Ask us")).check()
    customer.get_by_role("button", name="Save").click()
    expect(customer.get_by_text("Saved").first).to_be_visible()

    other = browser.new_context(base_url=product[0]).new_page()
    join_staff(page, operator, DANA, "Dana Drew")
    join_staff(other, operator, ERIK, "Erik East", DANA, instance.env)
    page.goto(f"/staff/grants/ask/{organization}/")
    expect(page.get_by_text("You may not see data of any organization now")).to_be_visible()
    assert keeps_nobody_out(page)
    subprocess.run([sys.executable, FIT, DANA, ERIK], env=instance.env, check=True)

    page.goto("/staff/organizations/")
    row = page.get_by_role("row", name=re.compile(organization))
    row.get_by_role("link", name="Ask for access").click()
    page.get_by_label("A fault of the service").check()
    page.get_by_label("Why do you have to see it?").fill("...")
    page.get_by_role("button", name="Ask for access").click()
    expect(page.get_by_text("Say in more than one word")).to_be_visible()
    assert keeps_nobody_out(page)
    page.get_by_label("Why do you have to see it?").fill("The plan shows an empty table")
    page.get_by_role("button", name="Ask for access").click()
    expect(page.get_by_text("You get no access before")).to_be_visible()
    assert keeps_nobody_out(page)
    grant = page.url

    customer.goto(settings)
    expect(customer.get_by_text("The plan shows an empty table").first).to_be_visible()
    assert keeps_nobody_out(customer)
    customer.get_by_role("button", name="Approve").click()
    expect(customer.get_by_text("Open now")).to_be_visible()

    page.goto(grant)
    page.get_by_role("link", name="Look at the organization").click()
    expect(page.locator(".visit-banner")).to_contain_text("Dana Drew, you are looking at")
    page.get_by_role("link", name="Winter Dinner").first.click()
    page.get_by_role("link", name="Guests").first.click()
    expect(page.locator(".visit-banner")).to_be_visible()
    assert "Quillfeather" not in page.content()
    assert keeps_nobody_out(page)
    page.get_by_role("link", name=re.compile("•••")).first.click()
    expect(heading(page, re.search(r"••• \w{4}", page.content())[0])).to_be_visible()
    page.get_by_role("button", name="Show E-mail").click()
    expect(page.get_by_text("zenobia@quill.example")).to_be_visible()
    assert "Quillfeather" not in page.content()
    assert keeps_nobody_out(page)

    customer.goto(f"/o/{organization}/log/?show=everything")
    expect(customer.get_by_text("Dana Drew of the staff had a masked field shown")).to_be_visible()

    page.reload()
    expect(page.locator(".visit-banner")).to_be_visible()
    operator("staff", "disable", DANA)
    expect(heading(page, "Staff sign-in")).to_be_visible(timeout=CLOSED_WITHIN_MS)
    operator("staff", "enable", DANA)
    page.get_by_role("button", name="Sign in with your passkey").click()
    expect(page).not_to_have_url(re.compile("sign-in"))

    page.goto(grant)
    if (still_open := page.get_by_role("button", name="End now")).count():
        still_open.click()  # unless the minute's job has closed it meanwhile
        expect(page.get_by_role("button", name="End now")).to_be_hidden()
    page.goto(f"/staff/grants/ask/{organization}/")
    page.get_by_label("A security matter").check()
    page.get_by_label("Why do you have to see it?").fill("A stranger signed in at night")
    page.get_by_label("It is an emergency").check()
    page.get_by_role("button", name="Ask for access").click()
    expect(page.get_by_text("Another member of the staff has to approve this")).to_be_visible()
    emergency = page.url
    other.goto("/staff/grants/")
    waiting = other.get_by_role("row", name=re.compile("A stranger signed in at night"))
    waiting.get_by_role("link", name="Dana Drew").click()
    other.get_by_role("button", name="Approve for one hour").click()
    expect(other.get_by_text("open for one hour").first).to_be_visible()
    page.goto(emergency)
    page.get_by_role("link", name="Look at the organization").click()
    expect(page.locator(".visit-banner")).to_be_visible()
    customer.goto(settings)
    customer.get_by_role("button", name="End access now").click()
    expect(customer.get_by_text("Nobody of the staff can see your data")).to_be_visible()
    expect(heading(page, "Your access")).to_be_visible(timeout=CLOSED_WITHIN_MS)
    expect(page.get_by_text("Ended by the organization").first).to_be_visible()
    assert keeps_nobody_out(page)
    other.context.close()
    customer.context.close()
