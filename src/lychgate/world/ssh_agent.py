"""One message to the SSH agent of this session, and its answer (draft-ietf-sshm-ssh-agent 3)."""

from __future__ import annotations

import os
import socket
import time

from lychgate.client.agent_protocol import LONGEST
from lychgate.kernel.errors import ConfigError, TransientError, Unavailable

VARIABLE = "SSH_AUTH_SOCK"


def exchange(place: str, message: bytes, patience: float) -> bytes:
    """The answer of the agent at the Unix socket ``place`` (by default ``$SSH_AUTH_SOCK``).

    ``patience`` in seconds is for all of it. Raises ``Unavailable`` where no agent is there, ``TransientError`` for
    one that does not answer.
    """
    where = os.path.expanduser(place) or os.environ.get(VARIABLE, "")
    if not where:
        raise Unavailable(
            f'no ssh-agent runs here: ${VARIABLE} is not set. Start one:  eval "$(ssh-agent)"; ssh-add  (or, on a '
            "machine that you reached by ssh, come with:  ssh -A)",
            field="socket",
        )
    if not hasattr(socket, "AF_UNIX"):
        raise Unavailable("this Python cannot reach an ssh-agent: it has no Unix sockets", field="socket")
    deadline = time.monotonic() + patience
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.settimeout(patience)
            connection.connect(where)
            connection.sendall(len(message).to_bytes(4, "big") + message)
            length = int.from_bytes(_exactly(connection, 4, deadline), "big")
            if not 0 < length <= LONGEST:
                raise TransientError(f"what answers at {where} is no ssh-agent")
            return _exactly(connection, length, deadline)
        except TimeoutError:
            raise TransientError(
                f"the ssh-agent did not answer within {patience:g} s. It may wait for its person to allow the use of "
                "the key, or hang; see:  ssh-add -l"
            ) from None
        except PermissionError:
            raise ConfigError(f"the ssh-agent at {where} belongs to somebody else", field="socket") from None
        except OSError as error:
            raise Unavailable(
                f"no ssh-agent answers at {where} ({error.strerror or 'no socket'}). The session that it came from may "
                "have ended: log in anew",
                field="socket",
            ) from None


def _exactly(connection: socket.socket, count: int, deadline: float) -> bytes:
    got = b""
    while len(got) < count:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        more = connection.recv(min(count - len(got), 65536))
        if not more:
            raise TransientError("the ssh-agent hung up before it had answered; try again")
        got += more
    return got
