"""fsspec's HTTP file system takes the object by its options."""

from __future__ import annotations

import lychgate
from lychgate.kernel.secret import Secret
from support.api_server import Api
from support.authenticators import Fetching, Field
from support.peers import needs


def test_a_file_is_read_with_the_credential_renewed_on_the_way(home: Api) -> None:
    needs(module="fsspec")
    import fsspec

    fetching = Fetching(home.bearer().url + "/token")
    fetching.current = "stale"
    options = lychgate.fsspec(lychgate.auth(fetching))
    with fsspec.open(f"{home.url}/data", "rb", block_size=0, **options) as file:
        assert file.read() == b"yes"
    assert home.issued == 1


def test_two_objects_never_share_a_file_system(home: Api) -> None:
    needs(module="fsspec")
    import fsspec

    mine, yours = (lychgate.auth(Field("X-API-Key", Secret(f"key-of-{who}"))) for who in ("me", "you"))
    for options in (lychgate.fsspec(mine), lychgate.fsspec(yours)):
        fsspec.filesystem("http", **options).cat(f"{home.url}/data")
    assert [seen.headers["x-api-key"] for seen in home.seen] == ["key-of-me", "key-of-you"]
