"""A client as people see it, on every page that names it."""

from __future__ import annotations

from urllib.parse import urlsplit

from lychgate.server.checks import Asking
from lychgate.server.model import Client
from lychgate.server.pages.view import Program
from lychgate.server.programs.openid_metadata import in_language


def program_of(client: Client, redirect_uri: str = "", languages: str = "") -> Program:
    """A client as people see it, in the first of ``languages`` that it registered texts in.

    Its host is that of its own page, else of where the answer goes.
    """
    extra = client.extra

    def text(name: str, usual: str = "") -> str:
        return in_language(client, name, languages) or extra.get(name) or usual

    return Program(
        name=text("client_name", client.name),
        host=urlsplit(text("client_uri", redirect_uri)).hostname or "",
        logo=text("logo_uri"),
        policy=text("policy_uri"),
        terms=text("tos_uri"),
        registered_by_itself=extra.get("registered") == "itself",
    )


def program(asking: Asking) -> Program:
    """The client of a request, in the languages that it asks for."""
    return program_of(asking.client, asking.redirect_uri, asking.params.get("ui_locales", ""))
