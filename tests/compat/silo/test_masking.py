"""What ``auth_logger`` prints: nothing without debug, and with it each known secret as five asterisks."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import pytest
from requests.auth import HTTPBasicAuth

from lychgate.compat.silo import AuthBasic, AuthToken, CredentialFilter, add_auth, auth_logger, get_authmethod
from lychgate.compat.silo.credential import Credential
from support.vendor import Vendor

DEBUG = {"debug": True}
SECRET = 'lowcode pass"wörd/1'


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def said(heard: pytest.LogCaptureFixture, text: str) -> str:
    auth_logger.info("%s", text)
    return heard.messages[-1]


def test_with_debug_off_nothing_is_printed_at_any_level(vendor: Vendor, heard: pytest.LogCaptureFixture) -> None:
    get_authmethod(vendor.credential(**vendor.token())).authenticate()
    for level in (logging.DEBUG, logging.INFO, logging.ERROR):
        auth_logger.log(level, "a line of mine")
    assert "a line of mine" not in heard.text
    assert not [record for record in heard.records if record.name == "lychgate.compat.silo"]


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        quote(SECRET, safe=""),
        json.dumps({"password": SECRET}),
        repr({"password": SECRET}),
        base64.b64encode(f"ada:{SECRET}".encode()).decode(),
        base64.urlsafe_b64encode(f"grace:{SECRET}".encode()).decode(),
    ],
)
def test_a_secret_is_masked_in_each_encoding(heard: pytest.LogCaptureFixture, shown: str) -> None:
    CredentialFilter(Credential({"password": SECRET, **DEBUG}))
    line = said(heard, f"sending {shown} now")
    assert "*****" in line
    assert line.startswith("sending ")
    assert not any(form in line for form in (SECRET, quote(SECRET, safe=""), "lowcode", shown))


def test_every_field_that_holds_a_secret_is_masked_and_a_user_name_is_not(heard: pytest.LogCaptureFixture) -> None:
    held = {
        "password": "p-of-ada",
        "proxyPasswd": "p-of-the-proxy",
        "apikey": "k-of-ada",
        "oauth2ClientSecret": "s-of-the-robot",
        "oauth2ResourceOwnerPassword": "p-of-the-owner",
    }
    more = {
        "httpHeader1": "X-Auth: h-one-secret",
        "httpHeaders": '{"X-Api-Key": "h-two-secret", "Accept": "text/plain"}',
    }
    CredentialFilter(Credential({**held, **more, **DEBUG, "username": "ada.lovelace"}))
    line = said(heard, " ".join([*held.values(), "h-one-secret", "h-two-secret", "ada.lovelace", "text/plain"]))
    assert line == " ".join(["*****"] * 7 + ["ada.lovelace", "text/plain"])


def test_a_secret_of_one_letter_is_masked_too(heard: pytest.LogCaptureFixture) -> None:
    CredentialFilter(Credential({"password": "§", **DEBUG}))
    assert said(heard, "is it § or not") == "is it ***** or not"


def test_a_replaced_secret_stays_masked_and_bytes_are_read(heard: pytest.LogCaptureFixture) -> None:
    kept = CredentialFilter(Credential(DEBUG))
    kept.update_secret("token", "first-token")
    kept.update_secret("token", b"second-token")
    kept.update_secret_from_auth(HTTPBasicAuth("ada", "third-password"))
    assert said(heard, "first-token second-token third-password") == "***** ***** *****"
    assert list(kept._secrets["token"]) == ["first-token", "second-token"]
    for number in range(150):
        kept.update_secret("token", f"token-number-{number:03}")
    assert len(kept._secrets["token"]) == 100
    assert said(heard, "token-number-149 first-token") == "***** *****"
    assert "token" in repr(kept)
    assert "second-token" not in repr(kept)


def test_tokens_are_masked_as_they_come_and_renewed_ones_too(vendor: Vendor, heard: pytest.LogCaptureFixture) -> None:
    vendor.answer |= {"refresh_token": "refresh-{}-of-ada"}
    credential = vendor.credential(**vendor.owner(**DEBUG))
    method: Any = get_authmethod(credential)
    method.authenticate()
    method._stale = method._held
    method.authenticate()
    assert len(vendor.logins) == 2
    line = said(heard, "vendor-token-1 vendor-token-2 refresh-1-of-ada refresh-2-of-ada")
    assert line == "***** ***** ***** *****"


def test_a_traceback_and_the_arguments_are_masked(heard: pytest.LogCaptureFixture) -> None:
    CredentialFilter(Credential({"password": "of-the-traceback", **DEBUG}))
    try:
        raise ValueError("of-the-traceback")
    except ValueError:
        auth_logger.exception("it failed with %r", {"password": "of-the-traceback"})
    assert "ValueError: *****" in heard.text
    assert "of-the-traceback" not in heard.text


def test_arguments_go_in_as_logging_does_it_and_those_that_do_not_fit_fail_nobody(
    heard: pytest.LogCaptureFixture,
) -> None:
    CredentialFilter(Credential({"password": "of-the-arguments", **DEBUG}))
    auth_logger.info("%(who)s has %(what)s", {"who": "ada", "what": "of-the-arguments"})
    auth_logger.info("two %s %s", "of-the-arguments")
    auth_logger.info("%d", "of-the-arguments")
    assert heard.messages[-3:] == ["ada has *****", "two %s %s ('*****',)", "%d ('*****',)"]


def test_a_credential_without_debug_is_silent_while_another_one_talks(
    vendor: Vendor, heard: pytest.LogCaptureFixture
) -> None:
    @add_auth
    class Talking(AuthBasic):
        def authenticate(self) -> bool:
            auth_logger.info("I am %s", self.credentials.fields["username"])
            return True

        @staticmethod
        def build(credentials: Any, **kwargs: Any) -> Any:
            return Talking(credentials, **kwargs)

        @staticmethod
        def get_name() -> str:
            return "Talking"

    for name, debug in (("loud", True), ("quiet", False)):
        vendor.step(authType="AuthBasic", authOverride="Talking", username=name, password="of-both", debug=debug)
    assert "I am loud" in heard.text
    assert "I am quiet" not in heard.text


def test_a_class_names_further_fields_to_be_masked(heard: pytest.LogCaptureFixture) -> None:
    class Careful(AuthToken):
        def get_secret_keys(self) -> list[str]:
            return ["username"]

    Careful(Credential({"username": "ada.the.hidden", **DEBUG}))
    assert said(heard, "it is ada.the.hidden") == "it is *****"


def test_every_other_log_at_debug_is_free_of_secrets(vendor: Vendor, heard: pytest.LogCaptureFixture) -> None:
    vendor.step(**vendor.token(**DEBUG, opts='{"api_key": "opts-secret-of-ada"}'))
    vendor.step(authType="AuthApiKey", apikey="key-in-the-query", opts='{"key": "key-in-the-query"}')
    assert "urllib3" in {record.name.partition(".")[0] for record in heard.records}
    for hidden in ("of-ada-herself", "vendor-token-1", "opts-secret-of-ada", "key-in-the-query"):
        assert hidden not in heard.text


def test_neither_a_credential_nor_its_fields_nor_an_authenticator_prints_a_secret(vendor: Vendor) -> None:
    credential = vendor.credential(**vendor.token(httpHeader1="X-Auth: of-ada-herself", opts='{"k": "of-ada-herself"}'))
    method = get_authmethod(credential)
    for what in (credential, credential.fields, method, method.cred_filter):
        assert "of-ada-herself" not in f"{what!r} {what}"
    import pickle

    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(credential)


def test_turning_debug_on_makes_the_log_visible_and_warns_once() -> None:
    program = """
from lychgate.compat.silo import Credential, auth_logger, get_authmethod
for name in ("one", "two"):
    get_authmethod(Credential({"authType": "AuthBasic", "username": name, "password": "of-ada-herself", "debug": True}))
auth_logger.debug("it is of-ada-herself")
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr.count("turning on debug runs the risk of recording a secret") == 1
    assert ran.stderr.endswith("it is *****\n")
