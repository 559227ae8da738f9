"""The first of several credentials that there is: one that is not there gives way, one that fails ends the search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import ConfigError, LoginDead, LoginNeeded, LychgateError, Unavailable
from lychgate.kernel.flow import Flow, done
from lychgate.kernel.http import Request, Response

from .authenticator import Authenticator, as_authenticator

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False, init=False)
class Chain(Authenticator):
    """``Chain(Bearer(Secret.env("TOKEN")), AuthorizationCode(...))``: authenticators and sources, the first one first.

    A secret that is not set and a login that needs a person give way to the next; a refusal, an ended login and an
    unreachable issuer are raised, with the history in their notes. What worked once is kept to.
    """

    combines: ClassVar[str] = "members"
    """The option that in a profile lists other profiles by name."""

    members: Annotated[tuple[Authenticator, ...], "the profiles to try, the first one first"]
    _chosen: list[Authenticator] = field(init=False, repr=False)

    def __init__(self, *members: Any) -> None:
        if not members:
            raise ConfigError("a chain has at least one member", field="members")
        object.__setattr__(self, "members", tuple(as_authenticator(member) for member in members))
        object.__setattr__(self, "_chosen", [])

    @property
    def signs(self) -> bool:  # type: ignore[override]  # known when one is chosen; until then that of any
        return any(member.signs for member in self._chosen or self.members)

    @property
    def challenged(self) -> bool:  # type: ignore[override]  # as above
        return any(member.challenged for member in self._chosen or self.members)

    @property
    def certificate(self) -> Certificate | None:
        return next((one.certificate for one in self._chosen or self.members if one.certificate), None)

    def heard(self, response: Response) -> None:
        for member in self._chosen:
            member.heard(response)

    @property
    def chosen(self) -> Authenticator | None:
        """The member that worked; None until one has."""
        return self._chosen[0] if self._chosen else None

    def standing(self) -> Fields | None:
        return self._chosen[0].standing() if self._chosen else None

    def ready(self, request: Request) -> Request | None:
        return self._chosen[0].ready(request) if self._chosen else None

    def prepare(self, request: Request) -> Flow[Request]:
        """Raises ``Unavailable``, with what each said, where there is none."""
        prepared: Request = yield from self._first(lambda member: member.prepare(request))
        return prepared

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        if not self._chosen:
            return response
        return (yield from self._chosen[0].refused(request, sent, response))

    def token(self) -> Flow[Any]:
        """Raises ``ConfigError`` where what was found is no token."""
        return (yield from self._first(lambda member: _held(member, "token")()))

    def forget(self) -> Flow[None]:
        """Drop each member's token, and look anew from the first."""
        self._chosen.clear()
        for member in self.members:
            if (forget := getattr(member, "forget", None)) is not None:
                yield from forget()

    def logout(self) -> Flow[bool]:
        chosen = self._chosen[0] if self._chosen else None
        if chosen is None:
            return (yield from done(False))
        self._chosen.clear()
        return bool((yield from _held(chosen, "logout")()))

    def _first(self, act: Callable[[Authenticator], Flow[Any]]) -> Flow[Any]:
        if self._chosen:
            return (yield from act(self._chosen[0]))
        history: list[str] = []
        for member in self.members:
            name = type(getattr(member, "source", member)).__name__
            try:
                found = yield from act(member)
            except (Unavailable, LoginNeeded) as error:
                if isinstance(error, LoginDead):
                    raise _noted(error, name, history) from None
                history.append(f"{name}: {error}")
                continue
            except LychgateError as error:
                raise _noted(error, name, history) from None
            self._chosen[:] = [member]
            return found
        raise Unavailable("none of the credentials of the chain is there. " + " | ".join(history), field="members")


def _noted(error: LychgateError, name: str, history: list[str]) -> LychgateError:
    """The error with what was tried before it; once, since a failure of a moment ago is raised again as it is."""
    note = " | ".join([*history, f"{name} failed, which ends the chain"])
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
    return error


def _held(member: Authenticator, verb: str) -> Callable[[], Flow[Any]]:
    found: Callable[[], Flow[Any]] | None = getattr(member, verb, None)
    if found is None:
        raise ConfigError(f"{type(member).__name__} holds no token; it goes on each request as it is")
    return found
