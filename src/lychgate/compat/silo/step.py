"""The HTTP step: one request with a credential, on requests, through the life of its authenticator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lychgate.kernel.errors import ConfigError, NotReplayable
from lychgate.kernel.http import origin_of, require_secure

from .authenticator import Authenticator, get_authmethod
from .connection import sending, stay_home
from .credential import Credential
from .masking import auth_logger, working

if TYPE_CHECKING:
    import requests

TIMEOUT = 30.0  # seconds for each wait, where the caller names none


def http_step(credential: Any, method: str = "GET", path: str = "", **kwargs: Any) -> requests.Response:
    """Send ``method`` to the credential's URL and ``path``; ``kwargs`` are those of ``requests.request``.

    A refusal is answered by one renewal and one repetition. Raises ``ConfigError`` and ``InsecureError`` before
    anything is sent, ``Refused`` and ``TransientError`` where no token came, ``NotReplayable`` for a body that is gone.
    """
    credential = Credential.of(credential)
    with working(credential):
        return _step(credential, method, path, kwargs)


def _step(credential: Credential, method: str, path: str, given: dict[str, Any]) -> requests.Response:
    ours, url = get_authmethod(credential), _address(credential, path)
    if ours.wants_secrecy:
        require_secure(url, "The credential", credential.allow_insecure)
    answer = _sent(ours, credential, method, url, given)
    if ours.check_result(answer) or not ours.renewable(answer):
        return answer
    answer.close()
    if _gone(given):
        ours.authenticate()
        raise NotReplayable(
            f"{origin_of(url)} answered {answer.status_code}, and the body was a stream, which cannot be sent a second "
            "time. The credential is up to date: send the request again with a fresh body."
        )
    auth_logger.debug("%s answered %s: once more, with a renewed credential", origin_of(url), answer.status_code)
    answer = _sent(ours, credential, method, url, given)
    ours.check_result(answer)
    return answer


def http_check_result(result: Any, token: bool = False) -> bool:
    """Whether a response is no refusal: False for a 401, and for a 403 where a ``token`` was sent."""
    return result.status_code != 401 and not (token and result.status_code == 403)


def _address(credential: Credential, path: str) -> str:
    url = credential.fields["url"]
    if not url:
        raise ConfigError("url must name the API", field="url")
    return f"{url.rstrip('/')}/{path.lstrip('/')}" if path else url


def _sent(
    ours: Authenticator, credential: Credential, method: str, url: str, given: dict[str, Any]
) -> requests.Response:
    import requests

    session = requests.Session()
    stay_home(session, url)
    session.headers.update({**credential.headers(), **credential.plain_headers()})
    ours.authenticate()
    ours.modify_request(session)
    ours.modify_session(session)
    session.auth = session.auth or _as_it_is
    return session.request(method, url, **{"timeout": TIMEOUT, **sending(credential.fields), **given})


def _as_it_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """No ``auth`` at all: without one requests would look into ``.netrc``."""
    return prepared


def _gone(given: dict[str, Any]) -> bool:
    """Whether the body is read only once."""
    return (
        given.get("files") is not None or hasattr(given.get("data"), "__next__") or hasattr(given.get("data"), "read")
    )
