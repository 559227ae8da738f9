"""A credential in workers of joblib, Dask and multiprocessing: it travels by its profile's name and is opened there."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

import lychgate
from lychgate.compat.silo import Credential, http_step
from lychgate.testing import faults
from lychgate.testing.chaos import ChaosIssuer
from support.peers import needs
from support.processes import until

SECRET = "robot-secret-of-the-tests-0123456789"
CALLS = 6
SLOW = 1.0  # seconds that a renewal takes where a child is forked in the middle


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChaosIssuer]:
    """With the profiles ``robot`` and ``vendor`` (of the Snippet Framework) for its API, in a home of their own."""
    with ChaosIssuer() as made:
        monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
        monkeypatch.setenv("ROBOT_SECRET", SECRET)
        (tmp_path / "profiles.toml").write_text(
            f'[profile.robot]\nsource = "client_credentials"\nissuer = "{made.url}"\nclient_id = "robot"\n'
            f'client_secret = "env:ROBOT_SECRET"\norigins = ["{made.url}"]\n\n'
            f'[profile.vendor]\nauthenticator = "silo"\nauthType = "AuthOAuth2"\nurl = "{made.api}"\n'
            f'oauth2Type = "ClientCredentials"\noauth2ClientId = "robot"\noauth2ClientSecret = "env:ROBOT_SECRET"\n'
            f'oauth2TokenURL = "{made.token_endpoint}"\n'
        )
        (tmp_path / "profiles.toml").chmod(0o600)
        yield made


def call(auth: lychgate.Auth, url: str) -> int:
    """What a worker does."""
    return requests.get(url, auth=auth, timeout=20).status_code


def step(credential: Credential) -> int:
    return http_step(credential).status_code


def test_joblibs_workers_open_the_profile_and_share_one_login(issuer: ChaosIssuer) -> None:
    needs(module="joblib")
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    auth = lychgate.auth("robot")
    assert Parallel(n_jobs=2)(delayed(call)(auth, issuer.api) for _ in range(CALLS)) == [200] * CALLS
    assert issuer.token_requests == 1
    vendor = Credential.profile("vendor")
    assert Parallel(n_jobs=2)(delayed(step)(vendor) for _ in range(2)) == [200] * 2
    get_reusable_executor().shutdown(wait=True)  # its workers would wait for more


def test_dasks_workers_do_too(issuer: ChaosIssuer) -> None:
    needs(module="distributed")
    from distributed import Client, LocalCluster

    auth, vendor = lychgate.auth("robot"), Credential.profile("vendor")
    quiet = {"dashboard_address": None, "silence_logs": False, "host": "127.0.0.1"}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **quiet) as cluster,
        Client(cluster, timeout=60) as client,
    ):
        asked = [client.submit(call, auth, issuer.api, pure=False) for _ in range(CALLS)]
        assert client.gather(asked) == [200] * CALLS
        assert client.submit(step, vendor).result(60) == 200
    assert issuer.token_requests <= 2  # one of the profile robot, and one of each process that uses vendor


@pytest.mark.parametrize("way", ["spawn", "forkserver"])
def test_a_new_process_does_too(issuer: ChaosIssuer, way: str) -> None:
    auth = lychgate.auth("robot")
    with multiprocessing.get_context(way).Pool(2) as pool:
        assert pool.starmap_async(call, [(auth, issuer.api)] * CALLS).get(60) == [200] * CALLS
    assert issuer.token_requests == 1


def test_a_process_that_is_forked_in_the_middle_of_a_renewal_gets_the_same_token(issuer: ChaosIssuer) -> None:
    auth = lychgate.auth("robot")
    issuer.plan(faults.slow(SLOW))
    renewing = threading.Thread(target=call, args=(auth, issuer.api))
    renewing.start()
    until(lambda: issuer.token_requests == 1)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.starmap_async(call, [(auth, issuer.api)] * CALLS).get(60) == [200] * CALLS
    renewing.join(20)
    assert issuer.token_requests == 1


def test_how_a_profile_was_opened_travels_with_its_name(issuer: ChaosIssuer) -> None:
    narrow = lychgate.auth("robot", origins=iter(["https://elsewhere.example.org"]), interaction="never")
    again = pickle.loads(pickle.dumps(narrow))
    with pytest.raises(lychgate.InsecureError):
        again.headers(issuer.api)


def test_no_secret_and_no_token_travels(issuer: ChaosIssuer) -> None:
    auth, vendor = lychgate.auth("robot"), Credential.profile("vendor")
    token = auth.token().access.reveal()
    assert step(vendor) == 200
    kept = pickle.dumps([auth, vendor])
    assert not any(text.encode() in kept for text in (SECRET, token))


def test_what_this_process_alone_has_is_refused_by_name(issuer: ChaosIssuer) -> None:
    from lychgate.world.stores.memory import MemoryStore

    with pytest.raises(TypeError, match="store"):
        pickle.dumps(lychgate.auth("robot", store=MemoryStore()))
    with pytest.raises(TypeError, match="make it where"):
        pickle.dumps(Credential({"authType": "AuthNone"}))
    with pytest.raises(TypeError, match="made in code"):
        pickle.dumps(lychgate.auth(lychgate.Bearer("token-in-code")))
