"""The device grant (RFC 8628 3.4, 3.5): the device polls until a person has decided."""

from __future__ import annotations

from lychgate.oauth.device import GRANT
from lychgate.oauth.error import OAuthError
from lychgate.server.engine import Engine
from lychgate.server.model import Family
from lychgate.server.people.login_model import DeviceLogin
from lychgate.server.secrets import digest, new_id
from lychgate.server.stores.store import Audit

from .grant import Decision, Grant, Request, Start

_SAID = {
    "waiting": ("authorization_pending", "nobody has decided yet"),
    "refused": ("access_denied", "the person refused"),
    "done": ("invalid_grant", "this device code was used before"),
}


async def decide(engine: Engine, request: Request) -> Decision:
    """The login that the person allowed; until then what RFC 8628 3.5 says."""
    text = request.form.get("device_code")
    if text is None:
        raise OAuthError("invalid_request", "device_code is missing")
    device = await engine.store.device(digest(text))
    if device is None or (device.issuer, device.client) != (request.issuer.id, request.client.id):
        raise OAuthError("invalid_grant", "this device code is not known here")
    if device.expires_at <= request.now:
        raise OAuthError("expired_token", "this device code has expired: start again")
    device = await engine.store.poll_device(device.digest, request.now) or device
    if device.state != "done" and device.polled_at + 1000 * device.interval > request.now:
        raise OAuthError("slow_down", f"ask every {device.interval + 5} s")
    if device.state != "allowed" or device.user is None:
        error, why = _SAID.get(device.state, _SAID["done"])
        raise OAuthError(error, why, status=400)
    user = await engine.authority.user(device.user)
    if user is None:
        raise OAuthError("invalid_grant", "the user of this login is no longer known")
    return Decision(user.id, user, device.scope, device.audience, start=_start(engine, device, request))


def _start(engine: Engine, device: DeviceLogin, request: Request) -> Start:
    async def take(family: Family, now: int, audit: Audit) -> bool:
        return await engine.store.take_device(device.digest, family, now, audit)

    refreshable = "refresh_token" in request.client.grants
    given_at = device.extra.get("decided_at", device.created_at)
    return Start(new_id(), take, refreshable, device.session, device.auth_time, device.extra, given_at)


DEVICE_CODE = Grant(GRANT, ("device_code", "resource"), decide)
