"""Access information: who the caller is here, what they may choose, and which server this is."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from . import preferences
from .identity import dn_of

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

    from .caller import Caller
    from .identity import Identity

ANONYMOUS_DN = "CN=ANONYMOUS,O=UNKNOWN,OU=UNKNOWN"


def client(caller: Caller) -> dict[str, Any]:
    """UNICORE's member ``client``."""
    user = caller.user
    if user is None or caller.proof is None:
        role = {"selected": preferences.ANONYMOUS, "availableRoles": [preferences.ANONYMOUS]}
        return {"dn": ANONYMOUS_DN, "xlogin": {}, "role": role}
    has, chosen = preferences.available(user), caller.chosen
    login: dict[str, Any] = {}
    if chosen.uid is not None:
        login |= {"UID": chosen.uid, "availableUIDs": list(has.uid)}
    if chosen.group is not None:
        login |= {"group": chosen.group, "availableGroups": list(has.group)}
    if has.group or has.supplementary:
        login["selectedSupplementaryGroups"] = list(chosen.supplementary)
        login["availableSupplementaryGroups"] = list(dict.fromkeys((*has.supplementary, *has.group)))
    return {
        "dn": dn_of(user.name),
        "xlogin": login,
        "role": {"selected": chosen.role, "availableRoles": list(has.role)},
        "authenticationMethod": caller.proof.method,
    }


def server(engine: Engine, identity: Identity) -> dict[str, Any]:
    """UNICORE's member ``server``."""
    mine = {"dn": identity.dn, "issuer": identity.dn, "expires": identity.expires.isoformat()}
    return {
        "siteName": engine.config.unicore_site,
        "credential": mine,
        "trustedCAs": [],
        "version": version("lychgate"),
    }


def links(base: str, *names: str) -> dict[str, dict[str, str]]:
    """UNICORE's member ``_links``: where this is, and what there is below it."""
    return {"self": {"href": base}} | {name: {"href": f"{base}/{name}"} for name in names}


def filtered(whole: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """The members that ``fields`` names (``client,server``), or all but those with a mark before them (``!server``)."""
    names = [name.strip() for name in fields.split(",") if name.strip()]
    wanted = {name for name in names if not name.startswith("!")}
    unwanted = {name[1:] for name in names if name.startswith("!")}
    return {name: value for name, value in whole.items() if name not in unwanted and (not wanted or name in wanted)}
