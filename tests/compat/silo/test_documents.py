"""The classes that the document prints run with only their import line changed, and so do the examples of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.compat.silo import (
    AuthBasic,
    Authenticator,
    AuthNone,
    Credential,
    add_auth,
    auth_logger,
    get_authmethod,
    http_step,
)
from lychgate.compat.silo.__main__ import written
from support import apache
from support.pages import SILO as PAGE
from support.pages import example, run
from support.vendor import Vendor

ROOT = Path(__file__).parents[3]
SEED = ROOT / "../shared/seeds/4-snippet-framework.txt"
IMPORT = "from lychgate.compat.silo import add_auth, Authenticator"


STARTS = r" (?=class |def |@|return |Authenticator\.__|self\.cred|res\.auth|# )"
LEVELS = {"@add_auth": 0, "class ": 0, "@static": 1, "# ": 1, "def ": 1}  # by what a line begins with; the others 2


def printed(name: str) -> str:
    """The class ``name`` as the document prints it, on lines again (the seed has lost them), its import changed."""
    if not SEED.exists():
        pytest.skip(f"no {SEED.name} beside the project")
    block = rf"@add_auth class {name}\(Authenticator\):.*?(?= \.\. code-block| The most| In the foll)"
    found = re.search(block, SEED.read_text())
    assert found is not None
    lines, level = [IMPORT], 0
    for part in re.split(r'(""".*?""")', found[0]):
        texts = [part] if part.startswith('"""') else filter(None, map(str.strip, re.split(STARTS, part)))
        for text in texts:
            begun = next((LEVELS[word] for word in LEVELS if text.startswith(word)), 2)
            level = level + 1 if text.startswith('"""') and lines[-1].startswith("class") else begun
            lines.append("    " * level + text)
    return "\n".join(lines) + "\n"


def test_the_authenticator_without_authentication_runs_as_printed(vendor: Vendor) -> None:
    with pytest.warns(match='"AuthNone" is replaced by'):
        theirs = run(printed("AuthNone")).AuthNone
    method = get_authmethod(vendor.credential())
    assert type(method) is theirs
    assert (method.check_if_authenticated(), method.authenticate(), method.check_result(None)) == (True, True, True)
    assert (method.get_name(), method.get_desc()) == ("AuthNone", "No Authentication for HTTP")
    assert "authorization" not in vendor.step().headers


def test_the_filter_example_masks_its_secret_as_printed(vendor: Vendor, caplog: pytest.LogCaptureFixture) -> None:
    theirs = run(printed("AuthExampleCredFilter")).AuthExampleCredFilter
    with pytest.raises(TypeError, match=r"AuthExampleCredFilter lacks authenticate, build, .*modify_request"):
        theirs(vendor.credential(debug=True))
    complete(theirs)(vendor.credential(debug=True))
    auth_logger.info("it is lowcodepassword")
    assert caplog.messages[-1] == "it is *****"


def test_the_override_example_is_found_by_its_name(vendor: Vendor) -> None:
    theirs = run(printed("AuthCustom")).AuthCustom
    with pytest.raises(TypeError, match="AuthCustom lacks"):
        theirs(vendor.credential())
    with pytest.warns(match="is replaced"):
        ours = add_auth(complete(theirs))
    assert type(get_authmethod(vendor.credential(authOverride="AuthCustom"))) is ours
    assert vendor.step(authType="AuthBasic", authOverride="AuthCustom").method == "GET"


def complete(cls: Any) -> Any:
    """A class that the document prints in part, with what it lacks from ``AuthNone``."""
    methods = {name: AuthNone.__dict__[name] for name in cls.__abstractmethods__}
    ours: Any = type(cls.__name__, (cls,), {**methods, "build": staticmethod(lambda given, **more: ours(given))})
    return ours


def test_the_logger_and_the_registry_are_imported_as_the_document_says() -> None:
    names = run("from lychgate.compat.silo import auth_logger\n" + IMPORT)
    assert names.auth_logger is auth_logger
    assert names.Authenticator is Authenticator


@pytest.fixture(scope="module")
def digest_url() -> Iterator[str]:
    with apache.digest_server() as started:
        yield started


def test_the_digest_example_is_let_in_by_apache(digest_url: str) -> None:
    example(PAGE, "AuthDigest")
    fields = {"authOverride": "AuthDigest", "url": digest_url, "username": apache.USER, "password": apache.PASSWORD}
    assert http_step(Credential(fields), "GET", "/secret/page").text == "yes"
    assert http_step(Credential({**fields, "password": "wrong"}), "GET", "/secret/page").status_code == 401


def test_our_own_digest_does_as_well_in_its_place(digest_url: str) -> None:
    class Native(AuthBasic):
        def modify_request(self, res: Any) -> bool:
            fields = self.credentials.fields
            res.auth = lychgate.auth(lychgate.Digest(fields["username"], fields["password"]))
            return True

        @staticmethod
        def build(credentials: Any, **kwargs: Any) -> Authenticator:
            return Native(credentials, **kwargs)

        @staticmethod
        def get_name() -> str:
            return "Native"

    add_auth(Native)
    fields = {"authOverride": "Native", "url": digest_url, "username": apache.USER, "password": apache.PASSWORD}
    assert http_step(Credential(fields), "GET", "/secret/page").text == "yes"


def test_the_query_example_puts_the_key_into_the_query_and_not_into_a_header(vendor: Vendor) -> None:
    example(PAGE, "AuthQuery")
    seen = vendor.step(authType="AuthApiKey", authOverride="AuthQuery", apikey="key of ada&")
    assert seen.query == {"key": ["key of ada&"]}
    assert "authorization" not in seen.headers


def test_the_table_in_our_document_is_fresh() -> None:
    assert written(PAGE.read_text()) == PAGE.read_text(), "run: python -m lychgate.compat.silo docs/silo.md"
    with pytest.raises(ValueError, match="no marks"):
        written("a page without any")
