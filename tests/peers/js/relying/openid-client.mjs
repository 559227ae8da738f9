// npm's openid-client as a relying party.
//
//   node openid-client.mjs SCENARIO SETTINGS
import * as oidc from 'openid-client';
import { confirm, play, visit } from './desk.mjs';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const options = { execute: [oidc.allowInsecureRequests] };

const register = async ({ issuer, back }, metadata, auth, more) => {
  const config = await oidc.dynamicClientRegistration(
    new URL(issuer), { redirect_uris: [back], client_name: 'openid-client', ...metadata }, auth, { ...options, ...more },
  );
  oidc.enableNonRepudiationChecks(config); // ID tokens are checked by the published keys too
  return config;
};

const ask = async ({ back, scope = 'openid email offline_access' }) => {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
  const parameters = {
    redirect_uri: back,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  };
  return { parameters, checks };
};

const secrets = {
  client_secret_basic: oidc.ClientSecretBasic,
  client_secret_post: oidc.ClientSecretPost,
  client_secret_jwt: oidc.ClientSecretJwt,
};

// A client that has a secret and proves it by `method`; what it has got it keeps for long.
const withSecret = (settings, method = 'client_secret_basic') => {
  const metadata = { token_endpoint_auth_method: method, grant_types: ['authorization_code', 'refresh_token'] };
  return register(settings, metadata, secrets[method]());
};

const keys = async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const jwk = { ...await crypto.subtle.exportKey('jwk', pair.publicKey), kid: 'mine', alg: 'ES256', use: 'sig' };
  return { key: { key: pair.privateKey, kid: 'mine' }, jwks: { keys: [jwk] } };
};

await play({
  async code(settings) {
    const config = await withSecret(settings, settings.method);
    const { parameters, checks } = await ask(settings);
    const back = await visit(oidc.buildAuthorizationUrl(config, parameters));
    const tokens = await oidc.authorizationCodeGrant(config, back, checks);
    const { sub } = tokens.claims();
    const person = await oidc.fetchUserInfo(config, tokens.access_token, sub);
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    const before = await oidc.tokenIntrospection(config, fresh.access_token);
    await oidc.tokenRevocation(config, fresh.refresh_token);
    const after = await oidc.tokenIntrospection(config, fresh.access_token);
    return { sub, email: person.email, expires: tokens.expiresIn(), refreshed: fresh.claims()?.sub, before: before.active, after: after.active, rotated: fresh.refresh_token !== tokens.refresh_token };
  },

  async par(settings) {
    const config = await register(settings, { token_endpoint_auth_method: 'none', application_type: 'native' });
    const { parameters, checks } = await ask(settings);
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters);
    const tokens = await oidc.authorizationCodeGrant(config, await visit(url), checks);
    return { asked: [...url.searchParams.keys()], sub: tokens.claims().sub };
  },

  async dpop(settings) {
    const metadata = {
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      dpop_bound_access_tokens: true,
      require_pushed_authorization_requests: true,
      grant_types: ['authorization_code', 'refresh_token'],
    };
    const config = await register(settings, metadata);
    const pair = await oidc.randomDPoPKeyPair('ES256');
    const DPoP = oidc.getDPoPHandle(config, pair);
    const { parameters, checks } = await ask(settings);
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
    const tokens = await oidc.authorizationCodeGrant(config, await visit(url), checks, undefined, { DPoP });
    const { sub } = tokens.claims();
    const person = await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP });
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
    const again = await oidc.fetchUserInfo(config, fresh.access_token, sub, { DPoP });
    const thief = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const stolen = await oidc.refreshTokenGrant(config, fresh.refresh_token, undefined, { DPoP: thief })
      .then(() => 'taken', (error) => error.error);
    return {
      asked: [...url.searchParams.keys()], types: [tokens.token_type, fresh.token_type],
      emails: [person.email, again.email], stolen,
    };
  },

  // A client that an operator made with the FAPI 2.0 profile; its private key comes as a JWK.
  async fapi(settings) {
    const key = await crypto.subtle.importKey('jwk', settings.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    const proved = oidc.PrivateKeyJwt(key);
    const config = await oidc.discovery(new URL(settings.issuer), settings.client, undefined, proved, options);
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const { parameters, checks } = await ask({ ...settings, scope: 'openid' });
    const bare = await visit(oidc.buildAuthorizationUrl(config, parameters));
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
    const tokens = await oidc.authorizationCodeGrant(config, await visit(url), checks, undefined, { DPoP });
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
    const robot = await oidc.clientCredentialsGrant(config, {}, { DPoP });
    const unbound = await oidc.clientCredentialsGrant(config, {}).then(() => 'taken', (error) => error.error);
    const { sub } = tokens.claims();
    const person = await oidc.fetchUserInfo(config, fresh.access_token, sub, { DPoP });
    return {
      bare: bare.searchParams.get('error'), sub: person.sub === sub, unbound,
      types: [tokens, fresh, robot].map((found) => found.token_type),
    };
  },

  async jar(settings) {
    const { key, jwks } = await keys();
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', request_object_signing_alg: 'ES256', jwks };
    const config = await register(settings, metadata, oidc.PrivateKeyJwt(key));
    const { parameters, checks } = await ask(settings);
    const url = await oidc.buildAuthorizationUrlWithJAR(config, parameters, key);
    const tokens = await oidc.authorizationCodeGrant(config, await visit(url), checks);
    return { asked: [...url.searchParams.keys()], sub: tokens.claims().sub };
  },

  async device(settings) {
    const metadata = { token_endpoint_auth_method: 'none', grant_types: [DEVICE, 'refresh_token'], redirect_uris: [] };
    const config = await register(settings, metadata);
    const started = await oidc.initiateDeviceAuthorization(config, { scope: 'openid email' });
    confirm(started.verification_uri_complete);
    const tokens = await oidc.pollDeviceAuthorizationGrant(config, started);
    return { sub: tokens.claims().sub, email: (await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).email };
  },

  async robot(settings) {
    const { key, jwks } = await keys();
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', grant_types: ['client_credentials'], redirect_uris: [], jwks };
    const config = await register(settings, metadata, oidc.PrivateKeyJwt(key), { initialAccessToken: settings.initial });
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'read' });
    const told = await oidc.tokenIntrospection(config, tokens.access_token);
    return { type: tokens.token_type, scope: told.scope, client: told.client_id === config.clientMetadata().client_id };
  },

  async logout(settings) {
    const out = `${settings.back}/out`;
    const config = await register(settings, { token_endpoint_auth_method: 'none', post_logout_redirect_uris: [out] });
    const { parameters, checks } = await ask({ ...settings, scope: 'openid' });
    const tokens = await oidc.authorizationCodeGrant(config, await visit(oidc.buildAuthorizationUrl(config, parameters)), checks);
    const leave = { post_logout_redirect_uri: out, id_token_hint: tokens.id_token, state: 'bye' };
    const back = await visit(oidc.buildEndSessionUrl(config, leave));
    if (!back.href.startsWith(out)) throw new Error(`not led back: ${back}`);
    const silent = await visit(oidc.buildAuthorizationUrl(config, { ...parameters, prompt: 'none' }));
    return { state: back.searchParams.get('state'), silent: silent.searchParams.get('error') };
  },

  async exchange({ issuer, client, secret, subject, assertion, audience }) {
    const auth = oidc.ClientSecretBasic(secret);
    const config = await oidc.discovery(new URL(issuer), client, {}, auth, options);
    const actor = await oidc.clientCredentialsGrant(config);
    const type = 'urn:ietf:params:oauth:token-type:access_token';
    const exchanged = await oidc.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
      subject_token: subject, subject_token_type: type, actor_token: actor.access_token, actor_token_type: type, audience,
    });
    const bearer = await oidc.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion });
    const told = await oidc.tokenIntrospection(config, exchanged.access_token);
    return { type: exchanged.issued_token_type === type, act: told.act, sub: told.sub, other: bearer.token_type };
  },

  async refused(settings) {
    const config = await withSecret(settings);
    const { parameters, checks } = await ask(settings);
    return oidc.authorizationCodeGrant(config, await visit(oidc.buildAuthorizationUrl(config, parameters)), checks);
  },

  async badRefresh(settings) {
    const config = await withSecret(settings);
    return oidc.refreshTokenGrant(config, 'no such token');
  },
});
