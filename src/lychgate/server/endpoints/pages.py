"""The pages' endpoints, by path below the issuer and by method, and the static files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call
from lychgate.server.pages.assets import Asset, assets
from lychgate.server.pages.paths import PATHS, path

from . import account_pages, authorize, device, login, logout, mine, own_clients, par, register
from .discovery import AUTHORIZE, DEVICE, PAR, REGISTER
from .personal import opened, pressed

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
        PATHS["log_out"]: {"GET": partial(logout.log_out, engine), "POST": partial(logout.log_out, engine)},
    }
    found |= {
        PATHS["mine"]: {"GET": partial(opened, engine, mine.show, "mine")},
        PATHS["session_revoke"]: {"POST": partial(pressed, engine, mine.end_session, "mine")},
        PATHS["sessions_revoke_others"]: {"POST": partial(pressed, engine, mine.end_others, "mine")},
        PATHS["program_withdraw"]: {"POST": partial(pressed, engine, mine.withdraw, "mine")},
        PATHS["issued_revoke"]: {"POST": partial(pressed, engine, mine.revoke_issued, "mine")},
        PATHS["client_new"]: {
            "GET": partial(opened, engine, own_clients.ask_to_make, "client_new"),
            "POST": partial(pressed, engine, own_clients.make, "client_new"),
        },
        PATHS["client_rotate"]: {"POST": partial(pressed, engine, own_clients.rotate, "mine")},
        PATHS["client_remove"]: {
            "GET": partial(opened, engine, own_clients.ask_to_remove, "mine"),
            "POST": partial(pressed, engine, own_clients.remove, "mine"),
        },
    }
    found |= account_pages.paths(engine)
    return found | {path("static", id=name): {"GET": partial(_file, asset)} for name, asset in assets().items()}


async def _file(asset: Asset, call: Call) -> Answer:
    lines = [(name.lower().encode(), value.encode()) for name, value in asset.headers().items()]
    return Answer(200, asset.body, lines)
