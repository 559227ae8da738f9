"""The administration's front, where one searches, and its audit log."""

from __future__ import annotations

from collections.abc import Collection

from lychgate.server.engine import Engine
from lychgate.server.model import AuditRow, Client, User
from lychgate.server.pages.admin_audit import AdminAudit, AuditLine
from lychgate.server.pages.admin_search import AdminSearch, Counts, Found
from lychgate.server.pages.paths import path
from lychgate.server.pages.view import Pager, View
from lychgate.server.people import accounts
from lychgate.server.stores.store import Missing

from .admin_desk import SIZE, Desk

HITS = 10  # of each kind
LATEST = 2**53  # above every row's id


async def search(desk: Desk) -> View:
    store = desk.engine.store
    users, clients, sessions, _ = await store.numbers(desk.engine.issuer.id, desk.engine.clock())
    counts = Counts(users=users, clients=clients, sessions=sessions)
    if not desk.query:
        return AdminSearch(counts=counts)
    people = await store.listed_users(desk.query, limit=HITS + 1)
    programs = await store.listed_clients(desk.engine.issuer.id, desk.query, limit=HITS + 1)
    found = (*map(_user, people[:HITS]), *map(_client, programs[:HITS]))
    more = len(people) > HITS or len(programs) > HITS
    return AdminSearch(query=desk.query, found=found, more=more, counts=counts)


def _user(user: User) -> Found:
    return Found(kind="user", id=user.id, name=user.name, detail=user.email, active=user.active)


def _client(client: Client) -> Found:
    return Found(kind="client", id=client.id, name=client.name, detail=client.id, active=client.active)


async def audit(desk: Desk) -> View:
    """The log; ``before`` is the id of the row after which the page begins."""
    store, asked = desk.engine.store, desk.call.query_value
    text = desk.query
    event, outcome = asked("event")[:100], asked("outcome")
    before = asked("before")
    found = await store.listed_audit(await _id_of(desk.engine, text), event, outcome, _number(before), SIZE + 1)
    rows = found[:SIZE]
    kept = {name: value for name, value in (("q", text), ("event", event), ("outcome", outcome)) if value}
    further = {"before": str(rows[-1].id), "page": str(desk.skip // SIZE + 2)} if len(found) > SIZE else {}
    names = await _names(desk.engine, rows)
    return AdminAudit(
        rows=tuple(_line(row, names) for row in rows),
        pager=Pager(
            first=desk.skip + 1 if rows else 0,
            last=desk.skip + len(rows) if rows else 0,
            newer=path("admin_audit", **kept) if before else None,
            older=path("admin_audit", **kept, **further) if further else None,
        ),
        query=text,
        event=event,
        outcome=outcome if outcome in ("ok", "refused") else "",
        events=tuple((name, name) for name in await store.audit_events()),
    )


def _number(text: str) -> int:
    return min(int(text), LATEST) if text.isascii() and text.isdigit() and len(text) < 20 else 0


async def _id_of(engine: Engine, text: str) -> str:
    """A person's id where ``text`` is how they log in, else ``text``."""
    try:
        return (await accounts.find(engine, text)).id if text else ""
    except Missing:
        return text


async def _names(engine: Engine, rows: Collection[AuditRow]) -> dict[str, str]:
    """The users of ``rows``, and who acted, by id; the id itself where somebody is gone."""
    ids = {id for row in rows for id in (row.user, row.detail.get("by")) if id}
    users = {id: await engine.authority.user(id) for id in ids if " " not in id}
    return {id: user.name for id, user in users.items() if user is not None}


def _line(row: AuditRow, names: dict[str, str]) -> AuditLine:
    detail = {name: names.get(str(value), str(value)) for name, value in row.detail.items()}
    return AuditLine(
        at=row.at,
        event=row.event,
        outcome=row.outcome,
        who=names.get(row.user or "", row.user or ""),
        client=row.client or "",
        grant=row.grant or "",
        address=row.address or "",
        request_id=row.request_id or "",
        detail=", ".join(f"{name} {value}" for name, value in detail.items()),
    )
