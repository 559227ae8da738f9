"""Pages without a browser: what is escaped, what each form carries, what goes with a page."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from jinja2 import UndefinedError

from lychgate.server.pages import message
from lychgate.server.pages.assets import assets
from lychgate.server.pages.clients import MyClients
from lychgate.server.pages.consent import Allow
from lychgate.server.pages.login import LogIn
from lychgate.server.pages.paths import PATHS, path
from lychgate.server.pages.policy import content_security_policy, form_target, headers, image_source
from lychgate.server.pages.render import environment, render
from lychgate.server.pages.scopes import SENTENCES, power
from lychgate.server.pages.view import View
from support.gallery.made_up import LONGEST, NOTEBOOK, RTL, STRANGER, frame
from support.gallery.serve import ENTRIES

EVERY = pytest.mark.parametrize("name", ENTRIES)
TEMPLATES = {item.name: item.read_text() for item in (files("lychgate.server") / "templates").iterdir()}
BIGGEST = 30_000  # bytes of a page with its styles and scripts


def html_of(name: str) -> str:
    return render(*ENTRIES[name]).decode()


class Elements(HTMLParser):
    """The start tags of a page, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@EVERY
def test_a_page_with_its_styles_and_scripts_is_under_30_kb(name: str) -> None:
    view, _ = ENTRIES[name]
    loaded = ("style.css", "admin.css" if view.wide else "people.css", "mark.svg", *view.scripts)
    assert len(render(*ENTRIES[name])) + sum(len(assets()[file].body) for file in loaded) < BIGGEST


@EVERY
def test_nothing_is_inline_that_the_policy_would_stop(name: str) -> None:
    for tag, attributes in Elements(html_of(name)).found:
        assert "style" not in attributes
        assert tag != "style"
        assert not [name for name in attributes if name.startswith("on")]
        assert tag != "script" or (attributes["src"] or "").startswith("/static/")


@EVERY
def test_each_form_that_is_sent_to_us_carries_the_token_and_no_other_does(name: str) -> None:
    _, around = ENTRIES[name]
    for body in re.findall(r"<form (.*?)</form>", html_of(name), re.S):
        ours = re.search(r'method="post" action="/', body) is not None
        assert (f'name="csrf" value="{around.csrf}"' in body) == ours


@EVERY
def test_every_heading_and_label_is_in_its_place(name: str) -> None:
    found = Elements(html_of(name)).found
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert [tag for tag, _ in found].count("h1") == 1
    named = {attributes.get("for") for tag, attributes in found if tag == "label"}
    for tag, attributes in found:
        if tag in ("input", "select", "textarea") and attributes.get("type") not in ("hidden", "checkbox"):
            assert attributes.get("id") in named or attributes.get("aria-hidden") == "true"


@EVERY
def test_the_policy_starts_from_nothing(name: str) -> None:
    sent = headers(ENTRIES[name][0])
    policy = dict(part.strip().split(" ", 1) for part in sent["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert "unsafe" not in sent["Content-Security-Policy"]
    assert sent["X-Frame-Options"] == "DENY"
    assert sent["Referrer-Policy"] == "same-origin"
    assert sent["Cache-Control"] == "no-store"
    assert sent["X-Content-Type-Options"] == "nosniff"
    scripted = name.startswith(("login", "factor-passkey", "passkey", "form-post"))
    assert policy["script-src"] == "'none'" or scripted


def test_a_page_may_lead_where_its_answer_goes_and_nowhere_else() -> None:
    assert "form-action 'self';" in content_security_policy(LogIn())
    web, app = "https://notebook.example.org/cb", "org.example.app:/cb"
    assert "form-action 'self' https: org.example.app:;" in content_security_policy(LogIn(leads_to=(web, web, app)))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "DATA:text/html,x", "//x", "", "a b:c", "x;script-src *:y"])
def test_a_page_never_leads_to_what_runs_as_a_script(url: str) -> None:
    with pytest.raises(ValueError, match="scheme"):
        form_target(url)


def test_a_logo_opens_the_policy_for_its_own_host_alone() -> None:
    shown = dataclasses.replace(NOTEBOOK, logo="https://cdn.example.org:8443/a.svg")
    assert "img-src 'self' https://cdn.example.org:8443;" in content_security_policy(LogIn(program=shown))
    plain = dataclasses.replace(NOTEBOOK, logo="http://cdn.example.org/a.svg")
    assert "img-src 'self';" in content_security_policy(LogIn(program=plain))
    assert image_source("https://a;b/x") == "https:"


def test_what_a_stranger_wrote_is_escaped() -> None:
    text = html_of("login-long")
    assert "&lt;b&gt;for&lt;/b&gt;" in text
    assert "<b>for" not in text
    assert "<script>" not in html_of("cannot-answer")
    assert '"><b>' not in html_of("form-post")


def test_a_name_can_neither_turn_the_direction_nor_hide() -> None:
    text = html_of("allow-unverified")
    assert STRANGER.name.count("\u202e") == 1
    assert "\u202e" not in text
    assert "Registered by itself." in text
    assert f"<bdi>{RTL.name}</bdi>" in html_of("allow-rtl")


def test_a_registered_link_that_runs_a_script_is_left_out() -> None:
    assert RTL.terms.startswith("javascript:")
    assert "javascript:" not in html_of("allow-rtl")


def test_a_form_cannot_be_sent_to_a_place_outside_by_a_double_slash() -> None:
    with pytest.raises(ValueError, match="scheme"):
        render(LogIn(action="//evil.example/login"), frame())


def test_links_stand_below_the_path_of_the_issuer() -> None:
    text = render(LogIn(), frame(base="/realms/esgf")).decode()
    assert 'action="/realms/esgf/login"' in text
    assert 'href="/realms/esgf/static/style.css?v=' in text


def test_no_template_marks_a_text_as_safe() -> None:
    for name, text in TEMPLATES.items():
        assert not re.search(r"\|\s*safe|autoescape|Markup", text), name


def test_every_template_is_a_page_or_a_part_of_one() -> None:
    pages = {view.template for view, _ in ENTRIES.values()}
    assert pages | {"layout.html", "parts.html", "tables.html", "admin.html"} == set(TEMPLATES)


def test_every_view_is_in_the_gallery() -> None:
    def below(kind: type[View]) -> set[type[View]]:
        return {kind} | {found for child in kind.__subclasses__() for found in below(child)}

    made = {kind for kind in below(View) if "template" in vars(kind)}
    # dataclass(slots=True) makes each class anew, so that the old one lingers under the same name
    assert {kind.__name__ for kind in made} == {type(view).__name__ for view, _ in ENTRIES.values()}


def test_a_name_that_a_view_does_not_hold_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ page.nothing }}").render(page=LogIn())


def test_a_path_that_nobody_links_to_is_not_in_the_table() -> None:
    used = "\n".join(TEMPLATES.values()) + "\n".join(
        item.read_text() for item in (files("lychgate.server") / "pages").iterdir() if item.name.endswith(".py")
    )
    for name in PATHS:
        assert len(re.findall(f"[\"']{name}[\"']", used)) > 1, name


def test_ids_in_paths_are_quoted() -> None:
    assert path("admin_client", id="a/b?c") == "/admin/clients/a%2Fb%3Fc"
    assert path("admin_users", q="a b&c") == "/admin/users?q=a+b%26c"


def test_a_scope_is_a_sentence_and_an_unknown_one_is_named() -> None:
    assert power("email", {}).sentence == SENTENCES["email"]
    assert power("jobs", {"jobs": "List your jobs"}).sentence == "List your jobs"
    unknown = power("urn:x", {})
    assert unknown.scope == "urn:x"
    assert "“urn:x”" in unknown.sentence


def test_statuses_say_what_the_page_says() -> None:
    assert LogIn(state="slowed", wait=3).status == 429
    assert message.not_found().status == 404
    assert message.away().status == 503
    assert ENTRIES["secret-shown"][0].status == 410


def test_a_logo_is_shown_at_a_size_of_its_own_and_tells_its_host_nothing() -> None:
    text = html_of("allow-logo")
    assert 'alt="" width="48" height="48" referrerpolicy="no-referrer"' in text


def test_a_secret_is_in_no_repr() -> None:
    secret = ENTRIES["secret-first"][0]
    assert "Zk3v9" in html_of("secret-first")
    assert "Zk3v9" not in repr(secret)
    assert "0k7d" not in repr(ENTRIES["recovery-codes"][0])
    assert "c0de" not in repr(ENTRIES["form-post"][0])


def test_only_what_lives_longer_than_a_week_is_about_to_end() -> None:
    view, around = ENTRIES["mine"]
    assert isinstance(view, MyClients)
    day = 86_400_000
    short = dataclasses.replace(view.sessions[0], made_at=around.now, ends_at=around.now + day // 2)
    long = dataclasses.replace(short, made_at=around.now - 20 * day)
    assert ["badge warn" in render(MyClients(sessions=(one,)), around).decode() for one in (short, long)] == [
        False,
        True,
    ]


def test_long_lists_are_shown_whole_to_the_one_who_allows() -> None:
    view = ENTRIES["allow-long"][0]
    assert isinstance(view, Allow)
    assert html_of("allow-long").count("<li>") == len(view.powers)
    assert LONGEST.registered_by_itself
