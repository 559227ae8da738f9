// npm's oauth4webapi as a relying party and as an API: each request and each answer by itself.
//
//   node oauth4webapi.mjs SCENARIO SETTINGS
import * as oauth from 'oauth4webapi';
import { confirm, play, visit } from './desk.mjs';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const loopback = { [oauth.allowInsecureRequests]: true };

const discover = async ({ issuer }, algorithm = 'oidc') => {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm, ...loopback }));
};

const register = async (as, { back }, metadata, initialAccessToken) => {
  const wanted = { redirect_uris: [back], client_name: 'oauth4webapi', ...metadata };
  const reply = await oauth.dynamicClientRegistrationRequest(as, wanted, { initialAccessToken, ...loopback });
  return oauth.processDynamicClientRegistrationResponse(reply);
};

const ask = async (as, client, { back, scope = 'openid email offline_access' }) => {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: back,
    response_type: 'code',
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const url = new URL(as.authorization_endpoint);
  url.search = parameters;
  return { url, parameters, verifier, state, nonce };
};

const redeem = async (as, client, auth, asked, { back }, arrived) => {
  const found = oauth.validateAuthResponse(as, client, arrived, asked.state);
  const reply = await oauth.authorizationCodeGrantRequest(as, client, auth, found, back, asked.verifier, loopback);
  const checks = { expectedNonce: asked.nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, reply, checks);
  await oauth.validateApplicationLevelSignature(as, reply, loopback);
  return tokens;
};

const userinfo = async (as, client, tokens, sub) =>
  oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, loopback));

const introspect = async (as, client, auth, token) =>
  oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, token, loopback));

await play({
  async code(settings) {
    const as = await discover(settings, settings.algorithm);
    const metadata = { grant_types: ['authorization_code', 'refresh_token'], id_token_signed_response_alg: settings.alg };
    const client = await register(as, settings, metadata);
    const auth = oauth.ClientSecretBasic(client.client_secret);
    const asked = await ask(as, client, settings);
    const tokens = await redeem(as, client, auth, asked, settings, await visit(asked.url));
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    const person = await userinfo(as, client, tokens, claims.sub);
    const reply = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, loopback);
    const fresh = await oauth.processRefreshTokenResponse(as, client, reply);
    const before = await introspect(as, client, auth, fresh.access_token);
    const revoked = await oauth.revocationRequest(as, client, auth, fresh.refresh_token, loopback);
    await oauth.processRevocationResponse(revoked);
    const after = await introspect(as, client, auth, fresh.access_token);
    return { sub: claims.sub, email: person.email, before: before.active, after: after.active };
  },

  async par(settings) {
    const as = await discover(settings);
    const client = await register(as, settings, { token_endpoint_auth_method: 'none', application_type: 'native' });
    const asked = await ask(as, client, settings);
    const reply = await oauth.pushedAuthorizationRequest(as, client, oauth.None(), asked.parameters, loopback);
    const pushed = await oauth.processPushedAuthorizationResponse(as, client, reply);
    asked.url.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
    const tokens = await redeem(as, client, oauth.None(), asked, settings, await visit(asked.url));
    return { sub: oauth.getValidatedIdTokenClaims(tokens).sub };
  },

  async device(settings) {
    const as = await discover(settings);
    const metadata = { token_endpoint_auth_method: 'none', grant_types: [DEVICE], redirect_uris: [] };
    const client = await register(as, settings, metadata);
    const asked = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), { scope: 'openid' }, loopback);
    const started = await oauth.processDeviceAuthorizationResponse(as, client, asked);
    confirm(started.verification_uri_complete);
    for (const waits = []; ; waits.push('pending')) {
      await new Promise((resolve) => { setTimeout(resolve, started.interval * 1000); });
      const reply = await oauth.deviceCodeGrantRequest(as, client, oauth.None(), started.device_code, loopback);
      try {
        const tokens = await oauth.processDeviceCodeResponse(as, client, reply);
        return { sub: oauth.getValidatedIdTokenClaims(tokens).sub };
      } catch (error) {
        if (error.error !== 'authorization_pending' || waits.length > 5) throw error;
      }
    }
  },

  // The token that a key has brought is then checked as an API would check it (RFC 9068).
  async robot(settings) {
    const as = await discover(settings, 'oauth2');
    const pair = await oauth.generateKeyPair('ES256', { extractable: true });
    const jwk = { ...await crypto.subtle.exportKey('jwk', pair.publicKey), kid: 'mine', alg: 'ES256', use: 'sig' };
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', grant_types: ['client_credentials'], redirect_uris: [], jwks: { keys: [jwk] } };
    const client = await register(as, settings, metadata, settings.initial);
    const auth = oauth.PrivateKeyJwt({ key: pair.privateKey, kid: 'mine' });
    const reply = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope: 'read' }, loopback);
    const tokens = await oauth.processClientCredentialsResponse(as, client, reply);
    const request = new Request('https://api.example.org/', { headers: { authorization: `Bearer ${tokens.access_token}` } });
    const claims = await oauth.validateJwtAccessToken(as, request, settings.issuer, loopback);
    return { scope: claims.scope, client: claims.client_id === client.client_id };
  },

  async refused(settings) {
    const as = await discover(settings);
    const client = await register(as, settings, { token_endpoint_auth_method: 'none' });
    const asked = await ask(as, client, settings);
    return oauth.validateAuthResponse(as, client, await visit(asked.url), asked.state);
  },
});
