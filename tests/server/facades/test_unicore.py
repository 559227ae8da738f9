"""The UNICORE facade: access information, preferences, security sessions, keys and issued tokens."""

from __future__ import annotations

import base64
import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lychgate.oauth import jose
from lychgate.server.facades.unicore import succession
from lychgate.server.supercomputers import user_keys
from support.postgres import server as postgres_server
from support.server import poll, running
from support.unicore import ACTOR, CORE, LEFT, SESSION, TOKEN, Site, Someone, client, is_refused, key, signed

TOML = """
[facade.unicore]
sessions = 3
tokens = 25
renewable_for = 7200
"""
OAUTH = ("password", "client_credentials", "refresh_token")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two workers, so that what one of them made is met at the other."""
    with running(tmp_path_factory.mktemp("unicore") / "data", "--workers", "2", toml=TOML) as server:
        yield Site(server)


@pytest.fixture(scope="module")
def ada(site: Site) -> Someone:
    return site.someone("ada")


# --- access information


def test_the_first_callers_of_all_are_answered_though_the_sites_key_is_made_meanwhile(site: Site) -> None:
    with ThreadPoolExecutor(16) as pool:
        seen = list(pool.map(lambda _: site.get(f"{CORE}?fields=server"), range(48)))
    assert {reply.status for reply in seen} == {200}
    assert len({reply.body for reply in seen}) == 1  # one key, whichever worker made it


def test_access_information_tells_who_one_is_and_which_site_this_is(site: Site, ada: Someone) -> None:
    reply = ada.get()
    assert reply.headers["cache-control"] == "no-store"
    whole = reply.json()
    assert whole["client"] == {
        "dn": "CN=ada",
        "xlogin": {
            "UID": "ada",
            "availableUIDs": ["ada", "lovelace"],
            "group": "g1",
            "availableGroups": ["g1", "g2", "g3"],
            "selectedSupplementaryGroups": [],
            "availableSupplementaryGroups": ["s1", "g1", "g2", "g3"],
        },
        "role": {"selected": "user", "availableRoles": ["user", "admin"]},
        "authenticationMethod": "PASSWORD",
    }
    assert whole["server"]["siteName"] == "DEMO-SITE"
    assert all(part.isdigit() for part in whole["server"]["version"].split("."))
    for link in whole["_links"].values():
        assert site.get(urlsplit(link["href"]).path, basic=ada.pair).status == 200


def test_the_fields_that_are_asked_for_come_alone(site: Site, ada: Someone) -> None:
    assert set(ada.get(f"{CORE}?fields=client,server").json()) == {"client", "server"}
    assert set(ada.get(f"{CORE}?fields=!server").json()) == {"client", "_links"}
    assert ada.get(f"{CORE}?fields=nothing").json() == {}


def test_no_credentials_are_answered_and_wrong_ones_refused(site: Site) -> None:
    assert client(site.get())["role"]["selected"] == "anonymous"
    for authorization in ("Basic x", "Basic Og==", "Bearer", "Bearer x.y.z", "Digest a", "", "Basic \xff"):
        reply = site.server.get(CORE, headers={"Authorization": authorization})
        is_refused(reply, 403)
        assert SESSION not in reply.headers
    is_refused(site.get(TOKEN), 403, "anonymous")


def test_nothing_is_redirected_and_what_is_not_there_is_said_in_unicores_form(site: Site, ada: Someone) -> None:
    for path in (f"{CORE}/", f"{CORE}//token", "/rest/auth", "/rest/auth/", "/DEMO-SITE/rest/auth", "/rest/auth/token"):
        assert ada.get(path).status == 200
    for path in (f"{CORE}/jobs", "/rest/auth/SERVER", "/rest/nothing", "/DEMO-SITE/rest"):
        is_refused(ada.get(path), 404)
    is_refused(site.server.call("POST", CORE, basic=ada.pair), 405)
    assert site.server.call("HEAD", f"{CORE}/token", basic=ada.pair).status == 405


def test_somebody_without_a_mapping_is_a_user_with_no_login_of_their_own(site: Site) -> None:
    site.server.user_add("plain@example.org", "test123", name="plain")
    found = client(site.get(basic=("plain@example.org", "test123")))
    assert (found["xlogin"], found["role"]) == ({}, {"selected": "user", "availableRoles": ["user"]})


def test_names_and_passwords_are_utf_8_and_a_password_may_hold_a_colon(site: Site) -> None:
    site.server.user_add("zoe@example.org", "pä:ss:wörd", name="Zoë")
    assert client(site.get(basic=("zoë", "pä:ss:wörd")))["dn"] == "CN=Zoë"


# --- preferences


def test_a_preference_selects_what_is_available(site: Site, ada: Someone) -> None:
    found = client(ada.get(prefer="UID:lovelace, Group:g2,role:admin,supplementaryGroups:g3+s1,colour:red"))
    assert (found["xlogin"]["UID"], found["xlogin"]["group"]) == ("lovelace", "g2")
    assert found["xlogin"]["selectedSupplementaryGroups"] == ["g3", "s1"]
    assert found["role"]["selected"] == "admin"
    assert client(ada.get(prefer="xlogin:lovelace,pgid:g3"))["xlogin"]["group"] == "g3"
    assert client(ada.get(prefer=""))["xlogin"]["group"] == "g1"


def test_the_header_may_be_repeated(site: Site, ada: Someone) -> None:
    place = urlsplit(site.server.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    connection.putrequest("GET", CORE)
    connection.putheader("Authorization", "Basic " + base64.b64encode(":".join(ada.pair).encode()).decode())
    connection.putheader("X-UNICORE-User-Preferences", "uid:lovelace")
    connection.putheader("X-UNICORE-User-Preferences", "group:g2")
    connection.endheaders()
    text = connection.getresponse().read().decode()
    connection.close()
    assert '"UID":"lovelace"' in text
    assert '"group":"g2"' in text


# --- security sessions


def test_a_session_stands_for_its_credentials_at_every_worker_and_never_for_their_preferences(
    site: Site, ada: Someone
) -> None:
    begun = ada.get(prefer="group:g2")
    id = begun.headers[SESSION]
    assert 0 < int(begun.headers[LEFT]) <= 8 * 3600 * 1000
    for _ in range(12):  # each on a new connection, so at either worker
        again = site.get(session=id)
        assert client(again)["xlogin"]["group"] == "g1"
        assert again.headers[SESSION] == id
        assert int(again.headers[LEFT]) <= int(begun.headers[LEFT])
    is_refused(site.get(session=id, prefer="group:no"), 403, "no")
    assert client(site.get(session=id, prefer="group:g3"))["xlogin"]["group"] == "g3"


def test_an_unknown_session_is_432_beside_right_credentials_too(site: Site, ada: Someone) -> None:
    for id in ("unknown", "", "x" * 5000, ada.get().headers[SESSION] + "x"):
        is_refused(ada.get(session=id), 432)


def test_a_known_session_goes_before_the_credentials_that_come_beside_it(site: Site, ada: Someone) -> None:
    anonymous = site.get().headers[SESSION]
    assert client(ada.get(session=anonymous))["role"]["selected"] == "anonymous"
    id = ada.get().headers[SESSION]
    assert client(site.get(session=id, basic=("ada", "wrong")))["dn"] == "CN=ada"


def test_a_session_too_many_ends_the_oldest_of_the_same_person(site: Site) -> None:
    many, other = site.someone("many"), site.someone("other")
    theirs = other.get().headers[SESSION]
    ids = [many.get().headers[SESSION] for _ in range(4)]
    assert [site.get(session=id).status for id in ids] == [432, 200, 200, 200]
    assert site.get(session=theirs).status == 200


def test_a_session_ends_with_what_it_was_begun_by(site: Site) -> None:
    someone = site.someone("ending")
    by_token = site.get(bearer=someone.token(lifetime=1)).headers
    assert int(by_token[LEFT]) <= 1000
    fingerprint = someone.key_add("EdDSA")
    by_key = site.get(bearer=someone.by_key("EdDSA")).headers[SESSION]
    issued = site.issue({"renewable": "true"}, bearer=someone.by_key("EdDSA"))
    child = site.issue({}, bearer=issued)
    site.server.operate(lambda engine: user_keys.remove(engine, ACTOR, someone.user, fingerprint))
    is_refused(site.get(session=by_key), 432)
    for token in (issued, child):
        is_refused(site.get(bearer=token), 403, "revoked")
    poll(lambda: site.get(session=by_token[SESSION]).status == 432)


# --- keys


def test_a_jwt_by_ones_own_key_logs_in(site: Site) -> None:
    someone = site.someone("keyed")
    for alg in ("RS256", "ES256", "ES384", "ES512", "EdDSA"):
        is_refused(site.get(bearer=someone.by_key(alg)), 403)
        someone.key_add(alg)
        found = client(site.get(bearer=someone.by_key(alg)))
        assert (found["dn"], found["authenticationMethod"]) == ("CN=keyed", "SSHKEY")
    by_mail = someone.by_key("ES256", sub="Keyed@example.org", iss="Keyed@example.org", aud=site.dn)
    assert client(site.get(bearer=by_mail))["dn"] == "CN=keyed"


def test_a_jwt_that_is_not_quite_right_does_not(site: Site, ada: Someone) -> None:
    ada.key_add("ES256")
    is_refused(site.get(bearer=ada.by_key("ES384")), 403)  # somebody else's key
    wrong: list[dict[str, Any]] = [
        {"exp": None},
        {"exp": 1},
        {"exp": 4e9},
        {"exp": "soon"},
        {"iat": 4e9},
        {"iss": "other"},
        {"sub": "other", "iss": "other"},
        {"sub": None},
        {"aud": "CN=another server"},
        {"aud": [7]},
        {"etd": "true"},
        {"etd": True},
    ]
    for claims in wrong:
        is_refused(site.get(bearer=ada.by_key("ES256", **claims)), 403)


# --- tokens for programs


def claims_of(token: str) -> dict[str, Any]:
    return jose.peek(token)[1]


def test_an_issued_token_is_a_jwt_by_the_key_whose_certificate_is_served(site: Site, ada: Someone) -> None:
    token = ada.token(lifetime=3600)
    pem = site.get(f"{CORE}/certificate").body.decode()
    _, claims = jose.verify(token, [jose.import_key(_public(pem))], ["ES256"])
    assert claims["exp"] - claims["iat"] == 3600
    assert (claims["sub"], claims["iss"], claims["etd"]) == ("CN=ada", site.dn, "true")
    assert not {"aud", "renewable", "preferences", "uid"} & set(claims)
    usual = claims_of(ada.token())
    assert usual["exp"] - usual["iat"] == 300
    found = client(site.get(bearer=token, prefer="group:g2"))
    assert (found["authenticationMethod"], found["xlogin"]["group"]) == ("ETD", "g2")
    assert site.server.operate(succession.every)[-1].certificate == pem  # kept, and the same for whoever asks


def _public(pem: str) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    found = x509.load_pem_x509_certificate(pem.encode())
    return found.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_new_key_of_the_site_is_shown_before_it_signs_and_tokens_by_the_old_one_are_good_to_their_end(
    site: Site, ada: Someone
) -> None:
    old, dn, shown = ada.token(lifetime=3600, renewable="true"), site.dn, f"{CORE}/certificate"
    first = site.get(shown).body
    is_refused(site.get(f"{shown}?next=true"), 404)
    coming = site.server.operate(lambda engine: succession.rotate(engine, ACTOR))
    poll(lambda: site.get(f"{shown}?next=true").body.decode() == coming.certificate)
    assert (site.get(shown).body, claims_of(ada.token())["iss"]) == (first, dn)
    session = site.get(bearer=old).headers[SESSION]
    made = site.server.operate(lambda engine: succession.rotate(engine, ACTOR, at_once=True))
    poll(lambda: all(site.dn == made.dn for _ in range(12)))  # each on a new connection, so at either worker
    child = site.issue({}, bearer=old)
    _, claims = jose.verify(child, [jose.import_key(_public(site.get(shown).body.decode()))], ["ES256"])
    assert claims["iss"] == made.dn != dn
    for known in ({"session": session}, {"bearer": old}, {"bearer": child}):
        assert client(site.get(**known))["authenticationMethod"] == "ETD"
    ada.key_add("ES384")
    assert client(site.get(bearer=ada.by_key("ES384", aud=dn)))["dn"] == "CN=ada"  # the site's name as it was
    site.server.operate(lambda engine: engine.store.revoke_issued_tokens(ada.user.id, claims_of(old)["jti"]))
    is_refused(site.get(bearer=old), 403, "revoked")


def test_frozen_preferences_stand_whatever_a_request_says(site: Site, ada: Someone) -> None:
    token = site.issue({"renewable": "true"}, basic=ada.pair, prefer="uid:lovelace,group:g2")
    assert (claims_of(token)["preferences"], claims_of(token)["uid"]) == ("uid:lovelace,group:g2", "lovelace")
    for prefer in (None, "group:g3", "group:no", "malformed"):
        assert client(site.get(bearer=token, prefer=prefer))["xlogin"]["group"] == "g2"
    id = site.get(bearer=token).headers[SESSION]
    assert client(site.get(session=id, prefer="group:g3"))["xlogin"]["group"] == "g2"
    assert claims_of(site.issue({}, bearer=token, prefer="group:g3"))["preferences"] == "uid:lovelace,group:g2"


def test_a_renewable_token_makes_another_within_its_bounds_and_a_plain_one_none(site: Site, ada: Someone) -> None:
    is_refused(site.get(TOKEN, bearer=ada.token()), 403, "not renewable")
    reply = site.get(f"{TOKEN}?renewable=true&limited=true&lifetime=600", basic=ada.pair)
    token, until = reply.body.decode(), int(reply.headers["x-lychgate-renew-until"])
    assert claims_of(token)["renew_until"] == until
    assert until - claims_of(token)["iat"] == 7200
    child = site.issue({"renewable": "true", "lifetime": 600}, bearer=token)
    assert claims_of(child)["renew_until"] == until
    assert claims_of(child)["aud"] == site.dn  # no wider than the one that made it
    is_refused(site.get(f"{TOKEN}?lifetime=7201", bearer=child), 400, "at most", "renewed until")
    is_refused(site.get(TOKEN, session=site.get(bearer=ada.token()).headers[SESSION]), 403, "not renewable")


def test_a_person_has_so_many_tokens_at_once_and_no_more(site: Site) -> None:
    many = site.someone("hoarder")
    for _ in range(25):
        many.token()
    is_refused(many.get(TOKEN), 403, "you have 25 issued tokens that live")
    site.server.operate(lambda engine: engine.store.revoke_issued_tokens(many.user.id))
    assert many.token()


def test_a_renewal_ends_at_the_cap_and_says_so(site: Site, ada: Someone) -> None:
    token = ada.token(renewable="true", lifetime=600)

    async def nearly_over(engine: Any, ahead: int) -> None:
        from dataclasses import replace

        row = await engine.store.issued_token(claims_of(token)["jti"])
        await engine.store.revoke_issued_tokens(row.user, row.id)
        await engine.store.add_issued_token(replace(row, renew_until=engine.clock() + ahead), 25)

    site.server.operate(lambda engine: nearly_over(engine, 100_000))
    short = claims_of(site.issue({}, bearer=token))
    assert 90 <= short["exp"] - short["iat"] <= 100
    site.server.operate(lambda engine: nearly_over(engine, 0))
    is_refused(site.get(TOKEN, bearer=token), 403, "could be renewed until")


def test_it_is_the_same_with_postgresql(tmp_path: Path) -> None:
    with postgres_server() as base, running(tmp_path / "data", "--database", base.fresh(), toml=TOML) as server:
        site = Site(server)
        ada = site.someone("ada")
        ada.key_add("EdDSA")
        ids = [site.get(bearer=ada.by_key("EdDSA")).headers[SESSION] for _ in range(4)]
        assert [site.get(session=id).status for id in ids] == [432, 200, 200, 200]
        token = site.issue({"renewable": "true"}, basic=ada.pair, prefer="group:g2")
        child = site.issue({}, bearer=token)
        assert client(site.get(bearer=child))["xlogin"]["group"] == "g2"
        assert server.operate(lambda engine: engine.store.revoke_issued_tokens(ada.user.id)) == 2
        is_refused(site.get(bearer=child), 403, "revoked")


def test_revoking_a_token_ends_it_its_sessions_and_what_was_made_with_it(site: Site, ada: Someone) -> None:
    token = ada.token(renewable="true")
    child, apart = site.issue({}, bearer=token), ada.token()
    id = site.get(bearer=child).headers[SESSION]
    jti = claims_of(child)["jti"]
    assert site.server.operate(lambda engine: engine.store.revoke_issued_tokens(ada.user.id, jti)) == 2
    is_refused(site.get(bearer=token), 403, "revoked")
    is_refused(site.get(bearer=child), 403, "revoked")
    is_refused(site.get(session=id), 432)
    assert client(site.get(bearer=apart))["dn"] == "CN=ada"


# --- access tokens


def test_an_access_token_of_a_person_logs_in_and_its_choices_stand(site: Site, ada: Someone) -> None:
    portal = site.server.client_add(grants=OAUTH, scopes=("read",))
    form = {"grant_type": "password", "username": "ada", "password": "test123"}
    plain = site.server.post("/oauth2/token", form, basic=portal.pair).json()
    found = client(site.get(bearer=plain["access_token"], prefer="group:g2"))
    assert (found["authenticationMethod"], found["xlogin"]["group"]) == ("OAUTH", "g2")
    chosen = form | {"scope": "read unicore:uid=lovelace unicore:group=g3 unicore:supplementary=s1+g2"}
    token = site.server.post("/oauth2/token", chosen, basic=portal.pair).json()["access_token"]
    login = client(site.get(bearer=token, prefer="group:g2,uid:ada"))["xlogin"]
    assert (login["UID"], login["group"], login["selectedSupplementaryGroups"]) == ("lovelace", "g3", ["s1", "g2"])
    issued = site.issue({"lifetime": 900}, bearer=token)
    assert claims_of(issued)["uid"] == "lovelace"
    is_refused(site.get(bearer=site.server.token(portal)), 403, "nobody owns the client")
    robot = site.server.client_add(owner=ada.user.id, scopes=("read",))
    owned = site.server.token(robot, scope="read unicore:group=g2")
    assert client(site.get(bearer=owned))["xlogin"]["group"] == "g2"
    is_refused(site.get(bearer=plain["refresh_token"]), 403)


def test_what_a_program_had_issued_ends_with_its_login(site: Site, ada: Someone) -> None:
    portal = site.server.client_add(grants=OAUTH)
    form = {"grant_type": "password", "username": "ada", "password": "test123"}
    login = site.server.post("/oauth2/token", form, basic=portal.pair).json()
    issued = site.issue({}, bearer=login["access_token"])
    ids = [site.get(bearer=token).headers[SESSION] for token in (login["access_token"], issued)]
    site.server.post("/oauth2/revoke", {"token": login["refresh_token"]}, basic=portal.pair)
    is_refused(site.get(bearer=issued), 403, "revoked")
    poll(lambda: [site.get(session=id).status for id in ids] == [432, 432])


# --- more servers than one


def test_an_unlimited_token_is_good_at_a_server_that_trusts_its_issuer_and_a_limited_one_is_not(
    site: Site, ada: Someone, tmp_path: Any
) -> None:
    with running(tmp_path / "data", "--unicore-site", "ANNEX") as server:
        annex, core = Site(server), "/ANNEX/rest/core"
        unlimited, limited = ada.token(renewable="true"), ada.token(limited="true")
        is_refused(annex.get(core, bearer=unlimited), 403, "not trusted")
        trusted = annex.trust(site.dn, site.get(f"{CORE}/certificate").body.decode())
        is_refused(annex.get(core, bearer=unlimited), 403, "nobody here")
        there = server.user_add("ada@annex.example", "another", name="ADA")
        found = client(annex.get(core, bearer=unlimited))
        assert (found["dn"], found["authenticationMethod"]) == ("CN=ADA", "ETD")
        is_refused(annex.get(core, bearer=limited), 403, "another audience")
        own = annex.get(f"{core}/token", bearer=unlimited).body.decode()
        assert claims_of(own)["iss"] != site.dn
        assert client(annex.get(core, bearer=own))["dn"] == "CN=ADA"
        is_refused(annex.get(f"{core}/token?lifetime=7201", bearer=unlimited), 400)  # the cap of the first issuer
        id = annex.get(core, bearer=unlimited).headers[SESSION]
        server.operate(lambda engine: engine.store.remove_trust(trusted.id))
        is_refused(annex.get(core, bearer=unlimited), 403, "not trusted")
        is_refused(annex.get(core, session=id), 432)
        is_refused(annex.get(core, bearer=own), 403, "revoked")
        server.user_edit(there, active=False)


def test_a_trusted_service_speaks_for_people_until_its_trust_ends(site: Site, ada: Someone) -> None:
    pem = key("RS256").as_pem(private=False).decode()
    trusted = site.trust("CN=Portal, O=Example", pem)
    asked = {"sub": "ada", "iss": "CN=portal,O=Example", "etd": "true"}
    good = signed(key("RS256"), "RS256", **asked)
    assert client(site.get(bearer=good))["dn"] == "CN=ada"
    assert client(site.get(bearer=signed(key("RS256"), "RS256", **(asked | {"sub": "UID=ada"}))))["dn"] == "CN=ada"
    is_refused(site.get(TOKEN, bearer=good), 403, "not renewable")
    narrow = asked | {"preferences": "group:g2"}
    assert (
        client(site.get(bearer=signed(key("RS256"), "RS256", **narrow), prefer="group:g3"))["xlogin"]["group"] == "g2"
    )
    is_refused(
        site.get(bearer=signed(key("RS256"), "RS256", **(asked | {"preferences": ["group:g2"]}))), 403, "no text"
    )
    here_alone = signed(key("RS256"), "RS256", **asked, renewable="true", aud=site.dn)
    assert claims_of(site.issue({}, bearer=here_alone))["aud"] == site.dn  # and so is what it makes
    for until, status in ((10**30, 200), (-(10**30), 403)):  # no later than our own cap, and no error of ours
        odd = signed(key("RS256"), "RS256", **asked, renewable="true", renew_until=until)
        reply = site.get(f"{TOKEN}?renewable=true", bearer=odd)
        assert reply.status == status
        assert int(reply.headers.get("x-lychgate-renew-until", 0)) <= time.time() + 7200
    for changed in ({"sub": "CN=ada,O=Elsewhere"}, {"sub": None}, {"exp": None}, {"iss": "CN=Other"}, {"iss": 7}):
        is_refused(site.get(bearer=signed(key("RS256"), "RS256", **(asked | changed))), 403)
    is_refused(site.get(bearer=signed(key("ES256"), "ES256", **asked)), 403)
    site.server.operate(lambda engine: engine.store.remove_trust(trusted.id))
    is_refused(site.get(bearer=good), 403, "not trusted")
