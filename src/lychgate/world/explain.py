"""What would be sent to a URL and why, for a person to read, without secrets."""

from __future__ import annotations

from lychgate.kernel.errors import InsecureError
from lychgate.kernel.http import Request, require_secure, without_query
from lychgate.kernel.secret import fingerprint

from .credential import Credential, added
from .origins import origin

_SCHEMES = frozenset({"basic", "bearer", "digest", "dpop", "token", "apikey", "api-key"})


def explain(credential: Credential, name: str, url: str) -> str:
    """A few lines of text: where to, by what, and which fields and parameters. Asks nobody, sends nothing."""
    lines = [f"To {without_query(url)}, by {name}:"]
    return "\n  ".join(lines + _verdict(credential, url))


def _verdict(credential: Credential, url: str) -> list[str]:
    try:
        require_secure(origin(url), "The credential", credential.origins.allow_insecure)
    except InsecureError as error:
        return [f"nothing: {error}"]
    if credential.origins.bound and not credential.origins.hold(url):
        return [f"nothing: the credential goes only to {credential.origins}, and {origin(url)} is not among them"]
    why = [f"allowed, since it goes to {credential.origins}"]
    if wishes := credential.authenticator.wishes():
        why.append(f'over a connection with {" and ".join(wishes)}: **auth.connection("requests") gives it, in Python')
    request = Request("GET", url)
    sent = credential.authenticator.ready(request)
    if sent is None:
        return [*why, "the credential is read from where it is kept, or fetched; then it goes on the request"]
    ours = added(request, sent)
    fields = [f"header     {field}: {_shown(value)}" for field, value in ours.headers]
    parameters = [f"parameter  {field}={_shown(value)}" for field, value in ours.query]
    if credential.authenticator.challenged and not any(field == "Authorization" for field, _ in ours.headers):
        fields.append("bare at first; then what the API asks for is answered, in each further request too")
    return [*why, *(fields + parameters or ["nothing is added"])]


def _shown(value: str) -> str:
    """The scheme, where it is one that all know, and a fingerprint of the rest: a key too may hold blanks."""
    scheme, _, rest = value.partition(" ")
    if scheme.lower() in _SCHEMES and rest:
        return f"{scheme} Secret(…{fingerprint(rest)})"
    return f"Secret(…{fingerprint(value)})"
