"""Pages that say one thing: logged out, an error, a way on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from .paths import PATHS
from .view import Program, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(View):
    """What happened, and what to do: ``title``, ``text`` in whole sentences, at most one way on.

    ``kind`` "error" shows the request's id. ``link`` is a path of ours or a checked https URL, ``label`` its words.
    ``code`` is the HTTP status; ``error`` the protocol's word for it, shown small for those who look for it.
    """

    template: ClassVar[str] = "message.html"

    title: str
    text: str
    kind: Literal["done", "error"] = "error"
    link: str = ""
    label: str = ""
    error: str = ""
    code: int = 200

    @property
    def status(self) -> int:
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOut(View):
    """Shall this browser be logged out? Posts ``answer`` ("log_out" or "stay") to ``action``.

    ``program`` asked for it (RP-Initiated Logout), or None; put its post_logout_redirect_uri into ``leads_to``.
    """

    template: ClassVar[str] = "logout.html"

    name: str
    program: Program | None = None
    action: str = PATHS["log_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPost(View):
    """The answer to a program as a form (OAuth 2.0 Form Post Response Mode); ``fields`` go to ``redirect_uri``.

    A script presses the button where scripts run. Our own token against forged requests is not in this form.
    """

    template: ClassVar[str] = "form_post.html"

    program: Program
    redirect_uri: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def scripts(self) -> tuple[str, ...]:
        return ("form_post.js",)


def form_post(program: Program, redirect_uri: str, fields: dict[str, str]) -> FormPost:
    """The page that brings ``fields`` to ``redirect_uri``."""
    return FormPost(program=program, redirect_uri=redirect_uri, fields=tuple(fields.items()), leads_to=(redirect_uri,))


def logged_out(back: str = "") -> Message:
    """Logged out; ``back`` is a registered URL of the program that the person came from."""
    way = (back, f"Go back to {urlsplit(back).netloc}") if back else (PATHS["log_in"], "Log in again")
    return Message(
        title="You are logged out",
        text="This browser is no longer logged in here. Programs that you allowed to go on without you do so until you "
        "end their sessions.",
        kind="done",
        link=way[0],
        label=way[1],
    )


def not_logged_out(description: str, error: str) -> Message:
    """A program asked for a logout in a way that is not answered; ``description`` is for its maker."""
    return Message(
        title="You were not logged out",
        text=f"The program that sent you here asked in a way that cannot be answered: {description.rstrip('.')}. "
        "Nothing was changed.",
        link=PATHS["log_out"],
        label="Log out here",
        error=error,
        code=400,
    )


def not_found() -> Message:
    return Message(
        title="There is no page here",
        text="The address may be mistyped, or the page was removed. Check the address, or start from the front page.",
        link=PATHS["home"],
        label="Go to the front page",
        code=404,
    )


def used_link() -> Message:
    return Message(
        title="This link was used already",
        text="Each link of a login works once. Start again from the program that sent you here.",
        code=400,
    )


def cannot_answer(description: str, error: str) -> Message:
    """A request of a program that may not be answered by a redirect: ``description`` is a sentence for its maker."""
    return Message(
        title="The program’s request cannot be answered",
        text=f"{description} Nothing was given to the program. Tell its maker, or the operator of this service.",
        error=error,
        code=400,
    )


def forged() -> Message:
    """A form without our token, or from another site."""
    return Message(
        title="This form is too old",
        text="It was opened in another window or before you logged in. Nothing was changed. Go back, reload the page "
        "and send the form again.",
        code=403,
    )


def failed() -> Message:
    return Message(
        title="This did not work, and it is not your fault",
        text="Something failed on the server, and nothing was changed. Try again in a minute. If it fails again, tell "
        "the operator the number below.",
        code=500,
    )


def away() -> Message:
    return Message(
        title="The service is busy with itself",
        text="Its database cannot be reached at this moment. Nothing was lost. Try again in a minute.",
        code=503,
    )
