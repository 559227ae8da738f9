"""An SSH agent as a signer of our own JWTs: the key stays with it, also where ssh has forwarded it to a login node."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from lychgate.kernel.errors import ConfigError, TransientError, Unavailable
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Call

from . import agent_protocol as protocol
from . import outside
from .agent_protocol import BadMessage, Failure, Identity

if TYPE_CHECKING:
    from lychgate.oauth.jose import Key

PATIENCE = 5.0  # seconds for the list of keys, about which nobody is asked
_CURVES = {"ES256": 32, "ES384": 48, "ES512": 66}  # bytes of a number
_KINDS = {  # what SSH calls a key, and the first of what it can sign
    "ssh-ed25519": ("EdDSA",),
    "ssh-rsa": ("RS256", "RS512"),
    "ecdsa-sha2-nistp256": ("ES256",),
    "ecdsa-sha2-nistp384": ("ES384",),
    "ecdsa-sha2-nistp521": ("ES512",),
}
_RSA = {"RS256": (protocol.RSA_SHA2_256, "rsa-sha2-256"), "RS512": (protocol.RSA_SHA2_512, "rsa-sha2-512")}


@dataclass(frozen=True)
class SshAgent:
    """``SshAgent()`` where the agent holds one key, else by its fingerprint (``SHA256:...``) or its comment.

    Raises ``Unavailable`` where no agent runs or it has no key, ``ConfigError`` where it is not clear which one or the
    agent refuses, ``TransientError`` where it does not answer.
    """

    key: Annotated[str, "the key's fingerprint or comment, as ssh-add -l shows it"] = ""
    socket: Annotated[str, "the agent's socket; by default $SSH_AUTH_SOCK"] = ""
    timeout: Annotated[float, "seconds for a signature (the agent may ask its person)"] = 60.0
    alg: Annotated[str, "the algorithm; by default the key's own (RS512 is an RSA key's other one)"] = ""

    def __post_init__(self) -> None:
        if not 0 < self.timeout < math.inf:
            raise ConfigError("a timeout is a number of seconds above 0", field="timeout")

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Flow[str]:
        """A compact JWT, signed by the agent."""
        identity = yield from self.identity()
        signed: str = yield from Call(self._signed, (identity, header, claims))
        return signed

    def keys(self) -> Flow[tuple[list[Identity], list[Identity]]]:
        """The agent's keys: those that can sign a token, and all. A locked agent says that it has none."""
        answer: bytes = yield from Call(self._ask, (protocol.ask_identities(), min(PATIENCE, self.timeout)))
        try:
            held = protocol.read_identities(answer)
            return [one for one in held if one.kind in _KINDS], held
        except (BadMessage, Failure) as error:
            raise _strange(error) from None

    def identity(self) -> Flow[Identity]:
        """The key that would sign. Raises what the class says; nothing is signed."""
        usable, held = yield from self.keys()
        return self._choose(usable, held)

    def _choose(self, usable: list[Identity], held: list[Identity]) -> Identity:
        if not held:
            raise Unavailable("the ssh-agent holds no key (or is locked). Add one:  ssh-add KEYFILE", field="key")
        if not usable:
            raise Unavailable(
                "the ssh-agent holds no key that can sign a token (certificates and security keys cannot). Add one:  "
                "ssh-add KEYFILE",
                field="key",
            )
        wanted = self.key.strip()
        found = [one for one in usable if wanted in ("", one.fingerprint, one.fingerprint.partition(":")[2])]
        found = found or [one for one in usable if one.comment == wanted]
        if len(found) == 1:
            return found[0]
        listed = "; ".join(map(str, usable))
        if not found:
            raise Unavailable(f'the ssh-agent has no key "{wanted}"; it has: {listed}', field="key")
        raise ConfigError(
            f"the ssh-agent has {len(found)} keys{f' {wanted!r}' if wanted else ''}; say which by its fingerprint "
            f"(agent:SHA256:... in a profile): {listed}",
            field="key",
        )

    def _signed(self, identity: Identity, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        from lychgate.oauth import jose, signed_elsewhere

        alg = self.alg or _KINDS[identity.kind][0]
        if alg not in _KINDS[identity.kind]:
            raise ConfigError(f"a key of the kind {identity.kind} in an ssh-agent does not sign {alg}", field="alg")
        try:
            made = signed_elsewhere.sign(
                {"alg": alg, **header}, claims, _public(identity), lambda data: self._signature(identity, data, alg)
            )
        except Failure:
            raise ConfigError(
                f"the ssh-agent refused to sign with {identity}: it asks its person for each use (ssh-add -c), and "
                "nobody said yes, or the key is gone or restricted. Try again, or add it anew:  ssh-add KEYFILE",
                field="key",
            ) from None
        except (BadMessage, jose.BadJwt) as error:
            raise _strange(error) from None
        return made

    def _signature(self, identity: Identity, data: bytes, alg: str) -> bytes:
        flags, name = _RSA.get(alg, (0, identity.kind))
        answer = self._ask(protocol.ask_signature(identity, data, flags), self.timeout)
        kind, signature = protocol.read_signature(answer)
        if kind != name:
            raise BadMessage(f"a signature {kind} in place of {name}: it is too old")
        return protocol.raw_ecdsa(signature, _CURVES[alg]) if alg in _CURVES else signature

    def _ask(self, message: bytes, patience: float) -> bytes:
        answer: bytes = outside.through("ssh_agent", self.socket, message, patience)
        return answer


def _public(identity: Identity) -> Key:
    """Raises ``ConfigError`` for a key that nobody accepts."""
    from cryptography.hazmat.primitives import serialization as forms

    from lychgate.oauth import jose

    try:
        found = forms.load_ssh_public_key(identity.line.encode())
    except ValueError:
        raise ConfigError(f"the ssh-agent's key {identity} cannot be read", field="key") from None
    pem = found.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    key = jose.import_key(pem)
    if jose.is_weak(key):
        raise ConfigError(
            f"the ssh-agent's key {identity} is an RSA key of less than 2048 bits, which is accepted nowhere; make a "
            "new one:  ssh-keygen -t ed25519",
            field="key",
        )
    return key


def _strange(error: Exception) -> TransientError:
    why = f": {error}" if str(error) else ", and says so to everything"
    return TransientError(f"what answers at the ssh-agent's socket does not do what an agent does{why}")
