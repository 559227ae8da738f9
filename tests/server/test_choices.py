"""What a person may choose on a supercomputer, asked for by a scope: rows 42 and 48 of the attacks inside OAuth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lychgate.oauth.token_exchange import ACCESS_TOKEN as ACCESS
from lychgate.oauth.token_exchange import GRANT as EXCHANGE
from lychgate.server.model import User
from support.app import App, added, type_code
from support.person import PersonAtBrowser
from support.relying import EMAIL, PASSWORD
from support.server import Server, poll, running

ADA = {"uid": ["ada", "ada2"], "group": ["hpc", "bio"], "role": ["user"], "supplementary": ["x", "y"]}
ALL = "unicore:uid=ada2 unicore:group=bio unicore:role=user unicore:supplementary=x+y"
CLAIMS = {"uid": "ada2", "group": "bio", "role": "user", "supplementary_groups": ["x", "y"]}
GRANTS = ("authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:device_code")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("choices") / "data", "--workers", "2") as started:
        yield started


@pytest.fixture(scope="module")
def ada(server: Server) -> User:
    return server.user_edit(server.user_add(EMAIL, PASSWORD), choices=ADA)


@pytest.fixture(scope="module")
def app(server: Server, ada: User) -> App:
    return added(server, grants=GRANTS, scopes=("read",))


def by_password(app: App, scope: str) -> Any:
    return app.token({"grant_type": "password", "username": EMAIL, "password": PASSWORD, "scope": scope})


def told(app: App, token: str) -> dict[str, Any]:
    said = app.server.post("/oauth2/introspect", {"token": token}, basic=app.made.pair).json()
    assert said["active"]
    return {name: said[name] for name in CLAIMS if name in said}


def test_a_choice_is_asked_for_by_a_scope_and_told_by_introspection(app: App) -> None:
    assert told(app, by_password(app, f"read {ALL}").json()["access_token"]) == CLAIMS
    assert told(app, by_password(app, "read unicore:group=bio").json()["access_token"]) == {"group": "bio"}
    assert told(app, by_password(app, "read").json()["access_token"]) == {}, "what nobody asked for is not told"


def test_a_choice_in_the_browser_is_shown_allowed_and_kept_over_refreshes(app: App) -> None:
    person = PersonAtBrowser(app.server.url).open(app.relying.address(scope="openid unicore:uid=ada2"))
    person.log_in(EMAIL, PASSWORD)
    assert "Work on supercomputers as “ada2”" in person.page.text
    login = app.redeem(person.allow().params["code"]).json()
    person.close()
    for _ in range(2):
        login = app.refresh(login["refresh_token"]).json()
        assert told(app, login["access_token"]) == {"uid": "ada2"}
    narrow = app.refresh(login["refresh_token"], scope="openid").json()
    assert narrow["scope"] == "openid unicore:uid=ada2", "no token of this login reaches the other logins"
    login = app.refresh(narrow["refresh_token"]).json()
    again = app.refresh(login["refresh_token"], scope="openid unicore:uid=ada")
    assert again.error == "invalid_scope", "another one than was allowed"


@pytest.mark.parametrize("scope", [
    "unicore:uid=root", "unicore:group=wheel", "unicore:role=admin", "unicore:supplementary=x+wheel",
    "unicore:uid=ada unicore:uid=ada2", "unicore:uid=", "unicore:uid", "unicore:shell=sh",
])  # fmt: skip
def test_row_42_what_is_not_available_is_refused_in_every_grant(app: App, scope: str) -> None:
    assert by_password(app, f"read {scope}").error == "invalid_scope"
    person = PersonAtBrowser(app.server.url).open(app.relying.address(scope=f"openid {scope}"))
    if not person.left_to:
        person.log_in(EMAIL, PASSWORD)
    assert person.params["error"] == "invalid_scope"
    person.close()


def test_row_42_a_device_is_told_so_before_anybody_allows_it(app: App) -> None:
    started = app.server.post("/oauth2/device", {"scope": "openid unicore:uid=root"}, basic=app.made.pair).json()
    person = PersonAtBrowser(app.server.url).open(f"{app.server.url}/login").log_in(EMAIL, PASSWORD)
    type_code(person, app.server, started)
    assert "The uid root is not available to this user" in person.page.text
    started = app.server.post("/oauth2/device", {"scope": "openid unicore:uid=ada2"}, basic=app.made.pair).json()
    type_code(person, app.server, started).send({"answer": "allow"})
    person.close()
    assert told(app, app.poll(started).json()["access_token"]) == {"uid": "ada2"}


def test_row_42_nothing_is_gained_by_an_exchange(server: Server, app: App) -> None:
    front = server.client_add(grants=(EXCHANGE,), scopes=("read",), resources=(server.issuer,))
    token = by_password(app, "read unicore:uid=ada2").json()["access_token"]
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS, "scope": "read"}
    found = server.post("/oauth2/token", form, basic=front.pair)
    assert found.status == 200, found.body
    assert found.json()["scope"] == "read unicore:uid=ada2"
    other = form | {"scope": "read unicore:uid=ada"}
    assert server.post("/oauth2/token", other, basic=front.pair).error == "invalid_scope"


def test_row_42_a_client_chooses_for_its_owner_and_without_one_not_at_all(server: Server, ada: User) -> None:
    own, nobodys = server.client_add(owner=ada.id, scopes=("read",)), server.client_add(scopes=("read",))
    asked = {"grant_type": "client_credentials", "scope": "read unicore:uid=ada"}
    assert server.post("/oauth2/token", asked, basic=own.pair).status == 200
    assert server.post("/oauth2/token", asked, basic=nobodys.pair).error == "invalid_scope"
    foreign = asked | {"scope": "unicore:uid=root"}
    assert server.post("/oauth2/token", foreign, basic=own.pair).error == "invalid_scope"


def test_row_48_a_choice_withdrawn_between_two_refreshes_ends_its_use_on_all_workers(server: Server, app: App) -> None:
    bob = server.user_edit(server.user_add("bob@example.org", PASSWORD), choices={"uid": ["bob", "guest"]})
    asked = {"grant_type": "password", "username": "bob@example.org", "password": PASSWORD}
    login = app.token(asked | {"scope": "read unicore:uid=guest"}).json()
    bob = server.user_edit(bob, choices={"uid": ["bob"]})

    def refused() -> bool:
        answer = app.refresh(login["refresh_token"])
        if answer.status == 200:  # a worker that has not heard of it yet
            login.update(answer.json())
        return answer.error == "invalid_grant"

    for _ in range(4):  # both workers
        poll(refused, 5)
    assert app.refresh(login["refresh_token"]).error == "invalid_grant", "never silently another uid"
    assert app.refresh(login["refresh_token"], scope="read").error == "invalid_grant"
    server.user_edit(bob, choices={"uid": ["bob", "guest"]})
    poll(lambda: app.refresh(login["refresh_token"]).status == 200, 5)  # a refusal has used nothing up
