// The peer: npm's oidc-provider on Node's own http, kept in memory.
//
//   node server.mjs PORT
//
// Its client credentials give JWT access tokens (ES256 or RS256 by the client), and opaque ones to the client whose
// tokens are introspected, since oidc-provider does not introspect JWTs. The password grant (added the documented way)
// only hands out the first refresh token of a chain.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const resource = 'https://api.example.org';

const jwk = (kid, alg, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig',
});

// The adapter that comes with oidc-provider holds 1000 entries and walks all refresh tokens of a login at each refresh;
// this one is the least that the interface asks for, and faster.
class Memory {
  rows = new Map();
  async upsert(id, payload) { this.rows.set(id, payload); }
  async find(id) { return this.rows.get(id); }
  async findByUid() { return undefined; }
  async findByUserCode() { return undefined; }
  async consume(id) { this.rows.get(id).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { this.rows.delete(id); }
  async revokeByGrantId(grantId) {
    for (const [id, row] of this.rows) if (row.grantId === grantId) this.rows.delete(id);
  }
}

const client = (client_id, grant_types) => ({
  client_id,
  client_secret: 'a-secret-of-the-benchmarks-0123456789abcdef',
  grant_types,
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_basic',
});

const formats = {
  rs256: { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } },
  opaque: { accessTokenFormat: 'opaque' },
};
const es256 = { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };

const provider = new Provider(issuer, {
  adapter: Memory,
  clients: [
    client('es256', ['client_credentials']),
    client('rs256', ['client_credentials']),
    client('opaque', ['client_credentials']),
    client('introspector', []),
    client('refresher', ['password', 'refresh_token']),
  ],
  jwks: {
    keys: [jwk('e', 'ES256', 'ec', { namedCurve: 'P-256' }), jwk('r', 'RS256', 'rsa', { modulusLength: 2048 })],
  },
  cookies: { keys: ['a-cookie-key-of-the-benchmarks'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, indicator, { clientId }) => ({
        scope: 'read', audience: resource, accessTokenTTL: 900, ...(formats[clientId] ?? es256),
      }),
    },
  },
  scopes: ['read', 'offline_access'],
  ttl: { AccessToken: 900, ClientCredentials: 900, Grant: 86400, RefreshToken: 86400 },
  rotateRefreshToken: true,
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

provider.registerGrantType('password', async (ctx) => {
  const { client } = ctx.oidc;
  const accountId = 'demo';
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addResourceScope(resource, 'read');
  const grantId = await grant.save();
  const refresh = new provider.RefreshToken({
    accountId, client, grantId, gty: 'password', resource, scope: 'read', authTime: Math.floor(Date.now() / 1000),
  });
  ctx.body = { refresh_token: await refresh.save(), token_type: 'Bearer' };
}, ['username', 'password', 'scope']);

createServer(provider.callback()).listen(port, '127.0.0.1');
