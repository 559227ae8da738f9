"""The grants, by ``grant_type``. Discovery's list is read off this table."""

from __future__ import annotations

from .client_credentials import CLIENT_CREDENTIALS
from .grant import Grant
from .password import PASSWORD
from .refresh_token import REFRESH_TOKEN

GRANTS: dict[str, Grant] = {grant.name: grant for grant in (CLIENT_CREDENTIALS, PASSWORD, REFRESH_TOKEN)}
