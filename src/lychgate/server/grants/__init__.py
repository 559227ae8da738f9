"""The grants, by ``grant_type``. Discovery's list is read off this table."""

from __future__ import annotations

from .authorization_code import AUTHORIZATION_CODE
from .client_credentials import CLIENT_CREDENTIALS
from .device_code import DEVICE_CODE
from .grant import Grant
from .jwt_bearer import JWT_BEARER
from .password import PASSWORD
from .refresh_token import REFRESH_TOKEN
from .token_exchange import TOKEN_EXCHANGE

GRANTS: dict[str, Grant] = {
    grant.name: grant
    for grant in (
        AUTHORIZATION_CODE,
        CLIENT_CREDENTIALS,
        DEVICE_CODE,
        JWT_BEARER,
        PASSWORD,
        REFRESH_TOKEN,
        TOKEN_EXCHANGE,
    )
}
