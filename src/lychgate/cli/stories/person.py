"""A person at a browser, played over plain HTTP: opens a page, fills in its form, presses its button."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from .story import StepFailed

PATIENCE = 20  # seconds for an answer


@dataclass(slots=True)
class _Form:
    """Where a form posts to, and what it holds; ``buttons`` are the names that its buttons have."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "form":
            self.forms.append(_Form(found.get("action", "")))
        elif tag == "input" and self.forms and name:
            self.forms[-1].fields[name] = found.get("value", "")
        elif tag == "button" and self.forms and name:
            self.forms[-1].buttons.add(name)


class Person:
    """Keeps the cookies of one browser and follows every redirect; ``page`` is what they see."""

    def __init__(self) -> None:
        import httpx2

        self._client = httpx2.Client(follow_redirects=True, timeout=PATIENCE)
        self.page: Any = None

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def open(self, url: str) -> Person:
        return self._see(self._client.get(url))

    def send(self, **typed: str) -> Person:
        """Fill in the page's form that has these fields or buttons, and send it. Raises ``StepFailed`` without one."""
        form = self._form(typed)
        fields = {**form.fields, **typed}
        return self._see(self._client.post(urljoin(str(self.page.url), form.action), data=fields))

    def press(self) -> Person:
        """Send a form as it came: what a link has filled in is only confirmed."""
        return self.send(user_code=self._form({"user_code": ""}).fields["user_code"])

    def has(self, *names: str) -> bool:
        """Whether the page has a form with these fields."""
        return self._found(dict.fromkeys(names, "")) is not None

    def _form(self, typed: Mapping[str, str]) -> _Form:
        found = self._found(typed)
        if found is None:
            raise StepFailed(f"the page at {self.page.url.path} has no form for {', '.join(typed)}")
        return found

    def _found(self, typed: Mapping[str, str]) -> _Form | None:
        reader = _Reader()
        reader.feed(self.page.text)
        return next((form for form in reader.forms if set(typed) <= form.buttons | set(form.fields)), None)

    def _see(self, answer: Any) -> Person:
        if answer.status_code >= 400:
            raise StepFailed(f"the page at {answer.url.path} answered {answer.status_code}")
        self.page = answer
        return self
