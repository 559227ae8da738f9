"""The arithmetic of digest authentication (RFC 7616 3.4, with the older forms of RFC 2617 and RFC 2069)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from lychgate.kernel.challenge import Challenge

_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}  # weakest first
_STRENGTH = {name: at for at, name in enumerate(_HASHES)}
_QUOTED = ("username", "realm", "nonce", "uri", "response", "cnonce", "opaque")
_PLAIN = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Session:
    """A challenge that can be answered. ``cnonce`` and ``first`` (the first nonce) make the key of ``-sess``."""

    realm: str
    nonce: str
    algorithm: str
    cnonce: str
    first: str
    qops: frozenset[str] = frozenset()
    named: bool = True  # whether the challenge named its algorithm: only then the answer does
    opaque: str | None = None
    utf8: bool = False
    userhash: bool = False

    def digest(self, data: bytes) -> str:
        return hashlib.new(_HASHES[_family(self.algorithm)], data, usedforsecurity=False).hexdigest()

    def is_of(self, other: Session) -> bool:
        """Whether both answer the same nonce in the same way, so that its uses are counted together."""
        return (self.nonce, self.realm, self.algorithm, self.qop) == (
            other.nonce,
            other.realm,
            other.algorithm,
            other.qop,
        )

    @property
    def qop(self) -> str:
        """``auth`` where it is offered, or else ``auth-int``; empty for a server of RFC 2069."""
        return "auth" if "auth" in self.qops else "auth-int" if self.qops else ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is answered for: ``uri`` is the path with the query as they go over the wire."""

    method: str
    uri: str
    body: bytes = field(default=b"", repr=False)


def strongest(challenges: list[Challenge], cnonce: str) -> Session | None:
    """The strongest of the digest challenges that can be answered; None where there is none."""
    made = [session for challenge in challenges if (session := _session(challenge, cnonce))]
    return max(made, key=lambda session: _STRENGTH[_family(session.algorithm)], default=None)


def _session(challenge: Challenge, cnonce: str) -> Session | None:
    given = challenge.params
    qops = frozenset(word.strip().lower() for word in given.get("qop", "").split(",") if word.strip())
    known = _known(given.get("algorithm", "MD5"))
    if challenge.scheme != "digest" or not known or not given.get("nonce") or "realm" not in given:
        return None
    if (qops and not qops & {"auth", "auth-int"}) or not all(_PLAIN.fullmatch(value) for value in given.values()):
        return None
    return Session(
        given["realm"],
        given["nonce"],
        known,
        cnonce,
        given["nonce"],
        qops & {"auth", "auth-int"},
        "algorithm" in given,
        given.get("opaque"),
        given.get("charset", "").upper() == "UTF-8",
        given.get("userhash", "").lower() == "true",
    )


def _known(algorithm: str) -> str:
    """The algorithm as we write it; empty for one that is not ours, or not this machine's."""
    family, sess = _family(algorithm), algorithm.lower().endswith("-sess")
    found = _HASHES.get(family)
    return "" if found is None or found not in hashlib.algorithms_available else family + ("-sess" if sess else "")


def _family(algorithm: str) -> str:
    return algorithm.upper().removesuffix("-SESS")


def answer(session: Session, asked: Asked, username: str, password: str, count: int) -> str:
    """The value of ``Authorization``; ``count`` is the number of requests with this nonce, this one included."""
    qop = session.qop
    sess = session.algorithm.endswith("-sess")
    one = session.digest(f"{username}:{session.realm}:{password}".encode())
    if sess:
        one = session.digest(f"{one}:{session.first}:{session.cnonce}".encode())
    two = f"{asked.method}:{asked.uri}" + (f":{session.digest(asked.body)}" if qop == "auth-int" else "")
    counted = f"{count:08x}:{session.cnonce}:{qop}:" if qop else ""
    proof = session.digest(f"{one}:{session.nonce}:{counted}{session.digest(two.encode())}".encode())
    values = {"realm": session.realm, "nonce": session.nonce, "uri": asked.uri, "response": proof}
    if session.opaque is not None:
        values["opaque"] = session.opaque
    if qop or sess:
        values["cnonce"] = session.cnonce
    plain = {"qop": qop, "nc": f"{count:08x}"} if qop else {}
    if session.named:
        plain["algorithm"] = session.algorithm
    if session.userhash:
        plain["userhash"] = "true"
    return "Digest " + _written({**_who(session, username), **values}, plain)


def _who(session: Session, username: str) -> dict[str, str]:
    """The name as it is, hashed (RFC 7616 3.4.4), or in the form for other alphabets (RFC 8187)."""
    if session.userhash:
        return {"username": session.digest(f"{username}:{session.realm}".encode())}
    if _PLAIN.fullmatch(username):
        return {"username": username}
    return {"username*": f"UTF-8''{quote(username, safe='')}"}


def _written(values: Mapping[str, str], plain: Mapping[str, str]) -> str:
    pairs = [f"{name}={_quoted(value) if name in _QUOTED else value}" for name, value in values.items()]
    return ", ".join([*pairs, *(f"{name}={value}" for name, value in plain.items())])


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
