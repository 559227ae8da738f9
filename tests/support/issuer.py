"""A tiny issuer on loopback that signs whatever it is asked to, good or bad: for tests of whoever checks tokens."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from lychgate.oauth import client_auth, jose


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TinyIssuer:
    """``url`` is the issuer; ``asked`` counts the requests by path.

    ``API_CLIENT`` may introspect: a token is active unless it is in ``revoked``, and ``told`` is added to what it says.
    ``refuses`` are tokens that it will not hear of (400). ``jwks`` stands in place of the real JWK set where it is set.
    """

    API_CLIENT = ("api", "secret-of-the-api")

    def __init__(self) -> None:
        self.revoked: set[str] = set()
        self.refuses: set[str] = set()
        self.told: dict[str, Any] = {}
        self.jwks: bytes | None = None
        self.asked: Counter[str] = Counter()
        self._number = 0
        self.rotate()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __enter__(self) -> TinyIssuer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(5)

    def rotate(self) -> None:
        """A new key in place of the old one."""
        self._number += 1
        self.key = jose.generate("ES256")
        self.kid = f"key-{self._number}"

    def token(self, **changed: Any) -> str:
        """An access token; ``None`` leaves a claim out; ``header``, ``typ``, ``alg``, ``forged``, ``twin`` spoil it."""
        header = {"typ": changed.pop("typ", "at+jwt"), "kid": self.kid} | changed.pop("header", {})
        header = {name: value for name, value in header.items() if value is not None}
        alg, forged, twin = changed.pop("alg", "ES256"), changed.pop("forged", False), changed.pop("twin", False)
        issuer = self.url + ("/" if changed.pop("iss_slash", False) else "")
        now = int(time.time())
        claims = {"iss": issuer, "sub": "ada", "client_id": "robot", "jti": "j", "iat": now, "exp": now + 300} | changed
        claims = {name: value for name, value in (claims | claims.pop("claims", {})).items() if value is not None}
        if alg.lower() == "none":
            return f"{_b64(json.dumps(header | {'alg': alg}).encode())}.{_b64(json.dumps(claims).encode())}."
        if alg == "HS256-public":
            public = jose.import_key(_b64(json.dumps(self.public()).encode()))
            return jose.sign(header | {"alg": "HS256"}, claims, public)
        if twin or not {"crit", "b64", "jwk", "jku", "x5c"}.isdisjoint(header):
            return self._by_hand(header, claims, twin)
        return jose.sign(header | {"alg": alg}, claims, jose.generate("ES256") if forged else self.key)

    def _by_hand(self, header: dict[str, Any], claims: dict[str, Any], twin: bool) -> str:
        """Signed rightly, though its header or claims are such as a library refuses to write."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        payload = json.dumps(claims)
        payload = payload.replace("{", '{"sub": "mallory", ', 1) if twin else payload
        text = f"{_b64(json.dumps(header | {'alg': 'ES256'}).encode())}.{_b64(payload.encode())}"
        private: Any = self.key.get_op_key("sign")
        r, s = decode_dss_signature(private.sign(text.encode(), ECDSA(SHA256())))
        return f"{text}.{_b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def public(self) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": "ES256"}

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "introspection_endpoint": f"{self.url}/introspect",
        }

    def introspected(self, token: str) -> dict[str, Any]:
        if token in self.revoked:
            return {"active": False}
        claims = jose.peek(token)[1] if token.count(".") == 2 else {}
        return {"active": True, **claims, **self.told}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked[self.path] += 1
                known = {
                    "/.well-known/openid-configuration": issuer.metadata(),
                    "/jwks": {"keys": [issuer.public()]},
                }
                body = json.dumps(known.get(self.path, {})).encode()
                if self.path == "/jwks" and issuer.jwks is not None:
                    body = issuer.jwks
                self.answer(200 if self.path in known else 404, body)

            def do_POST(self) -> None:
                issuer.asked[self.path] += 1
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                if self.headers["Authorization"] != client_auth.basic(*issuer.API_CLIENT):
                    return self.answer(401, b'{"error": "invalid_client"}')
                if form["token"][0] in issuer.refuses:
                    return self.answer(400, b'{"error": "invalid_request"}')
                return self.answer(200, json.dumps(issuer.introspected(form["token"][0])).encode())

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Tests print no access log."""

        return Handler
