"""A real Secret Service (gnome-keyring) on a D-Bus of its own, for keyrings in tests."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.peers import needs

# Names no services that the bus may start: a second, locked keyring would come before the first has begun to answer.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@contextlib.contextmanager
def secret_service(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which the keyring library finds an unlocked keyring; ``folder`` holds all that it writes."""
    needs(program="dbus-daemon")
    needs(program="gnome-keyring-daemon")
    needs(module="secretstorage")
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_RUNTIME_DIR": str(folder / "run")}
    (folder / "run").mkdir(mode=0o700, parents=True)
    (folder / "bus.conf").write_text(BUS.format(folder=folder))
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE, env={**os.environ, **home}, text=True,
    )  # fmt: skip
    daemon = None
    try:
        assert bus.stdout is not None
        made = {**home, "DBUS_SESSION_BUS_ADDRESS": bus.stdout.readline().strip()}
        daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **made},
        )  # fmt: skip
        assert daemon.stdin is not None
        daemon.stdin.write(b"of the test alone\n")
        daemon.stdin.close()
        yield made
    finally:
        for process in (daemon, bus):
            if process is not None:
                process.terminate()
                process.wait(timeout=10)
