"""An operation of a service: written once, as a flow, and called in the colour of the class that it is called on.

class Site:                                    # the flows
    @operation
    def issue_token(self, lifetime: float) -> Flow[str]: ...

class Unicore(Site, Blocking): ...             # .issue_token(3600) is the text
class AsyncUnicore(Site, Awaiting): ...        # await .issue_token(3600) is
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from lychgate.kernel.flow import Flow

from .service import Service

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


class Blocking:
    """Operations block the calling thread and answer their results."""

    service: Service

    def drive(self, flow: Flow[R]) -> R:
        return self.service.run(flow)


class Awaiting:
    """Operations answer awaitables."""

    service: Service

    def drive(self, flow: Flow[R]) -> Awaitable[R]:
        return self.service.arun(flow)


class operation(Generic[S, P, R]):
    """A method that makes a flow, as a method that has it carried out."""

    def __init__(self, make: Callable[Concatenate[S, P], Flow[R]]) -> None:
        self.make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> operation[S, P, R]: ...
    @overload
    def __get__(self, instance: Blocking, owner: type) -> Callable[P, R]: ...
    @overload
    def __get__(self, instance: Awaiting, owner: type) -> Callable[P, Awaitable[R]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return instance.drive(self.make(instance, *args, **kwargs))

        return update_wrapper(call, self.make)
