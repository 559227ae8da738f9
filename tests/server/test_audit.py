"""The audit log: who got which token how, written behind, with a gap row for what was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from lychgate.server import audit
from lychgate.server.audit import Audit
from lychgate.server.model import AuditRow
from lychgate.server.stores.store import Store, StoreUnavailable
from support.server import Server, poll, running

GRANT = {"grant_type": "client_credentials"}


class Shaky:
    """A store that can be made to fail, as no real one can at a chosen moment."""

    def __init__(self) -> None:
        self.rows: list[AuditRow] = []
        self.touched: list[Mapping[tuple[str, str], int]] = []
        self.away = False

    async def write_audit(self, rows: list[AuditRow]) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.rows.extend(rows)

    async def touch_clients(self, used: Mapping[tuple[str, str], int]) -> None:
        self.touched.append(used)


def buffer(store: Shaky, now: list[int]) -> Audit:
    return Audit(cast(Store, store), lambda: now[0], "main")


def row(number: int) -> AuditRow:
    return AuditRow(number, "main", "token", jti=str(number))


def test_rows_wait_for_a_database_that_is_away_and_the_lost_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "SIZE", 5)
    monkeypatch.setattr(audit, "RETRY", 0.01)

    async def story() -> None:
        store = Shaky()
        store.away = True
        behind = buffer(store, [0])
        behind.start()
        for number in range(8):
            behind.note(row(number))
        await asyncio.sleep(0.05)
        assert store.rows == []
        store.away = False
        await behind.stop()
        assert [one.jti for one in store.rows if one.event == "token"] == ["0", "1", "2", "3", "4"]
        assert [one.detail for one in store.rows if one.event == "gap"] == [{"lost": 3}]

    asyncio.run(story())


def test_each_row_is_written_once_in_order() -> None:
    async def story() -> None:
        store = Shaky()
        behind = buffer(store, [0])
        behind.start()
        for number in range(2000):
            behind.note(row(number))
            if number % 100 == 0:
                await asyncio.sleep(0)
        await behind.stop()
        assert [one.at for one in store.rows] == list(range(2000))

    asyncio.run(story())


def test_the_last_use_is_noted_once_a_minute() -> None:
    async def story() -> None:
        store, now = Shaky(), [1_000_000]
        behind = buffer(store, now)
        behind.start()
        for at in (1_000_000, 1_030_000, 1_059_999, 1_060_000):
            behind.used("main", "c", at)
        await behind.stop()
        assert store.touched[-1] == {("main", "c"): 1_060_000}
        assert len(store.touched) <= 2

    asyncio.run(story())


def rows_of(server: Server, **wanted: Any) -> list[AuditRow]:
    found = server.operate(lambda engine: engine.store.audit(**wanted))
    return list(found)


def test_the_log_says_who_got_which_token_how_and_holds_no_secret(server: Server) -> None:
    user = server.user_add("ada@example.org", "geheimes-wort")
    made = server.client_add(grants=("client_credentials", "password", "refresh_token"), owner=user.id)
    token = server.token(made)
    login = {"grant_type": "password", "username": user.email, "password": "geheimes-wort"}
    first = server.post("/oauth2/token", login, basic=made.pair)
    refresh = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]}
    second = server.post("/oauth2/token", refresh, basic=made.pair)
    server.post("/oauth2/token", GRANT | {"scope": "never"}, basic=made.pair)
    rows = poll(lambda: len(found := rows_of(server, client=made.id, event="token")) >= 4 and found)
    by = {(one.grant, one.outcome): one for one in rows}
    assert set(by) == {
        ("client_credentials", "ok"),
        ("password", "ok"),
        ("refresh_token", "ok"),
        ("client_credentials", "invalid_scope"),
    }
    ok = by["password", "ok"]
    assert (ok.user, ok.address, ok.request_id) == (user.id, "127.0.0.1", first.headers["x-request-id"])
    assert by["refresh_token", "ok"].family == ok.family is not None
    text = repr(rows)
    for secret in (made.secret, token, "geheimes-wort", refresh["refresh_token"], second.json()["access_token"]):
        assert secret not in text


def test_a_stolen_refresh_token_is_in_the_log(server: Server) -> None:
    user = server.user_add("eve@example.org", "hunter2")
    made = server.client_add(grants=("password", "refresh_token"))
    login = {"grant_type": "password", "username": user.email, "password": "hunter2"}
    first = server.post("/oauth2/token", login, basic=made.pair).json()["refresh_token"]
    current = first
    for _ in range(2):
        fields = {"grant_type": "refresh_token", "refresh_token": current}
        current = server.post("/oauth2/token", fields, basic=made.pair).json()["refresh_token"]
    server.post("/oauth2/token", {"grant_type": "refresh_token", "refresh_token": first}, basic=made.pair)
    poll(lambda: any(one.outcome == "reused" for one in rows_of(server, client=made.id, event="token")))


@pytest.mark.parametrize(("trusted", "address"), [("[]", "127.0.0.1"), ('["127.0.0.1", "10.0.0.9"]', "1.2.3.4")])
def test_only_a_trusted_proxy_is_believed_about_addresses(tmp_path: Path, trusted: str, address: str) -> None:
    with running(tmp_path / "data", toml=f"trusted_proxies = {trusted}\n") as server:
        made = server.client_add()
        forwarded = {"X-Forwarded-For": "6.6.6.6, 1.2.3.4, 10.0.0.9"}
        assert server.post("/oauth2/token", GRANT, basic=made.pair, headers=forwarded).status == 200
        rows = poll(lambda: rows_of(server, client=made.id, event="token"))
        assert [one.address for one in rows] == [address]
