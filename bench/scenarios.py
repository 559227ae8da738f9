"""What is measured at the servers, and the bar that each figure has to reach against oidc-provider."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.peers.peer import Peer
from bench.wrk import CONNECTIONS, Load, wrk

ACTIVE = '"active": ?true'
ISSUED = '"access_token": ?"'
PUBLISHED = '"keys"'
SEEN = 64
numbers = itertools.count()


@dataclass(frozen=True)
class Scenario:
    """``load`` makes ready what a round needs (fresh tokens, say) and says what to send; ``bar`` is a ratio."""

    key: str
    title: str
    bar: float
    load: Callable[[Peer, float], Load]


def tokens(alg: str) -> Callable[[Peer, float], Load]:
    def load(peer: Peer, seconds: float) -> Load:
        body = "grant_type=client_credentials"
        return Load("post", peer.url(peer.token), peer.authorization(alg), body=body, expect=ISSUED)

    return load


def seen(peer: Peer, seconds: float) -> Load:
    """A few tokens, each introspected once before the round."""
    known = peer.distinct(SEEN // 8)
    if known is None:
        form = {"grant_type": "client_credentials"}
        known = [peer.post(peer.token, peer.introspected, form)["access_token"] for _ in range(SEEN)]
    for token in known:
        must(peer.post(peer.introspect, "introspector", {"token": token}).get("active") is True, peer, "introspection")
    file = written(peer, [urlencode({"token": token}) for token in known])
    return Load("post", peer.url(peer.introspect), peer.authorization("introspector"), file=file, expect=ACTIVE)


def unseen(peer: Peer, seconds: float) -> Load:
    """Distinct tokens, made for this round by the server itself, each introspected once."""
    ahead = peer.distinct(4 * CONNECTIONS)
    if ahead is not None:
        file = written(peer, [urlencode({"token": token}) for token in ahead])
    else:
        file = written(peer, [])
        body = "grant_type=client_credentials"
        authorization = peer.authorization(peer.introspected)
        load = Load("post", peer.url(peer.token), authorization, body=body, expect=ISSUED, keep=file)
        while len(file.read_text().splitlines()) < 4 * CONNECTIONS:
            made = wrk(load, seconds)
            must(made.answers > made.bad == made.errors == 0, peer, "making tokens")
    return Load("once", peer.url(peer.introspect), peer.authorization("introspector"), file=file, expect=ACTIVE)


def jwks(peer: Peer, seconds: float) -> Load:
    must(bool(peer.get(peer.jwks)["keys"]), peer, "JWKS")
    return Load("get", peer.url(peer.jwks))


def refresh(peer: Peer, seconds: float) -> Load:
    """Each connection walks along chains of refresh tokens; every answer's new token is used for a later request."""
    file = written(peer, peer.chains(CONNECTIONS + 2))
    return Load("chain", peer.url(peer.token), peer.authorization("refresher"), file=file, expect=ISSUED)


def must(right: bool, peer: Peer, what: str) -> None:
    """Raises ``RuntimeError`` where a server does not do its work: then no number of it counts."""
    if not right:
        raise RuntimeError(f"{peer.title}: {what} is not answered as it should be")


def written(peer: Peer, lines: list[str]) -> Path:
    file = peer.folder / f"lines-{next(numbers)}.txt"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


SCENARIOS = {
    scenario.key: scenario
    for scenario in (
        Scenario("es256", "token by client_credentials, ES256", 3.0, tokens("es256")),
        Scenario("rs256", "token by client_credentials, RS256", 1.4, tokens("rs256")),
        Scenario("seen", "introspection, token seen before", 2.0, seen),
        Scenario("unseen", "introspection, tokens never seen", 1.2, unseen),
        Scenario("jwks", "JWKS", 2.0, jwks),
        Scenario("refresh", "refresh with rotation", 1.0, refresh),
    )
}
