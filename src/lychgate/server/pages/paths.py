"""Where each page lives, below the issuer: the one table that links, forms and routes share."""

from __future__ import annotations

from urllib.parse import quote, urlencode

PATHS = {
    "home": "/",
    "setup": "/setup",
    "log_in": "/login",
    "second_factor": "/login/second",
    "log_in_passkey": "/login/passkey",
    "switch": "/login/switch",
    "allow": "/allow",
    "log_out": "/logout",
    "device": "/device",
    "device_allow": "/device/allow",
    "documents": "/docs",
    "mine": "/me",
    "session_revoke": "/me/sessions/revoke",
    "sessions_revoke_others": "/me/sessions/revoke-others",
    "program_withdraw": "/me/programs/withdraw",
    "issued_revoke": "/me/tokens/revoke",
    "client_new": "/me/clients/new",
    "client_rotate": "/me/clients/rotate",
    "client_remove": "/me/clients/remove",
    "account": "/me/account",
    "name": "/me/account/name",
    "password": "/me/account/password",
    "totp": "/me/account/totp",
    "totp_remove": "/me/account/totp/remove",
    "recovery": "/me/account/recovery",
    "passkey": "/me/account/passkeys/new",
    "passkey_remove": "/me/account/passkeys/remove",
    "ssh_key": "/me/account/keys/new",
    "ssh_key_remove": "/me/account/keys/remove",
    "admin": "/admin",
    "admin_users": "/admin/users",
    "admin_user_new": "/admin/users/new",
    "admin_user": "/admin/users/{id}",
    "admin_user_edit": "/admin/users/{id}/edit",
    "admin_user_do": "/admin/users/{id}/{deed}",
    "admin_clients": "/admin/clients",
    "admin_client_new": "/admin/clients/new",
    "admin_client": "/admin/clients/{id}",
    "admin_client_edit": "/admin/clients/{id}/edit",
    "admin_client_do": "/admin/clients/{id}/{deed}",
    "admin_sessions": "/admin/sessions",
    "admin_session_do": "/admin/sessions/{id}/{deed}",
    "admin_keys": "/admin/keys",
    "admin_keys_rotate": "/admin/keys/rotate",
    "admin_audit": "/admin/audit",
    "static": "/static/{id}",
}


def path(name: str, *, id: str = "", deed: str = "", **query: str) -> str:
    """The path of a page, without the issuer's base; ``id`` and ``deed`` fill its holes, ``query`` follows it."""
    made = PATHS[name].format(id=quote(id, safe=""), deed=quote(deed, safe=""))
    return f"{made}?{urlencode(query)}" if query else made
