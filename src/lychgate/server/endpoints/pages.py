"""The pages' endpoints, by path below the issuer and by method, and the static files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call
from lychgate.server.pages.assets import Asset, assets
from lychgate.server.pages.paths import PATHS, path

from . import authorize, device, login, par, register
from .discovery import AUTHORIZE, DEVICE, PAR, REGISTER

Handler = Callable[[Call], Awaitable[Answer]]


def paths(engine: Engine) -> dict[str, Mapping[str, Handler]]:
    asked = partial(authorize.authorize, engine)
    found: dict[str, Mapping[str, Handler]] = {
        AUTHORIZE: {"GET": asked, "POST": asked},
        PAR: {"POST": partial(par.push, engine)},
        REGISTER: {
            "POST": partial(register.register, engine),
            "GET": partial(register.read, engine),
            "PUT": partial(register.update, engine),
            "DELETE": partial(register.remove, engine),
        },
        DEVICE: {"POST": partial(device.start, engine)},
        PATHS["device"]: {"GET": partial(device.show, engine), "POST": partial(device.look_up, engine)},
        PATHS["device_allow"]: {"POST": partial(device.decide, engine)},
        PATHS["allow"]: {"POST": partial(authorize.allow, engine)},
        PATHS["home"]: {"GET": partial(login.home, engine)},
        PATHS["log_in"]: {"GET": partial(login.show, engine), "POST": partial(login.log_in, engine)},
        PATHS["switch"]: {"POST": partial(login.switch, engine)},
        PATHS["log_out"]: {"GET": partial(login.ask_to_log_out, engine), "POST": partial(login.log_out, engine)},
    }
    return found | {path("static", id=name): {"GET": partial(_file, asset)} for name, asset in assets().items()}


async def _file(asset: Asset, call: Call) -> Answer:
    lines = [(name.lower().encode(), value.encode()) for name, value in asset.headers().items()]
    return Answer(200, asset.body, lines)
