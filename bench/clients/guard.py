"""The guard's check of an ES256 access token beside PyJWT's and Authlib's, in microseconds of processor time.

``python -m bench.clients.guard ROUNDS TOKENS`` prints JSON: {kind: {checker: {median, low, high}}}. A token "seen
before" is one that the same checker has accepted already; a "new" one has never been seen by it. All check signature,
issuer, audience and times.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
import warnings
from collections.abc import Callable, Iterable

import jwt

from bench.clients.calls import quartiles
from lychgate.guard import Guard
from lychgate.oauth import jose

warnings.simplefilter("ignore")  # Authlib announces its own successor
from authlib.jose import JsonWebKey, JsonWebToken  # noqa: E402  after the filter

ISSUER, API = "https://auth.example.org", "https://api.example.org"


def minted(key: jose.Key, count: int) -> list[str]:
    now = int(time.time())
    common = {"iss": ISSUER, "sub": "ada", "aud": [API], "client_id": "robot", "iat": now, "exp": now + 3600}
    said = {**common, "scope": "read write", "roles": ["all-datasets"], "user_id": "ada"}
    header = {"alg": "ES256", "typ": "at+jwt", "kid": "1"}
    return [jose.sign(header, {**said, "jti": str(uuid.uuid4())}, key) for _ in range(count)]


def checkers(public: dict[str, object]) -> dict[str, Callable[[str], object]]:
    guard = Guard(ISSUER, API)
    keys = guard._verifier.checkers[ISSUER].keys
    assert keys is not None
    keys._keys, keys._fetched_at = [jose.import_key(public)], time.time()  # no network is measured
    theirs, authlib, known = jwt.PyJWK(public), JsonWebToken(["ES256"]), JsonWebKey.import_key(public)
    wanted = {"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": API}}
    return {
        "lychgate": guard.verify,
        "PyJWT": lambda text: jwt.decode(text, theirs, algorithms=["ES256"], audience=API, issuer=ISSUER),
        "authlib": lambda text: authlib.decode(text, known, claims_options=wanted).validate(),
    }


def took(check: Callable[[str], object], tokens: Iterable[str], count: int) -> float:
    begun = time.process_time()
    for token in tokens:
        check(token)
    return (time.process_time() - begun) / count * 1e6


if __name__ == "__main__":
    rounds, count = int(sys.argv[1]), int(sys.argv[2])
    key = jose.import_key({**jose.generate("ES256").as_dict(private=True), "kid": "1"})
    found = checkers({**key.as_dict(private=False), "alg": "ES256", "use": "sig"})
    seen = {kind: {name: list[float]() for name in found} for kind in ("seen before", "new")}
    for number in range(rounds + 1):
        tokens = minted(key, count)
        for name, check in found.items():
            for kind in ("new", "seen before"):
                microseconds = took(check, tokens, count)
                if number:
                    seen[kind][name].append(microseconds)
    print(json.dumps({kind: {name: quartiles(v) for name, v in made.items()} for kind, made in seen.items()}))
