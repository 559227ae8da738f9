"""The three stock authenticators without a token: none, Basic (RFC 7617) and an API key in a header."""

from __future__ import annotations

from typing import Any

from lychgate.client.authenticators.basic import Basic
from lychgate.client.static import header_value
from lychgate.kernel.errors import ConfigError

from .authenticator import Authenticator, add_auth
from .checks import flat
from .credential import named
from .masking import auth_logger
from .step import http_check_result


@add_auth
class AuthNone(Authenticator):
    """No authentication."""

    wants_secrecy = False

    def check_if_authenticated(self) -> bool:
        return True

    def authenticate(self) -> bool:
        return True

    def modify_request(self, res: Any) -> bool:
        res.auth = None
        return True

    def check_result(self, result: Any) -> bool:
        return True

    @staticmethod
    def build(credentials: Any, **kwargs: Any) -> Authenticator:
        return AuthNone(credentials, **kwargs)

    @staticmethod
    def get_name() -> str:
        return "AuthNone"

    @staticmethod
    def get_desc() -> str:
        return "No Authentication for HTTP"


@add_auth
class AuthBasic(Authenticator):
    """The user's name and password on each request."""

    def check_if_authenticated(self) -> bool:
        return True

    def authenticate(self) -> bool:
        """Raises ``ConfigError`` for a name that Basic cannot carry."""
        fields = self.credentials.fields
        if not fields["username"]:
            raise ConfigError("username must be given for AuthBasic", field="username")
        with named({}):
            Basic(fields["username"], fields["password"]).standing()  # so that each log masks the pair
        return True

    def modify_request(self, res: Any) -> bool:
        from requests.auth import HTTPBasicAuth

        fields = self.credentials.fields
        name, password = fields["username"], fields["password"]
        whole = (name + password).isascii()  # requests would write other texts in Latin-1
        res.auth = HTTPBasicAuth(name if whole else name.encode(), password if whole else password.encode())
        self.at_home(res)
        self.cred_filter.update_secret_from_auth(res.auth)
        auth_logger.debug("AuthBasic: the password goes on the session")
        return True

    def check_result(self, result: Any) -> bool:
        return http_check_result(result)

    @staticmethod
    def build(credentials: Any, **kwargs: Any) -> Authenticator:
        return AuthBasic(credentials, **kwargs)

    @staticmethod
    def get_name() -> str:
        return "AuthBasic"

    @staticmethod
    def get_desc() -> str:
        return "Basic Authentication for HTTP: user name and password"


@add_auth
class AuthApiKey(Authenticator):
    """Prefix, key and suffix, with a space between, in a header."""

    def get_api_key_fields(self) -> list[str]:
        """Names of the fields whose values are joined."""
        return ["prefix", "apikey", "suffix"]

    def api_key(self) -> str:
        """What is sent. Raises ``ConfigError`` where there is no key, or where a header cannot carry it."""
        fields = self.credentials.fields
        if not fields["apikey"]:
            raise ConfigError("apikey must be given", field="apikey")
        if not flat(self.credentials.json("opts")):
            raise ConfigError("opts must hold texts and numbers alone, as parameters do", field="opts")
        return header_value(" ".join(fields[name] for name in self.get_api_key_fields()).strip(), "apikey")

    def check_if_authenticated(self) -> bool:
        return False

    def authenticate(self) -> bool:
        self.api_key()
        return True

    def modify_request(self, res: Any) -> bool:
        self.authenticate()
        self.at_home(res)
        res.headers.update({self.credentials.fields["authHeader"]: self.api_key()})
        res.params.update(self.credentials.json("opts"))
        auth_logger.debug("AuthApiKey: the key goes on the session")
        return True

    def check_result(self, result: Any) -> bool:
        return http_check_result(result)

    @staticmethod
    def build(credentials: Any, **kwargs: Any) -> Authenticator:
        return AuthApiKey(credentials, **kwargs)

    @staticmethod
    def get_name() -> str:
        return "AuthApiKey"

    @staticmethod
    def get_desc() -> str:
        return "An API key in a header"
