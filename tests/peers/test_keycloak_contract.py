"""One list of a client's steps at the real Keycloak and at our facade: the same status, errors and fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from contracts.keycloak_contract import PASSWORD, STEPS, USER, Place, Seen
from support.keycloak import Keycloak
from support.realm import realm_add
from support.server import running

WPS = "https://wps.example.org"
OF_A_PERSON = frozenset({"given_name", "family_name", "allowed-origins"})  # a name is one text here; no CORS by client
LEFT_OUT: Mapping[str, frozenset[str]] = {  # what Keycloak says and we do not: no program of the documents reads it
    "discovery": frozenset(
        """
        acr_values_supported authorization_encryption_alg_values_supported authorization_encryption_enc_values_supported
        authorization_signing_alg_values_supported backchannel_authentication_endpoint
        backchannel_authentication_request_signing_alg_values_supported backchannel_logout_session_supported
        backchannel_logout_supported backchannel_token_delivery_modes_supported check_session_iframe
        claim_types_supported dpop_signing_alg_values_supported frontchannel_logout_session_supported
        frontchannel_logout_supported id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported
        mtls_endpoint_aliases request_object_encryption_alg_values_supported
        request_object_encryption_enc_values_supported request_object_signing_alg_values_supported
        require_request_uri_registration tls_client_certificate_bound_access_tokens
        userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
        userinfo_signing_alg_values_supported
        """.split()
    ),
    "the_keys": frozenset({"x5c", "x5t", "x5t#S256"}),
    "a_robots_claims": frozenset({"clientAddress", "clientHost"}),
    "introspection_of_a_robots_token": frozenset({"clientAddress", "clientHost"}),
    "a_persons_claims": OF_A_PERSON,
    "introspection_of_a_persons_token": OF_A_PERSON,
    "userinfo": OF_A_PERSON,
    "a_client_registers": frozenset(
        """
        alwaysDisplayInConsole authenticationFlowBindingOverrides defaultClientScopes defaultRoles frontchannelLogout
        fullScopeAllowed nodeReRegistrationTimeout optionalClientScopes surrogateAuthRequired webOrigins
        """.split()
    ),
    "a_client_registers_the_openid_way": frozenset(
        """
        backchannel_logout_session_required dpop_bound_access_tokens frontchannel_logout_session_required
        post_logout_redirect_uris request_uris require_pushed_authorization_requests subject_type
        tls_client_certificate_bound_access_tokens
        """.split()
    ),
}


@pytest.fixture(scope="module")
def real(keycloak: Keycloak) -> Place:
    secret = "-secret-of-the-tests"
    return Place(
        keycloak.issuer, ("robot", f"robot{secret}"), ("front", f"front{secret}"), "username",
        keycloak.initial_access_token,
    )  # fmt: skip


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running(tmp_path_factory.mktemp("ours") / "data", toml='registration = "token"\ngrace = 0\n') as server:
        server.user_add("ada@example.org", PASSWORD, name=USER, roles=("compute-user",))
        realm = realm_add(server, "compute", audiences=[WPS])
        realm.program_add("wps")
        robot = realm.client_add("robot", methods=("client_secret_basic", "client_secret_post"))
        front = realm.client_add("front", resources=(WPS,))
        yield Place(realm.issuer, robot.pair, front.pair, "name", realm.initial_access_token)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_our_facade_does_as_keycloak_does(step: Callable[[Place], Seen], real: Place, ours: Place) -> None:
    theirs, mine = step(real), step(ours)
    assert (mine.status, mine.error) == (theirs.status, theirs.error)
    assert theirs.names - mine.names - LEFT_OUT.get(step.__name__, frozenset()) == frozenset()
