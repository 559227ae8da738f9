"""The one script: a passkey is made and used with Chromium's own virtual authenticator (WebAuthn 11)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from support.gallery.serve import Gallery

if TYPE_CHECKING:
    from playwright.sync_api import Page

OLD_BROWSER = """for (const name of ["parseRequestOptionsFromJSON", "parseCreationOptionsFromJSON"])
  delete PublicKeyCredential[name];
delete PublicKeyCredential.prototype.toJSON;"""


@pytest.fixture
def authenticator(page: Page) -> Iterator[Page]:
    """A tab with a passkey holder that always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    held = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": held})
    yield page
    session.detach()


def make(page: Page, site: str) -> dict[str, Any]:
    page.goto(f"{site}/passkey")
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url("**/passkeys/new")
    return Gallery.posted[-1]


@pytest.mark.parametrize("script", ["", OLD_BROWSER], ids=["new", "old"])
def test_a_passkey_is_made_and_then_logs_in(script: str, authenticator: Page, site: str) -> None:
    authenticator.add_init_script(script)
    sent = make(authenticator, site)
    assert sent["name"] == "Phone"
    assert sent["csrf"] == "c5RF-of-the-gallery"
    made = json.loads(sent["credential"])
    assert made["type"] == "public-key"
    assert {"clientDataJSON", "attestationObject"} <= set(made["response"])

    authenticator.goto(f"{site}/login-first")
    authenticator.get_by_role("button", name="Log in with a passkey").click()
    authenticator.wait_for_url("**/login/passkey")
    used = Gallery.posted[-1]
    assert used["request"] == "a-handle-of-the-pending-request"
    credential = json.loads(used["credential"])
    assert credential["id"] == made["id"]
    assert {"clientDataJSON", "authenticatorData", "signature", "userHandle"} <= set(credential["response"])
    assert credential["response"]["userHandle"] == "AQID"


def test_a_passkey_that_is_not_there_is_said_and_nothing_is_sent(authenticator: Page, site: str) -> None:
    count = len(Gallery.posted)
    authenticator.goto(f"{site}/factor-passkey")
    authenticator.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error()); }")
    authenticator.get_by_role("button", name="Use your passkey").click()
    said = authenticator.get_by_role("alert")
    said.wait_for()
    assert "the passkey was not used" in said.inner_text()
    assert len(Gallery.posted) == count
