"""Import time above the HTTP library, in milliseconds of processor time, each in a fresh interpreter.

``python -m bench.clients.imports ROUNDS`` prints JSON: {stack: {client: {median, low, high}}}. Counted is what a user's
first lines take: the import, and making the object that goes into ``auth=`` (or the session), before any request.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping

from bench.clients.calls import quartiles

OURS = """import lychgate
source = lychgate.ClientCredentials(token_endpoint="https://a.example.org/token", client_id="a", client_secret="b")
lychgate.auth(source, origins=["https://b.example.org"], store="memory")"""
STACKS: Mapping[str, Mapping[str, str]] = {
    "requests": {
        "lychgate": OURS,
        "authlib": "from authlib.integrations.requests_client import OAuth2Session; OAuth2Session('a', 'b')",
        "requests-oauthlib": "from requests_oauthlib import OAuth2Session; OAuth2Session('a')",
        "requests_oauth2client": "from requests_oauth2client import OAuth2Client, OAuth2ClientCredentialsAuth; "
        "OAuth2ClientCredentialsAuth(OAuth2Client('https://a.example.org/token', client_id='a', client_secret='b'))",
    },
    "httpx": {
        "lychgate": OURS,
        "httpx-auth": "from httpx_auth import OAuth2ClientCredentials; "
        "OAuth2ClientCredentials('https://a.example.org/token', 'a', 'b')",
    },
    "httpx2": {
        "lychgate": OURS,
        "authlib": "from authlib.integrations.httpx_client import OAuth2Client; OAuth2Client('a', 'b')",
    },
}
CLOCK = "import {library}, time; t = time.process_time()\n{code}\nprint((time.process_time() - t) * 1000)"


def took(library: str, code: str) -> float:
    program = CLOCK.format(library=library, code=code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return float(done.stdout)


if __name__ == "__main__":
    seen = {stack: {name: list[float]() for name in clients} for stack, clients in STACKS.items()}
    for number in range(int(sys.argv[1]) + 1):
        for stack, clients in STACKS.items():
            for name, code in clients.items():
                milliseconds = took(stack, code)
                if number:
                    seen[stack][name].append(milliseconds)
    print(json.dumps({stack: {name: quartiles(v) for name, v in found.items()} for stack, found in seen.items()}))
