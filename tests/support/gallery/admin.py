"""The administration's pages, empty and full."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from lychgate.server.pages.admin_audit import AdminAudit, AuditLine
from lychgate.server.pages.admin_client import AdminClient, Preview, SecretRow
from lychgate.server.pages.admin_clients import AdminClientForm, AdminClients, Choice, ClientRow, Option
from lychgate.server.pages.admin_search import AdminSearch, Counts, Found
from lychgate.server.pages.admin_sessions import AdminKeys, AdminSessions, KeyRow, SessionRow
from lychgate.server.pages.admin_users import AdminUser, AdminUserForm, AdminUsers, UserRow
from lychgate.server.pages.clients import Issued
from lychgate.server.pages.confirm import Confirm
from lychgate.server.pages.paths import path
from lychgate.server.pages.view import Frame, Notice, Pager, View

from .made_up import ADA, DAY, HOUR, LAYLA, LONG, LONGEST, MINUTE, NOW, ROOT, RTL, STRANGER, frame

UUID = "b2628e59-7391-4ad4-b891-32706a5d{n:04x}"
NONE = Pager(first=0, last=0, total=0)
MIDDLE = Pager(first=4_001, last=4_020, total=10_000, newer="/admin/users?after=x", older="/admin/users?before=y")
ISSUER = "https://auth.example.org"
ENDPOINTS = tuple(
    (label, ISSUER + tail)
    for label, tail in (
        ("Issuer", ""),
        ("Discovery", "/.well-known/openid-configuration"),
        ("Authorization", "/oauth2/authorize"),
        ("Token", "/oauth2/token"),
        ("Device", "/oauth2/device"),
        ("Userinfo", "/userinfo"),
        ("Introspection", "/oauth2/introspect"),
        ("Revocation", "/oauth2/revoke"),
        ("Key set (JWKS)", "/jwks"),
        ("Logout", "/logout"),
    )
)


def _user(n: int, name: str, email: str, **other: object) -> UserRow:
    made = {"used_at": NOW - n * HOUR, "made_at": NOW - n * DAY, **other}
    return UserRow(id=UUID.format(n=n), name=name, email=email, **made)  # type: ignore[arg-type]  # by name


USERS = (
    _user(1, ROOT.name, ROOT.email, superuser=True),
    _user(2, ADA.name, ADA.email),
    _user(3, LAYLA.name, LAYLA.email),
    _user(4, LONG.name, LONG.email),
    _user(5, "Charles Babbage", "charles@example.org", active=False, used_at=None),
    *(_user(n, f"Person {n}", f"person{n}@example.org") for n in range(6, 21)),
)
CLIENTS = (
    ClientRow(
        id=UUID.format(n=1), name="Climate Notebook", owner="Ada Lovelace", used_at=NOW - MINUTE, made_at=NOW - 90 * DAY
    ),
    ClientRow(id="wps", name="WPS of the centre", public=True, issuer="master", made_at=NOW - 300 * DAY),
    ClientRow(id=UUID.format(n=3), name=STRANGER.name, registered_by_itself=True, used_at=NOW - DAY, made_at=NOW - DAY),
    ClientRow(id=UUID.format(n=4), name=RTL.name, owner=LAYLA.name, ends_at=NOW + 2 * DAY, made_at=NOW - 360 * DAY),
    ClientRow(id=UUID.format(n=5), name=LONGEST.name, owner=LONG.name, active=False, made_at=NOW - 9 * DAY),
    *(
        ClientRow(
            id=UUID.format(n=n),
            name=f"Station {n}",
            owner="Ada Lovelace",
            used_at=NOW - n * HOUR,
            made_at=NOW - n * DAY,
        )
        for n in range(6, 21)
    ),
)
SESSIONS = tuple(
    SessionRow(
        id=UUID.format(n=n),
        user=(ADA, LAYLA, LONG)[n % 3].name,
        user_id=UUID.format(n=n),
        address=("192.0.2.7", "2001:db8:85a3:8d3:1319:8a2e:370:7348")[n % 2],
        program=("Climate Notebook", "", "lychgate")[n % 3],
        made_at=NOW - n * DAY,
        used_at=NOW - n * HOUR,
        ends_at=NOW + n * DAY if n % 4 else None,
    )
    for n in range(20)
)
EVENTS = (("token", "token given"), ("login", "login"), ("revoke", "session ended"), ("client", "client changed"))
AUDIT = tuple(
    AuditLine(
        at=NOW - n * 7_301_000,
        event=EVENTS[n % 4][1],
        outcome="ok" if n % 5 else "invalid_client",
        who=(ADA.name, "", LAYLA.name)[n % 3],
        client=("Climate Notebook", RTL.name)[n % 2],
        grant=("client_credentials", "refresh_token", "")[n % 3],
        address="192.0.2.7",
        request_id=f"7f3a-{n:04x}",
        detail="" if n % 7 else "the secret ended on 1 Sep 2026",
    )
    for n in range(20)
)


def _json(**claims: object) -> str:
    return json.dumps(claims, indent=2, ensure_ascii=False)


PREVIEW = Preview(
    user="ada@example.org",
    access_token=_json(iss=ISSUER, sub=UUID.format(n=2), aud=[ISSUER, "https://api.example.org"], exp=1790000900,
                       client_id=UUID.format(n=1), scope="openid profile email", roles=["all-datasets"], groups=[]),
    id_token=_json(iss=ISSUER, sub=UUID.format(n=2), aud=UUID.format(n=1), exp=1790000900, name="Ada Lovelace"),
    userinfo=_json(sub=UUID.format(n=2), name="Ada Lovelace", email="ada@example.org", email_verified=True),
)  # fmt: skip


def entries() -> Iterator[tuple[str, View, Frame]]:
    yield from ((f"admin-{name}", view, frame(ROOT)) for name, view in _views())
    failed = Notice(text="The list cannot be read: the database is away. Try again in a minute.", kind="error")
    yield "admin-users-error", AdminUsers(rows=(), pager=NONE, query="ada"), frame(ROOT, notice=failed)


def _views() -> Iterator[tuple[str, View]]:
    yield from _search()
    yield from _users()
    yield from _clients()
    yield from _rest()


def _search() -> Iterator[tuple[str, View]]:
    counts = Counts(users=1_000_000, clients=100_000, sessions=12_345)
    found = (
        Found(kind="user", id="u", name=ADA.name, detail=ADA.email),
        Found(kind="client", id="c", name=RTL.name, detail=RTL.host, active=False),
        Found(kind="user", id="v", name=LONG.name, detail=LONG.email),
    )
    yield "search", AdminSearch(counts=counts)
    yield "search-found", AdminSearch(query="a", found=found, more=True, counts=counts)
    yield "search-nothing", AdminSearch(query="W" * 70)


def _users() -> Iterator[tuple[str, View]]:
    yield "users", AdminUsers(rows=USERS, pager=MIDDLE)
    yield "users-empty", AdminUsers(rows=(), pager=NONE, query="zz")
    own = (UUID.format(n=1), "Climate Notebook"), (UUID.format(n=4), RTL.name)
    full = AdminUser(
        user=USERS[1], roles=("all-datasets", "reader"), groups=("climate-users",), verified=True,
        proofs=("password", "code app", "2 passkeys"), sessions=SESSIONS[:4], clients=own,
        choices=(("uid", ("ada", "ada2")), ("group", ("hpc",)), ("role", ("user",)), ("supplementary", ())),
    )  # fmt: skip
    token = Issued(id="5f0c9a1e-1", made_at=NOW - HOUR, ends_at=NOW + DAY, address="::1", renewable=True, limited=True)
    yield "user", replace(full, issued=(token, replace(token, id="81b2d4f0-2", used_at=NOW, renewable=False)))
    yield "user-last", AdminUser(user=USERS[0], last_administrator=True)
    yield "user-disabled", replace(full, user=replace(USERS[3], active=False), sessions=())
    yield "user-new", AdminUserForm(action=path("admin_user_new"))
    taken = "Somebody has this address. Take another one, or change that user."
    edit = path("admin_user_edit", id="u")
    yield (
        "user-edit",
        AdminUserForm(
            action=edit,
            id="u",
            email=ADA.email,
            name=ADA.name,
            roles=("all-datasets",),
            problem=taken,
            wrong="email",
            choices=(("uid", ("ada", "ada2")), ("group", ("hpc",)), ("role", ("user",)), ("supplementary", ())),
        ),
    )
    follows = "All sessions end at once, and the tokens given out are refused. The clients of this user stop too."
    do = path("admin_user_do", id="u", deed="disable")
    ask = Confirm(
        question="Disable Ada Lovelace?", consequence=follows, verb="Disable", action=do, back="/admin/users/u"
    )
    yield "confirm", ask
    yield (
        "confirm-refused",
        replace(
            ask,
            question=f"Disable {LONG.name}?",
            refused="This is the last administrator. Promote somebody else first.",
        ),
    )


def _clients() -> Iterator[tuple[str, View]]:
    yield "clients", AdminClients(rows=CLIENTS, pager=MIDDLE)
    yield "clients-empty", AdminClients(rows=(), pager=NONE)
    settings = (
        ("Tokens by", ("authorization_code", "refresh_token")),
        ("Proves itself", ("client_secret_basic",)),
        ("Redirect URIs", ("https://notebook.example.org/callback", "http://127.0.0.1:8888")),
        ("Scopes", ("openid", "profile", "email")),
        ("Audiences", ("https://api.example.org",)),
        ("Only for groups", ()),
        ("Token lives", ("15 minutes",)),
    )
    keys = (SecretRow(id="s-7f3a", made_at=NOW - 90 * DAY, ends_at=NOW + 3 * HOUR), SecretRow(id="s-91c0", made_at=NOW))
    client = AdminClient(client=CLIENTS[0], settings=settings, endpoints=ENDPOINTS, secrets=keys)
    yield "client", client
    yield "client-preview", replace(client, preview=PREVIEW)
    nobody = Preview(user="zz", problem="There is no user “zz”. Type a name or an e-mail address in full.")
    yield "client-nobody", replace(client, client=CLIENTS[4], secrets=(), preview=nobody)
    grants = (
        Choice(value="authorization_code", label="A person logs in with a browser", chosen=True),
        Choice(value="urn:ietf:params:oauth:grant-type:device_code", label="A person logs in with a device code"),
        Choice(value="refresh_token", label="It renews the login by itself", chosen=True),
        Choice(value="client_credentials", label="It acts for itself"),
    )
    methods = (
        Choice(value="client_secret_basic", label="A secret, in the header", chosen=True),
        Choice(value="private_key_jwt", label="A key of its own"),
        Choice(value="none", label="Nothing: it is public"),
    )
    logout = (
        Option(name="backchannel_logout_uri", kind="url", label="Hears of logouts at", hint="Where it is told."),
        Option(
            name="backchannel_logout_session_required",
            kind="flag",
            label="Is told which session",
            hint="It must be told which session ended, not of whom alone.",
            value="True",
        ),
        Option(
            name="post_logout_redirect_uris",
            kind="urls",
            label="After a logout",
            hint="Where it may send a person after their logout.",
            value="https://app.example.org/bye",
        ),
    )
    form = AdminClientForm(action=path("admin_client_new"), grants=grants, methods=methods, options=logout)
    yield "client-form", form
    bad = "“http://example.org/cb” has no https. Only addresses of this computer may go without."
    yield (
        "client-form-wrong",
        replace(
            form, id="wps", name="WPS", redirect_uris=("http://example.org/cb",), problem=bad, wrong="redirect_uris"
        ),
    )


def _rest() -> Iterator[tuple[str, View]]:
    yield "sessions", AdminSessions(rows=SESSIONS, pager=MIDDLE)
    yield "sessions-empty", AdminSessions(rows=(), pager=NONE)
    keys = (
        KeyRow(kid="4vX1t0n7jL3c", alg="ES256", state="next", signs_from=NOW + HOUR),
        KeyRow(kid="Qm8ZpW2sYd9r", alg="ES256", state="signing", signs_from=NOW - 80 * DAY),
        KeyRow(
            kid="b7Kq5hN1uF6x",
            alg="RS256",
            state="kept",
            signs_from=NOW - 170 * DAY,
            removed_at=NOW + DAY,
            issuer="master",
        ),
    )
    yield "keys", AdminKeys(rows=keys, jwks=ISSUER + "/jwks")
    yield "keys-empty", AdminKeys(rows=(), jwks=ISSUER + "/jwks")
    yield "audit", AdminAudit(rows=AUDIT, pager=MIDDLE, events=EVENTS)
    yield "audit-empty", AdminAudit(rows=(), pager=NONE, events=EVENTS, outcome="refused", event="login", query="zz")
