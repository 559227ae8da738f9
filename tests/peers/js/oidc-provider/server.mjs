// A server nobody here wrote: npm's oidc-provider, with its own pages for login and consent, kept in memory.
//
//   node server.mjs PORT
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);

const jwk = (kid, alg, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig',
});

const device = 'urn:ietf:params:oauth:grant-type:device_code';
const native = (client_id, more) => ({
  client_id,
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1'],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token', device],
  token_endpoint_auth_method: 'none',
  ...more,
});

const oracle = (client_id, more) => ({
  client_id,
  client_secret: 'secret-of-the-oracle-0123456789abcdef0123456789',
  redirect_uris: ['https://rp.example.org/back'],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token', device, 'client_credentials'],
  ...more,
});

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    native('app', {}),
    native('app-es256', { id_token_signed_response_alg: 'ES256' }),
    native('browser-only', { grant_types: ['authorization_code', 'refresh_token'] }),
    native('with-secret', {
      client_secret: 'secret-of-the-tests-0123456789abcdef0123456789', token_endpoint_auth_method: 'client_secret_jwt',
    }),
    native('lone', { grant_types: ['authorization_code'] }),
    oracle('web', {}),
    oracle('other', {}),
    oracle('narrow', { grant_types: ['authorization_code'] }),
  ],
  pkce: { required: () => true },
  jwks: { keys: [jwk('r', 'RS256', 'rsa', { modulusLength: 2048 }), jwk('e', 'ES256', 'ec', { namedCurve: 'P-256' })] },
  cookies: { keys: ['a-cookie-key-of-the-tests'] },
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
  features: {
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    registration: { enabled: true },
    registrationManagement: { enabled: true },
    requestObjects: { enabled: true },
    revocation: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
    fapi: { enabled: true, profile: (ctx, client) => (client?.clientName === 'fapi' ? '2.0' : undefined) },
  },
  claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
  ttl: { AccessToken: 600, RefreshToken: 86400, Grant: 86400, Session: 86400, Interaction: 600, IdToken: 600, DeviceCode: 600 },
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.org`, name: `The ${id}` }) }),
});

createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log('listening'));
