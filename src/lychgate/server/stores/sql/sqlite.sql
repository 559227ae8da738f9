-- Compiled from the Python beside this file: change it there.

-- setting: name
SELECT setting.value
FROM setting
WHERE setting.name = ?

-- add setting: name value
INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING name

-- issuers:
SELECT issuer.id, issuer.url, issuer.realm, issuer.settings
FROM issuer ORDER BY issuer.id

-- issuer: id
SELECT issuer.id, issuer.url, issuer.realm, issuer.settings
FROM issuer
WHERE issuer.id = ?

-- add issuer: id url realm settings
INSERT INTO issuer (id, url, realm, settings) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id

-- put issuer: url of_id
UPDATE issuer SET url=? WHERE issuer.id = ?

-- add user: id email name password_hash active superuser verified roles groups not_before created_at
INSERT INTO users (id, email, name, password_hash, active, superuser, verified, roles, groups, not_before, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id

-- add login name: folded user
INSERT INTO login_name (folded, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING folded

-- drop login names: id
DELETE FROM login_name WHERE login_name.user_id = ?

-- user: id
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at
FROM users
WHERE users.id = ?

-- user to edit: id
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at
FROM users
WHERE users.id = ?

-- user by login: folded
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at
FROM users JOIN login_name ON users.id = login_name.user_id
WHERE login_name.folded = ?

-- administrator:
SELECT users.id
FROM users
WHERE users.superuser = 1 AND users.active = 1
LIMIT 1 OFFSET 0

-- users: after limit
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at
FROM users
WHERE users.id > ? ORDER BY users.id
LIMIT ? OFFSET 0

-- users found: after like limit
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at
FROM users
WHERE users.id > ? AND (EXISTS (SELECT *
FROM login_name
WHERE login_name.user_id = users.id AND login_name.folded LIKE ? ESCAPE '\')) ORDER BY users.id
LIMIT ? OFFSET 0

-- put user: email name password_hash active superuser verified roles groups not_before created_at of_id
UPDATE users SET email=?, name=?, password_hash=?, active=?, superuser=?, verified=?, roles=?, groups=?, not_before=?, created_at=? WHERE users.id = ?

-- drop user: id
DELETE FROM users WHERE users.id = ? RETURNING id

-- failure: digest
SELECT login_failure.times, login_failure.failures, login_failure.blocked_until
FROM login_failure
WHERE login_failure.digest = ?

-- failure to count: digest
SELECT login_failure.times, login_failure.failures, login_failure.blocked_until
FROM login_failure
WHERE login_failure.digest = ?

-- add failure: digest times failures blocked_until last_at
INSERT INTO login_failure (digest, times, failures, blocked_until, last_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING digest

-- put failure: times failures blocked_until last_at of_digest
UPDATE login_failure SET times=?, failures=?, blocked_until=?, last_at=? WHERE login_failure.digest = ?

-- drop failure: digest
DELETE FROM login_failure WHERE login_failure.digest = ?

-- add client: issuer id name owner methods grants redirect_uris scopes audiences resources groups jwks jwks_uri alg lifetime active not_before created_at last_used_at extra sought
INSERT INTO client (issuer, id, name, owner, methods, grants, redirect_uris, scopes, audiences, resources, groups, jwks, jwks_uri, alg, lifetime, active, not_before, created_at, last_used_at, extra, sought) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING issuer

-- client: issuer id
SELECT client.issuer, client.id, client.name, client.owner, client.methods, client.grants, client.redirect_uris, client.scopes, client.audiences, client.resources, client.groups, client.jwks, client.jwks_uri, client.alg, client.lifetime, client.active, client.not_before, client.created_at, client.last_used_at, client.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM client LEFT OUTER JOIN client_secret ON client_secret.issuer = client.issuer AND client_secret.client_id = client.id
WHERE client.issuer = ? AND client.id = ? ORDER BY client.issuer, client.id, client_secret.created_at, client_secret.id

-- client to edit: issuer id
SELECT client.issuer, client.id, client.name, client.owner, client.methods, client.grants, client.redirect_uris, client.scopes, client.audiences, client.resources, client.groups, client.jwks, client.jwks_uri, client.alg, client.lifetime, client.active, client.not_before, client.created_at, client.last_used_at, client.extra
FROM client
WHERE client.issuer = ? AND client.id = ?

-- put client: name owner methods grants redirect_uris scopes audiences resources groups jwks jwks_uri alg lifetime active not_before created_at last_used_at extra sought of_issuer of_id
UPDATE client SET name=?, owner=?, methods=?, grants=?, redirect_uris=?, scopes=?, audiences=?, resources=?, groups=?, jwks=?, jwks_uri=?, alg=?, lifetime=?, active=?, not_before=?, created_at=?, last_used_at=?, extra=?, sought=? WHERE client.issuer = ? AND client.id = ?

-- drop client: issuer id
DELETE FROM client WHERE client.issuer = ? AND client.id = ? RETURNING id

-- drop clients of: owner
DELETE FROM client WHERE client.owner = ? RETURNING issuer, id

-- touch client: at issuer id at
UPDATE client SET last_used_at=? WHERE client.issuer = ? AND client.id = ? AND (client.last_used_at IS NULL OR client.last_used_at < ?)

-- add secret: issuer client id digest sealed not_after created_at
INSERT INTO client_secret (issuer, client_id, id, digest, sealed, not_after, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)

-- end secrets: old_not_after issuer id old_not_after
UPDATE client_secret SET not_after=? WHERE client_secret.issuer = ? AND client_secret.client_id = ? AND (client_secret.not_after IS NULL OR client_secret.not_after > ?)

-- drop ended secrets: issuer id now
DELETE FROM client_secret WHERE client_secret.issuer = ? AND client_secret.client_id = ? AND client_secret.not_after <= ?

-- clients by: after_issuer after limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE (client.issuer, client.id) > (?, ?) ORDER BY client.issuer, client.id
LIMIT ? OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by search: after_issuer after like limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE (client.issuer, client.id) > (?, ?) AND client.sought LIKE ? ESCAPE '\' ORDER BY client.issuer, client.id
LIMIT ? OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by owner: after_issuer after owner limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE (client.issuer, client.id) > (?, ?) AND client.owner = ? ORDER BY client.issuer, client.id
LIMIT ? OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by owner search: after_issuer after owner like limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE (client.issuer, client.id) > (?, ?) AND client.owner = ? AND client.sought LIKE ? ESCAPE '\' ORDER BY client.issuer, client.id
LIMIT ? OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by issuer: issuer after limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE client.issuer = ? AND client.id > ? ORDER BY client.issuer, client.id
LIMIT ? OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by issuer search: issuer after like limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE client.issuer = ? AND client.id > ? AND client.sought LIKE ? ESCAPE '\' ORDER BY client.issuer, client.id
LIMIT ? OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by issuer owner: issuer after owner limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE client.issuer = ? AND client.id > ? AND client.owner = ? ORDER BY client.issuer, client.id
LIMIT ? OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by issuer owner search: issuer after owner like limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE client.issuer = ? AND client.id > ? AND client.owner = ? AND client.sought LIKE ? ESCAPE '\' ORDER BY client.issuer, client.id
LIMIT ? OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- add family: id issuer client user scope audience seq created_at rotated_at idle expires_at revoked_at bound facade auth_time
INSERT INTO family (id, issuer, client_id, user_id, scope, audience, seq, created_at, rotated_at, idle, expires_at, revoked_at, bound, facade, auth_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id

-- family: id
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time
FROM family
WHERE family.id = ?

-- family to judge: id
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time
FROM family
WHERE family.id = ?

-- families of user: user
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time
FROM family
WHERE family.user_id = ? ORDER BY family.created_at, family.id

-- families of client: issuer client
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time
FROM family
WHERE family.issuer = ? AND family.client_id = ? ORDER BY family.created_at, family.id

-- families of both: user issuer client
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time
FROM family
WHERE family.user_id = ? AND family.issuer = ? AND family.client_id = ? ORDER BY family.created_at, family.id

-- rotate: now id seq issuer client now now bound
UPDATE family SET seq=(family.seq + 1), rotated_at=? WHERE family.id = ? AND family.seq = ? AND family.issuer = ? AND family.client_id = ? AND family.revoked_at IS NULL AND family.expires_at > ? AND family.rotated_at + family.idle * 1000 > ? AND (family.bound IS NULL OR family.bound = ?) RETURNING id, issuer, client_id, user_id, scope, audience, seq, created_at, rotated_at, idle, expires_at, revoked_at, bound, facade, auth_time

-- revoke family: now id
UPDATE family SET revoked_at=? WHERE family.id = ? AND family.revoked_at IS NULL RETURNING id, issuer, client_id, user_id, scope, audience, seq, created_at, rotated_at, idle, expires_at, revoked_at, bound, facade, auth_time

-- revoked families: since
SELECT family.id, family.revoked_at
FROM family
WHERE family.revoked_at >= ?

-- spend jti: issuer client digest expires_at
INSERT INTO spent_jti (issuer, client_id, digest, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING issuer

-- revoke token: jti expires_at
INSERT INTO revoked_token (jti, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING jti

-- revoked tokens: now
SELECT revoked_token.jti, revoked_token.expires_at
FROM revoked_token
WHERE revoked_token.expires_at > ?

-- ping:
SELECT 1

-- keys:
SELECT signing_key.kid, signing_key.issuer, signing_key.alg, signing_key.public, signing_key.sealed, signing_key.published_at, signing_key.signs_from, signing_key.signs_until, signing_key.removed_at
FROM signing_key ORDER BY signing_key.signs_from, signing_key.kid

-- keys of: issuer
SELECT signing_key.kid, signing_key.issuer, signing_key.alg, signing_key.public, signing_key.sealed, signing_key.published_at, signing_key.signs_from, signing_key.signs_until, signing_key.removed_at
FROM signing_key
WHERE signing_key.issuer = ? ORDER BY signing_key.signs_from, signing_key.kid

-- add key: kid issuer alg public sealed published_at signs_from signs_until removed_at
INSERT INTO signing_key (kid, issuer, alg, public, sealed, published_at, signs_from, signs_until, removed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING issuer

-- stop keys: until removed issuer alg until
UPDATE signing_key SET signs_until=?, removed_at=? WHERE signing_key.issuer = ? AND signing_key.alg = ? AND signing_key.signs_until IS NULL AND signing_key.signs_from <= ?

-- tell: at kind id
INSERT INTO change (seq, at, kind, id) VALUES (NULL, ?, ?, ?)

-- last change:
SELECT max(change.seq) AS max_1
FROM change

-- first change:
SELECT min(change.seq) AS min_1
FROM change

-- changes: after limit
SELECT change.seq, change.kind, change.id
FROM change
WHERE change.seq > ? ORDER BY change.seq
LIMIT ? OFFSET 0

-- add audit: at issuer event outcome client user grant jti family address request_id detail
INSERT INTO audit (at, issuer, event, outcome, client_id, user_id, grant_type, jti, family, address, request_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- audit by: after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since: since after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by client: client after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by user: user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by event: event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since client: since client after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since user: since user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.user_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since event: since event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by client user: client user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.user_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by client event: client event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by user event: user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since client user: since client user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.user_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since client event: since client event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since user event: since user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.user_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by client user event: client user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.user_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since client user event: since client user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.user_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- newest audit by: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since: since limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by client: client limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by user: user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by event: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since client: since client limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since user: since user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.user_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since event: since event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by client user: client user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.user_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by client event: client event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by user event: user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since client user: since client user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.user_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since client event: since client event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since user event: since user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.user_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by client user event: client user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.user_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since client user event: since client user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.user_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- tidy jti: before limit
DELETE FROM spent_jti WHERE (spent_jti.issuer, spent_jti.client_id, spent_jti.digest) IN (SELECT spent_jti.issuer, spent_jti.client_id, spent_jti.digest
FROM spent_jti
WHERE spent_jti.expires_at <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- tidy tokens: before limit
DELETE FROM revoked_token WHERE revoked_token.jti IN (SELECT revoked_token.jti
FROM revoked_token
WHERE revoked_token.expires_at <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- tidy secrets: before limit
DELETE FROM client_secret WHERE (client_secret.issuer, client_secret.client_id, client_secret.id) IN (SELECT client_secret.issuer, client_secret.client_id, client_secret.id
FROM client_secret
WHERE client_secret.not_after <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- tidy failures: before before limit
DELETE FROM login_failure WHERE login_failure.digest IN (SELECT login_failure.digest
FROM login_failure
WHERE login_failure.last_at <= ? AND login_failure.blocked_until <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- ended families: before before before limit
SELECT family.id
FROM family
WHERE family.expires_at <= ? OR family.revoked_at <= ? OR family.rotated_at + family.idle * 1000 <= ?
LIMIT ? OFFSET 0

-- tidy family: id before before before
DELETE FROM family WHERE family.id = ? AND (family.expires_at <= ? OR family.revoked_at <= ? OR family.rotated_at + family.idle * 1000 <= ?)

-- oldest change to keep: before
SELECT min(change.seq) AS min_1
FROM change
WHERE change.at > ?

-- tidy changes: seq
DELETE FROM change WHERE change.seq < ?
