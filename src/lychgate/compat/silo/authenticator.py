"""The base class of the Snippet Framework's authenticators, where they are registered, and how one is found."""

from __future__ import annotations

import inspect
import warnings
from abc import ABC, abstractmethod
from typing import Any, ClassVar, TypeVar

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import check_names

from .connection import stay_home
from .credential import Credential
from .masking import CredentialFilter, at_work

_LIFE = ("__init__", "check_if_authenticated", "authenticate", "modify_request", "check_result")


class Authenticator(ABC):
    """Subclass with all seven abstract methods, or subclass a stock class; decorate with ``add_auth``.

    A request's life: ``authenticate``, ``modify_request`` on a ``requests.Session``, the request, ``check_result``.
    """

    wants_secrecy: ClassVar[bool] = True
    """Whether ``http_step`` refuses plain http to a host that is not loopback."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if missing := sorted(getattr(cls, "__abstractmethods__", ())):
            raise TypeError(f"{cls.__name__} lacks {', '.join(missing)}: write them, or subclass a stock authenticator")
        return super().__new__(cls)

    def __init__(self, credentials: Any, **kwargs: Any) -> None:
        self.credentials = Credential.of(credentials)
        self.cred_filter = CredentialFilter(self.credentials, tuple(self.get_secret_keys()))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in _LIFE:
            if inspect.isfunction(written := cls.__dict__.get(name)):
                setattr(cls, name, at_work(written))

    @abstractmethod
    def check_if_authenticated(self) -> bool:
        """Whether a request could be made without ``authenticate``."""

    @abstractmethod
    def authenticate(self) -> bool:
        """Called before each request: get whatever ``modify_request`` needs."""

    @abstractmethod
    def modify_request(self, res: Any) -> bool:
        """Put the credential on the ``requests.Session``."""

    @abstractmethod
    def check_result(self, result: Any) -> bool:
        """Whether the response is no refusal; False has the request repeated once, after a renewal."""

    @staticmethod
    @abstractmethod
    def build(credentials: Any, **kwargs: Any) -> Authenticator:
        """Make one; ``get_authmethod`` calls it."""

    @staticmethod
    @abstractmethod
    def get_name() -> str:
        """The name that ``authOverride`` holds."""

    @staticmethod
    @abstractmethod
    def get_desc() -> str:
        """What it is, for people."""

    def get_secret_keys(self) -> list[str]:
        """Names of further fields whose values are masked."""
        return []

    def modify_session(self, session: Any) -> bool:
        """Whatever else the session needs; called by ``http_step`` after ``modify_request``."""
        return True

    def at_home(self, session: Any) -> None:
        """Have redirects of ``session`` that lead away from the credential's URL go without the credential."""
        if self.credentials.fields["url"]:
            stay_home(session, self.credentials.fields["url"])

    def renewable(self, result: Any) -> bool:
        """Whether it is worth while to repeat a request that ``check_result`` refused."""
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self.credentials.fields['url'].partition('?')[0] or 'any URL'}>"


C = TypeVar("C", bound=type[Authenticator])
_registered: dict[str, type[Authenticator]] = {}


def add_auth(cls: C) -> C:
    """Register a class under its ``get_name()``, or under its own name where it has none."""
    written = getattr(cls, "get_name", None)
    abstract = getattr(written, "__isabstractmethod__", False)
    name = cls.__name__ if written is None or abstract else written()
    if not isinstance(name, str) or not name:
        raise ConfigError(f"get_name() of {cls.__name__} must return a name", field="authOverride")
    if name in _registered and _registered[name] is not cls:
        warnings.warn(f'the authenticator "{name}" is replaced by {cls.__module__}.{cls.__qualname__}', stacklevel=2)
    _registered[name] = cls
    return cls


def get_authmethod(credential: Any, **kwargs: Any) -> Authenticator:
    """The authenticator that ``authOverride`` names, else the one of ``authType``, built with ``kwargs``.

    Raises ``ConfigError`` with the field named where there is none, and for fields that do not fit it.
    """
    credential = Credential.of(credential)
    field = "authOverride" if credential.fields["authOverride"] else "authType"
    name = credential.fields[field]
    try:
        check_names([name], _registered, what=field)
    except ConfigError as error:
        raise ConfigError(str(error), field=field) from None
    return _registered[name].build(credential, **kwargs)
