"""The store's contract: what clients are to be told of logouts, from the end of a session until they have heard."""

from __future__ import annotations

from typing import Any

from lychgate.server.people.login_model import Consent

from .store_browsers import session
from .store_made import NOW, at_once, client, family, row, user

HEARS = {"backchannel_logout_uri": "https://rp.example.org/out"}
LATE = 10**15  # ms: later than anything here is due


async def _due(store: Any) -> list[tuple[str, str | None, str | None, int]]:
    """Whom to tell of which session, by what name of the issuer, at which try: taken."""
    taken = await store.take_notices(LATE, LATE + 1, 100)
    return sorted(((one.client, one.sid, one.url, one.tries) for one in taken), key=str)


async def _furnished(store: Any) -> None:
    """Three clients and a person: one wants to hear, one wants the session named too, one hears of nothing."""
    await store.add_user(user())
    await store.add_client(client("rp", extra=HEARS))
    await store.add_client(client("named", extra=HEARS | {"backchannel_logout_session_required": True}))
    await store.add_client(client("deaf"))
    await store.add_session(session("s1"))
    for id in ("rp", "named", "deaf"):
        await store.add_family(family(f"f-{id}", client=id, session="s1", expires_at=LATE))
    await store.add_family(family("f-rp-2", client="rp", session="s1", extra={"iss": "https://x/realms/one"}))


class Notices:
    async def test_whoever_asked_to_hear_is_to_be_told_of_the_end_of_a_session_once(
        self, store: Any, other: Any
    ) -> None:
        await _furnished(store)
        assert await store.next_notice() is None
        await store.add_family(family("f-rp-3", client="rp", session="s1"))
        await store.end_session("s1", NOW)
        assert await other.next_notice() == NOW
        assert await _due(other) == [
            ("named", "s1", None, 1),
            ("rp", "s1", "https://x/realms/one", 1),
            ("rp", "s1", None, 1),
        ]

    async def test_each_end_of_a_login_leaves_its_notice(self, store: Any) -> None:
        await _furnished(store)
        await store.revoke_family("f-rp", NOW)
        assert await store.next_notice() is None  # the client gave it back by itself
        await store.revoke_family("f-named", NOW, tell=True)
        assert await _due(store) == [("named", "s1", None, 1)]
        await store.allow(Consent("u1", "main", "rp", ("read",), NOW))
        await store.withdraw("u1", "main", "rp", NOW)
        assert await _due(store) == [("rp", "s1", "https://x/realms/one", 1)]
        await store.add_family(family("f-new", client="rp", session="s1"))
        await store.end_session("s1", NOW, forgotten=True)
        assert await _due(store) == [("rp", "s1", None, 1)]

    async def test_the_end_of_all_sessions_names_none_unless_the_client_needs_it(self, store: Any) -> None:
        await _furnished(store)
        await store.edit_user("u1", {"roles": ("r",)})
        assert await store.next_notice() is None
        await store.edit_user("u1", {"active": False, "not_before": NOW + 1})
        assert await _due(store) == [("named", "s1", None, 1), ("rp", None, None, 1)]
        await store.remove_user("u1")
        assert await _due(store) == []  # those logins had ended
        await store.add_user(user("u2"))
        await store.add_family(family("f-u2", client="rp", user="u2", expires_at=LATE))
        await store.remove_user("u2")
        assert await _due(store) == [("rp", None, None, 1)]  # and is told though the user is gone

    async def test_a_notice_is_taken_by_one_at_a_time_until_its_lease_is_over(self, store: Any, other: Any) -> None:
        await _furnished(store)
        await store.end_session("s1", NOW)
        assert await store.take_notices(NOW - 1, NOW + 9, 9) == []
        taken = await at_once((store, other)[n % 2].take_notices(NOW, NOW + 50, 1) for n in range(10))
        ids = [one.id for found in taken for one in found]
        assert (len(ids), len(set(ids))) == (3, 3)
        assert await store.next_notice() == NOW + 50
        await store.put_off_notice(ids[0], NOW + 20)
        assert [(one.id, one.tries) for one in await other.take_notices(NOW + 20, NOW + 90, 9)] == [(ids[0], 2)]
        ended = await at_once((store, other)[n % 2].end_notice(ids[0], [row("logout.tell")]) for n in range(4))
        assert sorted(ended) == [False, False, False, True]
        assert [one.event for one in await store.audit()] == ["logout.tell"]
        assert len(await other.take_notices(NOW + 50, NOW + 90, 9)) == 2  # whoever had them has died
        await store.remove_client("main", "rp")
        await store.remove_client("main", "named")
        assert await store.next_notice() is None
