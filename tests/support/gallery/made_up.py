"""People, programs and words that no real service has, the longest plausible and right-to-left ones among them."""

from __future__ import annotations

from lychgate.server.pages.scopes import powers
from lychgate.server.pages.view import Frame, Person, Program

NOW = 1_790_000_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

ADA = Person(name="Ada Lovelace", email="ada@example.org")
ROOT = Person(name="Grace Hopper", email="grace@example.org", superuser=True)
LAYLA = Person(name="ليلى بنت الخليل", email="layla@example.org")
LONG = Person(
    name="Wolfeschlegelsteinhausenbergerdorff-Donaudampfschifffahrtsgesellschaft Adolph Blaine Charles David",
    email="adolph.blaine.charles.david.wolfeschlegelsteinhausenbergerdorff@donaudampfschifffahrt.example.org",
)

NOTEBOOK = Program(
    name="Climate Notebook",
    host="notebook.example.org",
    policy="https://notebook.example.org/privacy",
    terms="https://notebook.example.org/terms",
)
TOOL = Program(name="lychgate")
STRANGER = Program(
    name="Official Climate Engine\u202e nigoL",
    host="climate-engine-login.example.net",
    policy="https://climate-engine-login.example.net/privacy",
    registered_by_itself=True,
)
RTL = Program(name="مستكشف المناخ (תחזית)", host="xn--mgbai9azgqp6j.example", terms="javascript:alert(1)")
LONGEST = Program(
    name="Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz-Datenübertragungswerkzeug <b>for</b> all "
    "of the northern hemisphere and its adjoining seas",
    host="rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz.donaudampfschifffahrt.example.org",
    policy="https://example.org/p",
    terms="https://example.org/t",
    registered_by_itself=True,
)

DESCRIPTIONS = {
    "wps:execute": "Run processes on the climate data in your name",
    "wps:status": "See the status and the results of your processes",
    "jobs": "List and cancel your jobs",
}
FEW = powers(("openid", "profile", "email"), DESCRIPTIONS)
MORE = powers(("wps:execute", "wps:status", "offline_access"), DESCRIPTIONS)
MANY = (
    FEW
    + MORE
    + powers(
        (
            "jobs",
            "groups",
            "roles",
            "address",
            "phone",
            "read",
            "write",
            "register",
            "urn:example:very:long:scope:" + "x" * 90,
        ),
        DESCRIPTIONS,
    )
)


def frame(person: Person | None = None, **other: object) -> Frame:
    """What stands round each page of the gallery."""
    made = {"contact": "help@example.org", **other}
    return Frame(
        name="Example Climate Centre",
        host="auth.example.org",
        csrf="c5RF-of-the-gallery",
        now=NOW,
        request_id="7f3a-91c0",
        person=person,
        **made,  # type: ignore[arg-type]  # keyword arguments by name
    )
