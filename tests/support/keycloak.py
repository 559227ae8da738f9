"""A real Keycloak on a loopback port, from its own distribution, with a realm of ours."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from support.peers import alone, missing, needs

VERSION = "26.7.3"
PROJECT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("LYCHGATE_TEST_CACHE", PROJECT / ".cache")) / "keycloak"
REALM = Path(__file__).parent / "keycloak_realm.json"
ADMIN, ADMIN_PASSWORD = "admin", "admin-of-the-tests"


@dataclass(frozen=True)
class Keycloak:
    """``base`` is the URL before ``/realms/...``; ``told`` is what a proxy says of itself (see ``behind``)."""

    base: str
    realm: str = "compute"
    told: Mapping[str, str] = field(default_factory=dict)

    def behind(self, url: str) -> Keycloak:
        """As it sees itself when a proxy hands it what came to ``url``: its tokens name the issuer there."""
        at = urlsplit(url)
        said = {"Proto": at.scheme, "Host": at.netloc, "Port": str(at.port), "Prefix": at.path}
        return replace(self, told={f"X-Forwarded-{name}": value for name, value in said.items()})

    @property
    def issuer(self) -> str:
        return f"{self.base}/realms/{self.realm}"

    def admin(self, method: str, path: str, body: object = None) -> object:
        """A call of Keycloak's administration API below ``/admin/realms/REALM``."""
        request = urllib.request.Request(
            f"{self.base}/admin/realms/{self.realm}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._admin_token()}",
                "Content-Type": "application/json",
                **self.told,
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def initial_access_token(self, count: int = 5) -> str:
        """A token that lets a stranger register ``count`` clients."""
        made = self.admin("POST", "/clients-initial-access", {"count": count, "expiration": 3600})
        assert isinstance(made, dict)
        return str(made["token"])

    def _admin_token(self) -> str:
        form = f"grant_type=password&client_id=admin-cli&username={ADMIN}&password={ADMIN_PASSWORD}"
        url = f"{self.base}/realms/master/protocol/openid-connect/token"
        with urllib.request.urlopen(urllib.request.Request(url, form.encode(), self.told), timeout=30) as answer:
            return str(json.load(answer)["access_token"])


def distribution() -> Path:
    """The unpacked distribution in the cache, brought by Maven where it is not there yet."""
    with alone(CACHE):
        return _fetched(CACHE / f"keycloak-{VERSION}")


def _fetched(home: Path) -> Path:
    if (home / "bin/kc.sh").exists():
        return home
    archive = CACHE / f"keycloak-quarkus-dist-{VERSION}.zip"
    if not archive.exists():
        needs(program="mvn", reason="Maven brings Keycloak's distribution, and it is not installed")
        plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
        artefact = f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
        done = subprocess.run(["mvn", "-q", plugin, artefact, f"-DoutputDirectory={CACHE}"], timeout=600, cwd=CACHE)
        if done.returncode or not archive.exists():
            missing("Keycloak's distribution could not be fetched by Maven")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(CACHE)
    for script in (home / "bin").glob("*.sh"):
        script.chmod(0o755)
    return home


@contextmanager
def running(folder: Path, relative_path: str = "") -> Iterator[Keycloak]:
    """Keycloak on a free loopback port with the realm imported; its log is ``folder/keycloak.log``."""
    needs(program="java", reason="Keycloak needs Java 17 or later, and none is installed")
    home = folder / "keycloak"
    shutil.copytree(distribution(), home, symlinks=True)
    augmented = CACHE / f"augmented-{VERSION}{relative_path.replace('/', '-')}"
    if augmented.exists():  # what the first start has built, which takes longest
        shutil.copytree(augmented, home / "lib/quarkus", dirs_exist_ok=True)
    (home / "data/import").mkdir(parents=True, exist_ok=True)
    shutil.copy(REALM, home / "data/import/compute-realm.json")
    port, management = _free_port(), _free_port()
    command = [str(home / "bin/kc.sh"), "start-dev", "--http-host", "127.0.0.1", "--http-port", str(port)]
    command += ["--import-realm", "--cache=local", f"--http-management-port={management}", "--proxy-headers=xforwarded"]
    command += [f"--http-relative-path={relative_path}"] if relative_path else []
    environment = {**os.environ, "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN, "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN_PASSWORD}
    with (folder / "keycloak.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            started = Keycloak(f"http://127.0.0.1:{port}{relative_path}")
            _wait_for(started, process, folder / "keycloak.log")
            _keep(home / "lib/quarkus", augmented)
            yield started
        finally:
            os.killpg(process.pid, 15)  # the script and its java, both ours
            process.wait(60)


def _keep(built: Path, place: Path) -> None:
    if not place.exists():
        unfinished = place.with_name(f"{place.name}.{os.getpid()}")
        shutil.copytree(built, unfinished)
        try:
            unfinished.rename(place)
        except OSError:  # another run was faster
            shutil.rmtree(unfinished)


def _wait_for(server: Keycloak, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Keycloak ended by itself:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{server.issuer}/.well-known/openid-configuration", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"Keycloak did not start:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
