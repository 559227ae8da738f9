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

-- add user: id email name password_hash active superuser verified roles groups not_before created_at claims choices
INSERT INTO users (id, email, name, password_hash, active, superuser, verified, roles, groups, not_before, created_at, claims, choices) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id

-- add login name: folded user
INSERT INTO login_name (folded, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING folded

-- drop login names: id
DELETE FROM login_name WHERE login_name.user_id = ?

-- user: id
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id = ?

-- user to edit: id
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id = ?

-- user by login: folded
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users JOIN login_name ON users.id = login_name.user_id
WHERE login_name.folded = ?

-- administrator:
SELECT users.id
FROM users
WHERE users.superuser = 1 AND users.active = 1
LIMIT 1 OFFSET 0

-- users: after limit
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id > ? ORDER BY users.id
LIMIT ? OFFSET 0

-- users found: after like limit
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id > ? AND users.id IN (SELECT login_name.user_id
FROM login_name
WHERE login_name.folded LIKE ? ESCAPE '\') ORDER BY users.id
LIMIT ? OFFSET 0

-- put user: email name password_hash active superuser verified roles groups not_before created_at claims choices of_id
UPDATE users SET email=?, name=?, password_hash=?, active=?, superuser=?, verified=?, roles=?, groups=?, not_before=?, created_at=?, claims=?, choices=? WHERE users.id = ?

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

-- issuer to edit: id
SELECT issuer.id, issuer.url, issuer.realm, issuer.settings
FROM issuer
WHERE issuer.id = ?

-- put issuer settings: settings of_id
UPDATE issuer SET settings=? WHERE issuer.id = ?

-- clients of issuer: issuer
SELECT count(*) AS count_1
FROM client
WHERE client.issuer = ?

-- drop tokens of issuer: issuer
DELETE FROM issued_token WHERE issued_token.issuer = ?

-- drop registration of issuer: issuer
DELETE FROM registration_token WHERE registration_token.issuer = ?

-- drop trust of issuer: issuer
DELETE FROM trust WHERE trust.issuer = ?

-- drop keys of issuer: issuer
DELETE FROM signing_key WHERE signing_key.issuer = ?

-- drop clients of issuer: issuer
DELETE FROM client WHERE client.issuer = ?

-- drop issuer: id
DELETE FROM issuer WHERE issuer.id = ?

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

-- key sets: method limit
SELECT client.jwks
FROM client
WHERE client.jwks IS NOT NULL AND client.methods LIKE ? ORDER BY client.issuer, client.id
LIMIT ? OFFSET 0

-- add served: issuer uri client
INSERT INTO served (issuer, uri, client_id) VALUES (?, ?, ?)

-- drop served: issuer id
DELETE FROM served WHERE served.issuer = ? AND served.client_id = ?

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

-- add family: id issuer client user scope audience seq created_at rotated_at idle expires_at revoked_at bound facade auth_time session extra
INSERT INTO family (id, issuer, client_id, user_id, scope, audience, seq, created_at, rotated_at, idle, expires_at, revoked_at, bound, facade, auth_time, session, extra) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id

-- family: id
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.id = ?

-- family to judge: id
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.id = ?

-- families of user: user
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.user_id = ? ORDER BY family.created_at, family.id

-- families of client: issuer client
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.issuer = ? AND family.client_id = ? ORDER BY family.created_at, family.id

-- families of both: user issuer client
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.user_id = ? AND family.issuer = ? AND family.client_id = ? ORDER BY family.created_at, family.id

-- rotate: now id seq issuer client now now bound
UPDATE family SET seq=(family.seq + 1), rotated_at=? WHERE family.id = ? AND family.seq = ? AND family.issuer = ? AND family.client_id = ? AND family.revoked_at IS NULL AND family.expires_at > ? AND family.rotated_at + family.idle * 1000 > ? AND (family.bound IS NULL OR family.bound = ?) RETURNING id, issuer, client_id, user_id, scope, audience, seq, created_at, rotated_at, idle, expires_at, revoked_at, bound, facade, auth_time, session, extra

-- revoke family: now id
UPDATE family SET revoked_at=? WHERE family.id = ? AND family.revoked_at IS NULL RETURNING id, issuer, client_id, user_id, scope, audience, seq, created_at, rotated_at, idle, expires_at, revoked_at, bound, facade, auth_time, session, extra

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

-- add session: id digest user amr created_at auth_time seen_at expires_at address agent
INSERT INTO session (id, digest, user_id, amr, created_at, auth_time, seen_at, expires_at, address, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- session: digest
SELECT session.id, session.digest, session.user_id, session.amr, session.created_at, session.auth_time, session.seen_at, session.expires_at, session.address, session.agent
FROM session
WHERE session.digest = ?

-- sessions: user
SELECT session.id, session.digest, session.user_id, session.amr, session.created_at, session.auth_time, session.seen_at, session.expires_at, session.address, session.agent
FROM session
WHERE session.user_id = ? ORDER BY session.created_at, session.id

-- drop session: digest
DELETE FROM session WHERE session.digest = ? RETURNING id, digest, user_id, amr, created_at, auth_time, seen_at, expires_at, address, agent

-- end session: id
DELETE FROM session WHERE session.id = ?

-- drop codes of session: session
DELETE FROM code WHERE code.session = ? AND code.used_at IS NULL

-- see session: seen_at id
UPDATE session SET seen_at=? WHERE session.id = ?

-- families of session: session
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.session = ? ORDER BY family.created_at, family.id

-- consent: user issuer client
SELECT consent.user_id, consent.issuer, consent.client_id, consent.scope, consent.granted_at
FROM consent
WHERE consent.user_id = ? AND consent.issuer = ? AND consent.client_id = ?

-- consents: user
SELECT consent.user_id, consent.issuer, consent.client_id, consent.scope, consent.granted_at
FROM consent
WHERE consent.user_id = ? ORDER BY consent.granted_at

-- add consent: user issuer client scope granted_at
INSERT INTO consent (user_id, issuer, client_id, scope, granted_at) VALUES (?, ?, ?, ?, ?)

-- drop consent: user issuer client
DELETE FROM consent WHERE consent.user_id = ? AND consent.issuer = ? AND consent.client_id = ?

-- factors: user
SELECT factor.id, factor.user_id, factor.kind, factor.name, factor.handle, factor.sealed, factor.counter, factor.created_at, factor.used_at
FROM factor
WHERE factor.user_id = ? ORDER BY factor.created_at, factor.id

-- factor by handle: kind handle
SELECT factor.id, factor.user_id, factor.kind, factor.name, factor.handle, factor.sealed, factor.counter, factor.created_at, factor.used_at
FROM factor
WHERE factor.kind = ? AND factor.handle = ?

-- add factor: id user kind name handle sealed counter created_at used_at
INSERT INTO factor (id, user_id, kind, name, handle, sealed, counter, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id

-- use factor: counter now id counter
UPDATE factor SET counter=?, used_at=? WHERE factor.id = ? AND factor.counter < ? RETURNING id

-- see factor: used_at id
UPDATE factor SET used_at=? WHERE factor.id = ?

-- take factor: user kind handle
DELETE FROM factor WHERE factor.user_id = ? AND factor.kind = ? AND factor.handle = ? RETURNING id

-- remove factor: user id
DELETE FROM factor WHERE factor.user_id = ? AND factor.id = ? RETURNING id

-- remove factors: user kind
DELETE FROM factor WHERE factor.user_id = ? AND factor.kind = ?

-- add code: digest issuer client user family redirect_uri scope audience session challenge auth_time created_at expires_at used_at extra
INSERT INTO code (digest, issuer, client_id, user_id, family, redirect_uri, scope, audience, session, challenge, auth_time, created_at, expires_at, used_at, extra) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- code: digest
SELECT code.digest, code.issuer, code.client_id, code.user_id, code.family, code.redirect_uri, code.scope, code.audience, code.session, code.challenge, code.auth_time, code.created_at, code.expires_at, code.used_at, code.extra
FROM code
WHERE code.digest = ?

-- take code: now digest now
UPDATE code SET used_at=? WHERE code.digest = ? AND code.used_at IS NULL AND code.expires_at > ? RETURNING family

-- add device: digest user_code issuer client scope audience state user session family auth_time interval polled_at created_at expires_at address extra
INSERT INTO device (digest, user_code, issuer, client_id, scope, audience, state, user_id, session, family, auth_time, interval, polled_at, created_at, expires_at, address, extra) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING digest

-- device: digest
SELECT device.digest, device.user_code, device.issuer, device.client_id, device.scope, device.audience, device.state, device.user_id, device.session, device.family, device.auth_time, device.interval, device.polled_at, device.created_at, device.expires_at, device.address, device.extra
FROM device
WHERE device.digest = ?

-- device by code: user_code
SELECT device.digest, device.user_code, device.issuer, device.client_id, device.scope, device.audience, device.state, device.user_id, device.session, device.family, device.auth_time, device.interval, device.polled_at, device.created_at, device.expires_at, device.address, device.extra
FROM device
WHERE device.user_code = ?

-- decide device: scope audience state user session auth_time extra digest was now
UPDATE device SET scope=?, audience=?, state=?, user_id=?, session=?, auth_time=?, extra=? WHERE device.digest = ? AND device.state = ? AND device.expires_at > ? RETURNING digest

-- device to poll: digest
SELECT device.digest, device.user_code, device.issuer, device.client_id, device.scope, device.audience, device.state, device.user_id, device.session, device.family, device.auth_time, device.interval, device.polled_at, device.created_at, device.expires_at, device.address, device.extra
FROM device
WHERE device.digest = ?

-- poll device: now now digest
UPDATE device SET interval=(device.interval + CASE WHEN (device.polled_at + device.interval * 1000 > ?) THEN 5 ELSE 0 END), polled_at=? WHERE device.digest = ?

-- take device: done family digest was now
UPDATE device SET state=?, family=? WHERE device.digest = ? AND device.state = ? AND device.expires_at > ? RETURNING digest

-- add pushed: digest issuer client params expires_at
INSERT INTO pushed (digest, issuer, client_id, params, expires_at) VALUES (?, ?, ?, ?, ?)

-- pushed: digest
SELECT pushed.digest, pushed.issuer, pushed.client_id, pushed.params, pushed.expires_at
FROM pushed
WHERE pushed.digest = ?

-- drop pushed: digest
DELETE FROM pushed WHERE pushed.digest = ? RETURNING digest

-- add registration token: digest issuer client uses expires_at created_at note
INSERT INTO registration_token (digest, issuer, client_id, uses, expires_at, created_at, note) VALUES (?, ?, ?, ?, ?, ?, ?)

-- registration token: digest
SELECT registration_token.digest, registration_token.issuer, registration_token.client_id, registration_token.uses, registration_token.expires_at, registration_token.created_at, registration_token.note
FROM registration_token
WHERE registration_token.digest = ?

-- registration tokens: issuer
SELECT registration_token.digest, registration_token.issuer, registration_token.client_id, registration_token.uses, registration_token.expires_at, registration_token.created_at, registration_token.note
FROM registration_token
WHERE registration_token.issuer = ? ORDER BY registration_token.created_at

-- spend registration token: digest now
UPDATE registration_token SET uses=(registration_token.uses - 1) WHERE registration_token.digest = ? AND (registration_token.uses IS NULL OR registration_token.uses > 0) AND (registration_token.expires_at IS NULL OR registration_token.expires_at > ?) RETURNING digest, issuer, client_id, uses, expires_at, created_at, note

-- remove registration token: digest
DELETE FROM registration_token WHERE registration_token.digest = ? RETURNING digest

-- outer client: digest
SELECT outer_client.digest, outer_client.client_id, outer_client.sealed, outer_client.once, outer_client.created_at
FROM outer_client
WHERE outer_client.digest = ?

-- add outer client: digest client sealed once created_at
INSERT INTO outer_client (digest, client_id, sealed, once, created_at) VALUES (?, ?, ?, ?, ?)

-- drop outer client: digest
DELETE FROM outer_client WHERE outer_client.digest = ?

-- user keys: user
SELECT user_key.user_id, user_key.fingerprint, user_key.kind, user_key.public, user_key.name, user_key.created_at, user_key.used_at
FROM user_key
WHERE user_key.user_id = ? ORDER BY user_key.created_at, user_key.fingerprint

-- add user key: user fingerprint kind public name created_at used_at
INSERT INTO user_key (user_id, fingerprint, kind, public, name, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING user_id

-- see user key: now user fingerprint
UPDATE user_key SET used_at=? WHERE user_key.user_id = ? AND user_key.fingerprint = ?

-- drop user key: user fingerprint
DELETE FROM user_key WHERE user_key.user_id = ? AND user_key.fingerprint = ? RETURNING fingerprint

-- hears: issuer client
SELECT client.active, client.extra
FROM client
WHERE client.issuer = ? AND client.id = ?

-- add notice: id issuer client user sid url made_at due_at tries
INSERT INTO notice (id, issuer, client_id, user_id, sid, url, made_at, due_at, tries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- next notice:
SELECT min(notice.due_at) AS min_1
FROM notice

-- take notices: until now limit now
UPDATE notice SET due_at=?, tries=(notice.tries + 1) WHERE notice.id IN (SELECT notice.id
FROM notice
WHERE notice.due_at <= ? ORDER BY notice.due_at
LIMIT ? OFFSET 0) AND notice.due_at <= ? RETURNING id, issuer, client_id, user_id, sid, url, made_at, due_at, tries

-- put off notice: due_at of_id
UPDATE notice SET due_at=? WHERE notice.id = ?

-- drop notice: id
DELETE FROM notice WHERE notice.id = ? RETURNING id

-- trusted: issuer kind key
SELECT trust.id, trust.issuer, trust.kind, trust.name, trust."key", trust.jwks, trust.jwks_uri, trust.certificate, trust.algs, trust.audiences, trust.clients, trust.subject, trust.expires_at, trust.created_at
FROM trust
WHERE trust.issuer = ? AND trust.kind = ? AND trust."key" = ?

-- trusts: issuer
SELECT trust.id, trust.issuer, trust.kind, trust.name, trust."key", trust.jwks, trust.jwks_uri, trust.certificate, trust.algs, trust.audiences, trust.clients, trust.subject, trust.expires_at, trust.created_at
FROM trust
WHERE trust.issuer = ? ORDER BY trust.kind, trust.name

-- add trust: id issuer kind name key jwks jwks_uri certificate algs audiences clients subject expires_at created_at
INSERT INTO trust (id, issuer, kind, name, "key", jwks, jwks_uri, certificate, algs, audiences, clients, subject, expires_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id

-- drop trust: id
DELETE FROM trust WHERE trust.id = ? RETURNING id

-- serving: issuer uri
SELECT client.active
FROM client JOIN served ON served.issuer = client.issuer AND served.client_id = client.id
WHERE served.issuer = ? AND served.uri = ?

-- issued token: id
SELECT issued_token.id, issued_token.origin, issued_token.issuer, issued_token.user_id, issued_token.created_at, issued_token.expires_at, issued_token.renewable, issued_token.limited, issued_token.preferences, issued_token.renew_until, issued_token.family, issued_token.client_id, issued_token.address, issued_token.seen_at, issued_token.stands_on
FROM issued_token
WHERE issued_token.id = ?

-- issued tokens: user now limit
SELECT issued_token.id, issued_token.origin, issued_token.issuer, issued_token.user_id, issued_token.created_at, issued_token.expires_at, issued_token.renewable, issued_token.limited, issued_token.preferences, issued_token.renew_until, issued_token.family, issued_token.client_id, issued_token.address, issued_token.seen_at, issued_token.stands_on
FROM issued_token
WHERE issued_token.user_id = ? AND issued_token.expires_at > ? ORDER BY issued_token.created_at DESC, issued_token.id
LIMIT ? OFFSET 0

-- add issued token: id origin issuer user created_at expires_at renewable limited preferences renew_until family client address seen_at stands_on
INSERT INTO issued_token (id, origin, issuer, user_id, created_at, expires_at, renewable, limited, preferences, renew_until, family, client_id, address, seen_at, stands_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- see issued token: seen_at of_id
UPDATE issued_token SET seen_at=? WHERE issued_token.id = ?

-- drop issued tokens: user id user
DELETE FROM issued_token WHERE issued_token.user_id = ? AND issued_token.origin IN (SELECT issued_token.origin
FROM issued_token
WHERE issued_token.id = ? AND issued_token.user_id = ?) RETURNING id

-- drop all issued tokens: user
DELETE FROM issued_token WHERE issued_token.user_id = ? RETURNING id

-- rest session: digest
SELECT rest_session.digest, rest_session.user_id, rest_session.created_at, rest_session.expires_at, rest_session.proof
FROM rest_session
WHERE rest_session.digest = ?

-- add rest session: digest user created_at expires_at proof
INSERT INTO rest_session (digest, user_id, created_at, expires_at, proof) VALUES (?, ?, ?, ?, ?)

-- drop older rest sessions: user limit keep
DELETE FROM rest_session WHERE rest_session.digest IN (SELECT rest_session.digest
FROM rest_session
WHERE rest_session.user_id = ? ORDER BY rest_session.created_at DESC, rest_session.digest
LIMIT ? OFFSET ?)

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

-- audit by event: event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by user: user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by user event: user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by client: client after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by client event: client event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by client user: client user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.user_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by client user event: client user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.user_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since: since after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since event: since event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since user: since user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.user_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since user event: since user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.user_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since client: since client after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since client event: since client event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.event = ? AND audit.id > ? ORDER BY audit.id
LIMIT ? OFFSET 0

-- audit by since client user: since client user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.user_id = ? AND audit.id > ? ORDER BY audit.id
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

-- newest audit by event: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by user: user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by user event: user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by client: client limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by client event: client event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by client user: client user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.user_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by client user event: client user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = ? AND audit.user_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since: since limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since event: since event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since user: since user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.user_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since user event: since user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.user_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since client: since client limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since client event: since client event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since client user: since client user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.user_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- newest audit by since client user event: since client user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= ? AND audit.client_id = ? AND audit.user_id = ? AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed users: limit skip
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users ORDER BY users.created_at DESC, users.id
LIMIT ? OFFSET ?

-- listed users found: like limit skip
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id IN (SELECT login_name.user_id
FROM login_name
WHERE login_name.folded LIKE ? ESCAPE '\') ORDER BY users.created_at DESC, users.id
LIMIT ? OFFSET ?

-- listed clients: issuer limit skip
SELECT client.issuer, client.id, client.name, client.owner, client.methods, client.grants, client.redirect_uris, client.scopes, client.audiences, client.resources, client.groups, client.jwks, client.jwks_uri, client.alg, client.lifetime, client.active, client.not_before, client.created_at, client.last_used_at, client.extra
FROM client
WHERE client.issuer = ? ORDER BY client.created_at DESC, client.id
LIMIT ? OFFSET ?

-- listed clients found: issuer like limit skip
SELECT client.issuer, client.id, client.name, client.owner, client.methods, client.grants, client.redirect_uris, client.scopes, client.audiences, client.resources, client.groups, client.jwks, client.jwks_uri, client.alg, client.lifetime, client.active, client.not_before, client.created_at, client.last_used_at, client.extra
FROM client
WHERE client.issuer = ? AND client.sought LIKE ? ESCAPE '\' ORDER BY client.created_at DESC, client.id
LIMIT ? OFFSET ?

-- listed logins: now limit skip
SELECT login.id, login.user_id, users.name, login.address, login.created_at, login.seen_at, login.expires_at, login.client, login.issuer
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active = 1 AND login.created_at >= users.not_before AND login.expires_at > ? ORDER BY login.seen_at DESC, login.id
LIMIT ? OFFSET ?

-- listed logins found: now like address address limit skip
SELECT login.id, login.user_id, users.name, login.address, login.created_at, login.seen_at, login.expires_at, login.client, login.issuer
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active = 1 AND login.created_at >= users.not_before AND login.expires_at > ? AND (login.user_id IN (SELECT login_name.user_id
FROM login_name
WHERE login_name.folded LIKE ? ESCAPE '\') OR login.address = ? OR login.client = ?) ORDER BY login.seen_at DESC, login.id
LIMIT ? OFFSET ?

-- listed logins of: now user limit skip
SELECT login.id, login.user_id, users.name, login.address, login.created_at, login.seen_at, login.expires_at, login.client, login.issuer
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active = 1 AND login.created_at >= users.not_before AND login.expires_at > ? AND login.user_id = ? ORDER BY login.seen_at DESC, login.id
LIMIT ? OFFSET ?

-- listed login: now id
SELECT login.id, login.user_id, users.name, login.address, login.created_at, login.seen_at, login.expires_at, login.client, login.issuer
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active = 1 AND login.created_at >= users.not_before AND login.expires_at > ? AND login.id = ?

-- last login: user
SELECT audit.at
FROM audit
WHERE audit.user_id = ? AND audit.outcome = 'ok' AND (audit.event = 'login' OR audit.grant_type = 'password') ORDER BY audit.id DESC
LIMIT 1 OFFSET 0

-- events of audit: limit
SELECT DISTINCT audit.event
FROM audit ORDER BY audit.event
LIMIT ? OFFSET 0

-- number of users:
SELECT count(*) AS count_1
FROM users

-- number of clients: issuer
SELECT count(*) AS count_1
FROM client
WHERE client.issuer = ?

-- number of logins: now
SELECT count(*) AS count_1
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active = 1 AND login.created_at >= users.not_before AND login.expires_at > ?

-- number of administrators:
SELECT count(*) AS count_1
FROM users
WHERE users.superuser = 1 AND users.active = 1

-- listed audit by: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by before: before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by refused: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by refused before: before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome != 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by ok: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome = 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by ok before: before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome = 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by ok refused: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome = 'ok' AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by ok refused before: before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome = 'ok' AND audit.outcome != 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by event: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by event before: event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by event refused: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by event refused before: event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? AND audit.outcome != 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by event ok: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? AND audit.outcome = 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by event ok before: event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? AND audit.outcome = 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by event ok refused: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? AND audit.outcome = 'ok' AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by event ok refused before: event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = ? AND audit.outcome = 'ok' AND audit.outcome != 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text: text text text text limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text before: text text text text before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text refused: text text text text limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text refused before: text text text text before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.outcome != 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text ok: text text text text limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.outcome = 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text ok before: text text text text before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.outcome = 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text ok refused: text text text text limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.outcome = 'ok' AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text ok refused before: text text text text before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.outcome = 'ok' AND audit.outcome != 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text event: text text text text event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.event = ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text event before: text text text text event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.event = ? AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text event refused: text text text text event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.event = ? AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text event refused before: text text text text event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.event = ? AND audit.outcome != 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text event ok: text text text text event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.event = ? AND audit.outcome = 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text event ok before: text text text text event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.event = ? AND audit.outcome = 'ok' AND audit.id < ? ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text event ok refused: text text text text event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.event = ? AND audit.outcome = 'ok' AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT ? OFFSET 0

-- listed audit by text event ok refused before: text text text text event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = ? OR audit.client_id = ? OR audit.address = ? OR audit.request_id = ?) AND audit.event = ? AND audit.outcome = 'ok' AND audit.outcome != 'ok' AND audit.id < ? ORDER BY audit.id DESC
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

-- tidy sessions: before limit
DELETE FROM session WHERE session.id IN (SELECT session.id
FROM session
WHERE session.expires_at <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- tidy codes: before limit
DELETE FROM code WHERE code.digest IN (SELECT code.digest
FROM code
WHERE code.expires_at <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- tidy devices: before limit
DELETE FROM device WHERE device.digest IN (SELECT device.digest
FROM device
WHERE device.expires_at <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- tidy pushed: before limit
DELETE FROM pushed WHERE pushed.digest IN (SELECT pushed.digest
FROM pushed
WHERE pushed.expires_at <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- tidy registration tokens: before limit
DELETE FROM registration_token WHERE registration_token.digest IN (SELECT registration_token.digest
FROM registration_token
WHERE registration_token.expires_at <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- tidy issued tokens: before limit
DELETE FROM issued_token WHERE issued_token.id IN (SELECT issued_token.id
FROM issued_token
WHERE issued_token.expires_at <= ?
LIMIT ? OFFSET 0) RETURNING 1

-- tidy rest sessions: before limit
DELETE FROM rest_session WHERE rest_session.digest IN (SELECT rest_session.digest
FROM rest_session
WHERE rest_session.expires_at <= ?
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
