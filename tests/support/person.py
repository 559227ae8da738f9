"""A person with a browser, played over plain HTTP: reads our pages' forms and sends them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2


@dataclass
class FoundForm:
    """A form of a page: where it posts to, and its fields with their values."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FoundForm] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(FoundForm(found.get("action", "")))
        elif found.get("type") == "checkbox" and "checked" not in found:
            return  # a browser says nothing of a box that is not ticked
        elif tag == "input" and self.forms and "name" in found:
            self.forms[-1].fields[found["name"]] = found.get("value", "")
        elif tag == "button" and self.forms and "name" in found:
            self.forms[-1].buttons.append((found["name"], found.get("value", "")))


class PersonAtBrowser:
    """Keeps cookies and follows redirects, but never leaves ``home``: where it would is ``left_to``."""

    def __init__(self, home: str, tls: ssl.SSLContext | None = None) -> None:
        self.home, self.left_to = home, ""
        self.page: Any = None
        loopback = DefaultCookiePolicy(secure_protocols=("https", "wss", "http"))  # browsers trust it without TLS
        self._client = httpx2.Client(
            follow_redirects=False, timeout=20, verify=True if tls is None else tls, cookies=CookieJar(loopback)
        )

    def close(self) -> None:
        self._client.close()

    def open(self, url: str) -> PersonAtBrowser:
        return self._follow(self._client.get(url))

    def send(self, answer: dict[str, str], action: str = "", **headers: str) -> PersonAtBrowser:
        """Send the page's form (the one that posts to ``action``, else the first with all these fields)."""
        form = self.form(action, set(answer))
        url = urljoin(str(self.page.url), form.action)
        return self._follow(self._client.post(url, data={**form.fields, **answer}, headers=headers))

    def form(self, action: str = "", names: set[str] | None = None) -> FoundForm:
        reader = _Forms()
        reader.feed(self.page.text)
        for form in reader.forms:
            known = set(form.fields) | {name for name, _ in form.buttons}
            if (action and form.action.endswith(action)) or (not action and (names or set()) <= known):
                return form
        raise AssertionError(f"no form for {action or names} in the page {self.page.url}:\n{self.page.text[:1500]}")

    def log_in(self, name: str, password: str) -> PersonAtBrowser:
        return self.send({"name": name, "password": password})

    def allow(self) -> PersonAtBrowser:
        return self.send({"answer": "allow"})

    @property
    def params(self) -> dict[str, str]:
        """The parameters that the browser took along when it left."""
        return dict(parse_qsl(urlsplit(self.left_to).query))

    def _follow(self, answer: Any) -> PersonAtBrowser:
        self.left_to = ""
        while answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if not target.startswith(self.home):
                self.left_to = target
                break
            answer = self._client.get(target)
        self.page = answer
        return self
