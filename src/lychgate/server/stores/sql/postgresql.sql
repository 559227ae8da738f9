-- Compiled from the Python beside this file: change it there.

-- setting: name
SELECT setting.value
FROM setting
WHERE setting.name = $1::VARCHAR

-- add setting: name value
INSERT INTO setting (name, value) VALUES ($1::VARCHAR, $2) ON CONFLICT DO NOTHING RETURNING setting.name

-- issuers:
SELECT issuer.id, issuer.url, issuer.realm, issuer.settings
FROM issuer ORDER BY issuer.id

-- issuer: id
SELECT issuer.id, issuer.url, issuer.realm, issuer.settings
FROM issuer
WHERE issuer.id = $1::VARCHAR

-- add issuer: id url realm settings
INSERT INTO issuer (id, url, realm, settings) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR) ON CONFLICT DO NOTHING RETURNING issuer.id

-- put issuer: url of_id
UPDATE issuer SET url=$1::VARCHAR WHERE issuer.id = $2::VARCHAR

-- add user: id email name password_hash active superuser verified roles groups not_before created_at claims choices
INSERT INTO users (id, email, name, password_hash, active, superuser, verified, roles, groups, not_before, created_at, claims, choices) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5, $6, $7, $8::VARCHAR, $9::VARCHAR, $10::BIGINT, $11::BIGINT, $12::VARCHAR, $13::VARCHAR) ON CONFLICT DO NOTHING RETURNING users.id

-- add login name: folded user
INSERT INTO login_name (folded, user_id) VALUES ($1::VARCHAR, $2::VARCHAR) ON CONFLICT DO NOTHING RETURNING login_name.folded

-- drop login names: id
DELETE FROM login_name WHERE login_name.user_id = $1::VARCHAR

-- user: id
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id = $1::VARCHAR

-- user to edit: id
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id = $1::VARCHAR FOR NO KEY UPDATE

-- user by login: folded
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users JOIN login_name ON users.id = login_name.user_id
WHERE login_name.folded = $1::VARCHAR

-- administrator:
SELECT users.id
FROM users
WHERE users.superuser AND users.active
LIMIT 1 OFFSET 0

-- users: after limit
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id > $1::VARCHAR ORDER BY users.id
LIMIT $2 OFFSET 0

-- users found: after like limit
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id > $1::VARCHAR AND users.id IN (SELECT login_name.user_id
FROM login_name
WHERE login_name.folded LIKE $2::VARCHAR ESCAPE '\') ORDER BY users.id
LIMIT $3 OFFSET 0

-- put user: email name password_hash active superuser verified roles groups not_before created_at claims choices of_id
UPDATE users SET email=$1::VARCHAR, name=$2::VARCHAR, password_hash=$3::VARCHAR, active=$4, superuser=$5, verified=$6, roles=$7::VARCHAR, groups=$8::VARCHAR, not_before=$9::BIGINT, created_at=$10::BIGINT, claims=$11::VARCHAR, choices=$12::VARCHAR WHERE users.id = $13::VARCHAR

-- drop user: id
DELETE FROM users WHERE users.id = $1::VARCHAR RETURNING users.id

-- failure: digest
SELECT login_failure.times, login_failure.failures, login_failure.blocked_until
FROM login_failure
WHERE login_failure.digest = $1

-- failure to count: digest
SELECT login_failure.times, login_failure.failures, login_failure.blocked_until
FROM login_failure
WHERE login_failure.digest = $1 FOR UPDATE

-- add failure: digest times failures blocked_until last_at
INSERT INTO login_failure (digest, times, failures, blocked_until, last_at) VALUES ($1, $2::VARCHAR, $3::BIGINT, $4::BIGINT, $5::BIGINT) ON CONFLICT DO NOTHING RETURNING login_failure.digest

-- put failure: times failures blocked_until last_at of_digest
UPDATE login_failure SET times=$1::VARCHAR, failures=$2::BIGINT, blocked_until=$3::BIGINT, last_at=$4::BIGINT WHERE login_failure.digest = $5

-- drop failure: digest
DELETE FROM login_failure WHERE login_failure.digest = $1

-- issuer to edit: id
SELECT issuer.id, issuer.url, issuer.realm, issuer.settings
FROM issuer
WHERE issuer.id = $1::VARCHAR FOR UPDATE

-- put issuer settings: settings of_id
UPDATE issuer SET settings=$1::VARCHAR WHERE issuer.id = $2::VARCHAR

-- clients of issuer: issuer
SELECT count(*) AS count_1
FROM client
WHERE client.issuer = $1::VARCHAR

-- drop tokens of issuer: issuer
DELETE FROM issued_token WHERE issued_token.issuer = $1::VARCHAR

-- drop registration of issuer: issuer
DELETE FROM registration_token WHERE registration_token.issuer = $1::VARCHAR

-- drop trust of issuer: issuer
DELETE FROM trust WHERE trust.issuer = $1::VARCHAR

-- drop keys of issuer: issuer
DELETE FROM signing_key WHERE signing_key.issuer = $1::VARCHAR

-- drop clients of issuer: issuer
DELETE FROM client WHERE client.issuer = $1::VARCHAR

-- drop issuer: id
DELETE FROM issuer WHERE issuer.id = $1::VARCHAR

-- add client: issuer id name owner methods grants redirect_uris scopes audiences resources groups jwks jwks_uri alg lifetime active not_before created_at last_used_at extra sought
INSERT INTO client (issuer, id, name, owner, methods, grants, redirect_uris, scopes, audiences, resources, groups, jwks, jwks_uri, alg, lifetime, active, not_before, created_at, last_used_at, extra, sought) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::VARCHAR, $8::VARCHAR, $9::VARCHAR, $10::VARCHAR, $11::VARCHAR, $12::VARCHAR, $13::VARCHAR, $14::VARCHAR, $15::BIGINT, $16, $17::BIGINT, $18::BIGINT, $19::BIGINT, $20::VARCHAR, $21::VARCHAR) ON CONFLICT DO NOTHING RETURNING client.issuer

-- client: issuer id
SELECT client.issuer, client.id, client.name, client.owner, client.methods, client.grants, client.redirect_uris, client.scopes, client.audiences, client.resources, client.groups, client.jwks, client.jwks_uri, client.alg, client.lifetime, client.active, client.not_before, client.created_at, client.last_used_at, client.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM client LEFT OUTER JOIN client_secret ON client_secret.issuer = client.issuer AND client_secret.client_id = client.id
WHERE client.issuer = $1::VARCHAR AND client.id = $2::VARCHAR ORDER BY client.issuer, client.id, client_secret.created_at, client_secret.id

-- client to edit: issuer id
SELECT client.issuer, client.id, client.name, client.owner, client.methods, client.grants, client.redirect_uris, client.scopes, client.audiences, client.resources, client.groups, client.jwks, client.jwks_uri, client.alg, client.lifetime, client.active, client.not_before, client.created_at, client.last_used_at, client.extra
FROM client
WHERE client.issuer = $1::VARCHAR AND client.id = $2::VARCHAR FOR NO KEY UPDATE

-- put client: name owner methods grants redirect_uris scopes audiences resources groups jwks jwks_uri alg lifetime active not_before created_at last_used_at extra sought of_issuer of_id
UPDATE client SET name=$1::VARCHAR, owner=$2::VARCHAR, methods=$3::VARCHAR, grants=$4::VARCHAR, redirect_uris=$5::VARCHAR, scopes=$6::VARCHAR, audiences=$7::VARCHAR, resources=$8::VARCHAR, groups=$9::VARCHAR, jwks=$10::VARCHAR, jwks_uri=$11::VARCHAR, alg=$12::VARCHAR, lifetime=$13::BIGINT, active=$14, not_before=$15::BIGINT, created_at=$16::BIGINT, last_used_at=$17::BIGINT, extra=$18::VARCHAR, sought=$19::VARCHAR WHERE client.issuer = $20::VARCHAR AND client.id = $21::VARCHAR

-- drop client: issuer id
DELETE FROM client WHERE client.issuer = $1::VARCHAR AND client.id = $2::VARCHAR RETURNING client.id

-- drop clients of: owner
DELETE FROM client WHERE client.owner = $1::VARCHAR RETURNING client.issuer, client.id

-- touch client: at issuer id
UPDATE client SET last_used_at=$1::BIGINT WHERE client.issuer = $2::VARCHAR AND client.id = $3::VARCHAR AND (client.last_used_at IS NULL OR client.last_used_at < $1::BIGINT)

-- key sets: method limit
SELECT client.jwks
FROM client
WHERE client.jwks IS NOT NULL AND client.methods LIKE $1::VARCHAR ORDER BY client.issuer, client.id
LIMIT $2 OFFSET 0

-- add served: issuer uri client
INSERT INTO served (issuer, uri, client_id) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR)

-- drop served: issuer id
DELETE FROM served WHERE served.issuer = $1::VARCHAR AND served.client_id = $2::VARCHAR

-- add secret: issuer client id digest sealed not_after created_at
INSERT INTO client_secret (issuer, client_id, id, digest, sealed, not_after, created_at) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4, $5, $6::BIGINT, $7::BIGINT)

-- end secrets: old_not_after issuer id
UPDATE client_secret SET not_after=$1::BIGINT WHERE client_secret.issuer = $2::VARCHAR AND client_secret.client_id = $3::VARCHAR AND (client_secret.not_after IS NULL OR client_secret.not_after > $1::BIGINT)

-- drop ended secrets: issuer id now
DELETE FROM client_secret WHERE client_secret.issuer = $1::VARCHAR AND client_secret.client_id = $2::VARCHAR AND client_secret.not_after <= $3::BIGINT

-- clients by: after_issuer after limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE (client.issuer, client.id) > ($1, $2) ORDER BY client.issuer, client.id
LIMIT $3 OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by search: after_issuer after like limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE (client.issuer, client.id) > ($1, $2) AND client.sought LIKE $3::VARCHAR ESCAPE '\' ORDER BY client.issuer, client.id
LIMIT $4 OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by owner: after_issuer after owner limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE (client.issuer, client.id) > ($1, $2) AND client.owner = $3::VARCHAR ORDER BY client.issuer, client.id
LIMIT $4 OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by owner search: after_issuer after owner like limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE (client.issuer, client.id) > ($1, $2) AND client.owner = $3::VARCHAR AND client.sought LIKE $4::VARCHAR ESCAPE '\' ORDER BY client.issuer, client.id
LIMIT $5 OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by issuer: issuer after limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE client.issuer = $1::VARCHAR AND client.id > $2::VARCHAR ORDER BY client.issuer, client.id
LIMIT $3 OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by issuer search: issuer after like limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE client.issuer = $1::VARCHAR AND client.id > $2::VARCHAR AND client.sought LIKE $3::VARCHAR ESCAPE '\' ORDER BY client.issuer, client.id
LIMIT $4 OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by issuer owner: issuer after owner limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE client.issuer = $1::VARCHAR AND client.id > $2::VARCHAR AND client.owner = $3::VARCHAR ORDER BY client.issuer, client.id
LIMIT $4 OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- clients by issuer owner search: issuer after owner like limit
SELECT page.issuer, page.id, page.name, page.owner, page.methods, page.grants, page.redirect_uris, page.scopes, page.audiences, page.resources, page.groups, page.jwks, page.jwks_uri, page.alg, page.lifetime, page.active, page.not_before, page.created_at, page.last_used_at, page.extra, client_secret.id AS id_1, client_secret.digest, client_secret.sealed, client_secret.not_after, client_secret.created_at AS created_at_1
FROM (SELECT client.issuer AS issuer, client.id AS id, client.name AS name, client.owner AS owner, client.methods AS methods, client.grants AS grants, client.redirect_uris AS redirect_uris, client.scopes AS scopes, client.audiences AS audiences, client.resources AS resources, client.groups AS groups, client.jwks AS jwks, client.jwks_uri AS jwks_uri, client.alg AS alg, client.lifetime AS lifetime, client.active AS active, client.not_before AS not_before, client.created_at AS created_at, client.last_used_at AS last_used_at, client.extra AS extra
FROM client
WHERE client.issuer = $1::VARCHAR AND client.id > $2::VARCHAR AND client.owner = $3::VARCHAR AND client.sought LIKE $4::VARCHAR ESCAPE '\' ORDER BY client.issuer, client.id
LIMIT $5 OFFSET 0) AS page LEFT OUTER JOIN client_secret ON client_secret.issuer = page.issuer AND client_secret.client_id = page.id ORDER BY page.issuer, page.id, client_secret.created_at, client_secret.id

-- add family: id issuer client user scope audience seq created_at rotated_at idle expires_at revoked_at bound facade auth_time session extra
INSERT INTO family (id, issuer, client_id, user_id, scope, audience, seq, created_at, rotated_at, idle, expires_at, revoked_at, bound, facade, auth_time, session, extra) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::BIGINT, $8::BIGINT, $9::BIGINT, $10::BIGINT, $11::BIGINT, $12::BIGINT, $13::VARCHAR, $14::VARCHAR, $15::BIGINT, $16::VARCHAR, $17::VARCHAR) ON CONFLICT DO NOTHING RETURNING family.id

-- family: id
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.id = $1::VARCHAR

-- family to judge: id
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.id = $1::VARCHAR FOR UPDATE

-- families of user: user
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.user_id = $1::VARCHAR ORDER BY family.created_at, family.id

-- families of client: issuer client
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.issuer = $1::VARCHAR AND family.client_id = $2::VARCHAR ORDER BY family.created_at, family.id

-- families of both: user issuer client
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.user_id = $1::VARCHAR AND family.issuer = $2::VARCHAR AND family.client_id = $3::VARCHAR ORDER BY family.created_at, family.id

-- rotate: now id seq issuer client bound
UPDATE family SET seq=(family.seq + 1), rotated_at=$1::BIGINT WHERE family.id = $2::VARCHAR AND family.seq = $3::BIGINT AND family.issuer = $4::VARCHAR AND family.client_id = $5::VARCHAR AND family.revoked_at IS NULL AND family.expires_at > $1::BIGINT AND family.rotated_at + family.idle * 1000 > $1::BIGINT AND (family.bound IS NULL OR family.bound = $6::VARCHAR) RETURNING family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra

-- revoke family: now id
UPDATE family SET revoked_at=$1::BIGINT WHERE family.id = $2::VARCHAR AND family.revoked_at IS NULL RETURNING family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra

-- revoked families: since
SELECT family.id, family.revoked_at
FROM family
WHERE family.revoked_at >= $1::BIGINT

-- spend jti: issuer client digest expires_at
INSERT INTO spent_jti (issuer, client_id, digest, expires_at) VALUES ($1::VARCHAR, $2::VARCHAR, $3, $4::BIGINT) ON CONFLICT DO NOTHING RETURNING spent_jti.issuer

-- revoke token: jti expires_at
INSERT INTO revoked_token (jti, expires_at) VALUES ($1::VARCHAR, $2::BIGINT) ON CONFLICT DO NOTHING RETURNING revoked_token.jti

-- revoked tokens: now
SELECT revoked_token.jti, revoked_token.expires_at
FROM revoked_token
WHERE revoked_token.expires_at > $1::BIGINT

-- add session: id digest user amr created_at auth_time seen_at expires_at address agent
INSERT INTO session (id, digest, user_id, amr, created_at, auth_time, seen_at, expires_at, address, agent) VALUES ($1::VARCHAR, $2, $3::VARCHAR, $4::VARCHAR, $5::BIGINT, $6::BIGINT, $7::BIGINT, $8::BIGINT, $9::VARCHAR, $10::VARCHAR)

-- session: digest
SELECT session.id, session.digest, session.user_id, session.amr, session.created_at, session.auth_time, session.seen_at, session.expires_at, session.address, session.agent
FROM session
WHERE session.digest = $1

-- sessions: user
SELECT session.id, session.digest, session.user_id, session.amr, session.created_at, session.auth_time, session.seen_at, session.expires_at, session.address, session.agent
FROM session
WHERE session.user_id = $1::VARCHAR ORDER BY session.created_at, session.id

-- drop session: digest
DELETE FROM session WHERE session.digest = $1 RETURNING session.id, session.digest, session.user_id, session.amr, session.created_at, session.auth_time, session.seen_at, session.expires_at, session.address, session.agent

-- end session: id
DELETE FROM session WHERE session.id = $1::VARCHAR

-- drop codes of session: session
DELETE FROM code WHERE code.session = $1::VARCHAR AND code.used_at IS NULL

-- see session: seen_at id
UPDATE session SET seen_at=$1::BIGINT WHERE session.id = $2::VARCHAR

-- families of session: session
SELECT family.id, family.issuer, family.client_id, family.user_id, family.scope, family.audience, family.seq, family.created_at, family.rotated_at, family.idle, family.expires_at, family.revoked_at, family.bound, family.facade, family.auth_time, family.session, family.extra
FROM family
WHERE family.session = $1::VARCHAR ORDER BY family.created_at, family.id

-- consent: user issuer client
SELECT consent.user_id, consent.issuer, consent.client_id, consent.scope, consent.granted_at
FROM consent
WHERE consent.user_id = $1::VARCHAR AND consent.issuer = $2::VARCHAR AND consent.client_id = $3::VARCHAR

-- consents: user
SELECT consent.user_id, consent.issuer, consent.client_id, consent.scope, consent.granted_at
FROM consent
WHERE consent.user_id = $1::VARCHAR ORDER BY consent.granted_at

-- add consent: user issuer client scope granted_at
INSERT INTO consent (user_id, issuer, client_id, scope, granted_at) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::BIGINT)

-- drop consent: user issuer client
DELETE FROM consent WHERE consent.user_id = $1::VARCHAR AND consent.issuer = $2::VARCHAR AND consent.client_id = $3::VARCHAR

-- factors: user
SELECT factor.id, factor.user_id, factor.kind, factor.name, factor.handle, factor.sealed, factor.counter, factor.created_at, factor.used_at
FROM factor
WHERE factor.user_id = $1::VARCHAR ORDER BY factor.created_at, factor.id

-- factor by handle: kind handle
SELECT factor.id, factor.user_id, factor.kind, factor.name, factor.handle, factor.sealed, factor.counter, factor.created_at, factor.used_at
FROM factor
WHERE factor.kind = $1::VARCHAR AND factor.handle = $2

-- add factor: id user kind name handle sealed counter created_at used_at
INSERT INTO factor (id, user_id, kind, name, handle, sealed, counter, created_at, used_at) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5, $6, $7::BIGINT, $8::BIGINT, $9::BIGINT) ON CONFLICT DO NOTHING RETURNING factor.id

-- use factor: counter now id
UPDATE factor SET counter=$1::BIGINT, used_at=$2::BIGINT WHERE factor.id = $3::VARCHAR AND factor.counter < $1::BIGINT RETURNING factor.id

-- see factor: used_at id
UPDATE factor SET used_at=$1::BIGINT WHERE factor.id = $2::VARCHAR

-- take factor: user kind handle
DELETE FROM factor WHERE factor.user_id = $1::VARCHAR AND factor.kind = $2::VARCHAR AND factor.handle = $3 RETURNING factor.id

-- remove factor: user id
DELETE FROM factor WHERE factor.user_id = $1::VARCHAR AND factor.id = $2::VARCHAR RETURNING factor.id

-- remove factors: user kind
DELETE FROM factor WHERE factor.user_id = $1::VARCHAR AND factor.kind = $2::VARCHAR

-- add code: digest issuer client user family redirect_uri scope audience session challenge auth_time created_at expires_at used_at extra
INSERT INTO code (digest, issuer, client_id, user_id, family, redirect_uri, scope, audience, session, challenge, auth_time, created_at, expires_at, used_at, extra) VALUES ($1, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::VARCHAR, $8::VARCHAR, $9::VARCHAR, $10::VARCHAR, $11::BIGINT, $12::BIGINT, $13::BIGINT, $14::BIGINT, $15::VARCHAR)

-- code: digest
SELECT code.digest, code.issuer, code.client_id, code.user_id, code.family, code.redirect_uri, code.scope, code.audience, code.session, code.challenge, code.auth_time, code.created_at, code.expires_at, code.used_at, code.extra
FROM code
WHERE code.digest = $1

-- take code: now digest
UPDATE code SET used_at=$1::BIGINT WHERE code.digest = $2 AND code.used_at IS NULL AND code.expires_at > $1::BIGINT RETURNING code.family

-- add device: digest user_code issuer client scope audience state user session family auth_time interval polled_at created_at expires_at address extra
INSERT INTO device (digest, user_code, issuer, client_id, scope, audience, state, user_id, session, family, auth_time, interval, polled_at, created_at, expires_at, address, extra) VALUES ($1, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::VARCHAR, $8::VARCHAR, $9::VARCHAR, $10::VARCHAR, $11::BIGINT, $12::BIGINT, $13::BIGINT, $14::BIGINT, $15::BIGINT, $16::VARCHAR, $17::VARCHAR) ON CONFLICT DO NOTHING RETURNING device.digest

-- device: digest
SELECT device.digest, device.user_code, device.issuer, device.client_id, device.scope, device.audience, device.state, device.user_id, device.session, device.family, device.auth_time, device.interval, device.polled_at, device.created_at, device.expires_at, device.address, device.extra
FROM device
WHERE device.digest = $1

-- device by code: user_code
SELECT device.digest, device.user_code, device.issuer, device.client_id, device.scope, device.audience, device.state, device.user_id, device.session, device.family, device.auth_time, device.interval, device.polled_at, device.created_at, device.expires_at, device.address, device.extra
FROM device
WHERE device.user_code = $1::VARCHAR

-- decide device: scope audience state user session auth_time extra digest was now
UPDATE device SET scope=$1::VARCHAR, audience=$2::VARCHAR, state=$3::VARCHAR, user_id=$4::VARCHAR, session=$5::VARCHAR, auth_time=$6::BIGINT, extra=$7::VARCHAR WHERE device.digest = $8 AND device.state = $9::VARCHAR AND device.expires_at > $10::BIGINT RETURNING device.digest

-- device to poll: digest
SELECT device.digest, device.user_code, device.issuer, device.client_id, device.scope, device.audience, device.state, device.user_id, device.session, device.family, device.auth_time, device.interval, device.polled_at, device.created_at, device.expires_at, device.address, device.extra
FROM device
WHERE device.digest = $1 FOR UPDATE

-- poll device: now digest
UPDATE device SET interval=(device.interval + CASE WHEN (device.polled_at + device.interval * 1000 > $1::BIGINT) THEN 5 ELSE 0 END), polled_at=$1::BIGINT WHERE device.digest = $2

-- take device: done family digest was now
UPDATE device SET state=$1::VARCHAR, family=$2::VARCHAR WHERE device.digest = $3 AND device.state = $4::VARCHAR AND device.expires_at > $5::BIGINT RETURNING device.digest

-- add pushed: digest issuer client params expires_at
INSERT INTO pushed (digest, issuer, client_id, params, expires_at) VALUES ($1, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::BIGINT)

-- pushed: digest
SELECT pushed.digest, pushed.issuer, pushed.client_id, pushed.params, pushed.expires_at
FROM pushed
WHERE pushed.digest = $1

-- drop pushed: digest
DELETE FROM pushed WHERE pushed.digest = $1 RETURNING pushed.digest

-- add registration token: digest issuer client uses expires_at created_at note
INSERT INTO registration_token (digest, issuer, client_id, uses, expires_at, created_at, note) VALUES ($1, $2::VARCHAR, $3::VARCHAR, $4::BIGINT, $5::BIGINT, $6::BIGINT, $7::VARCHAR)

-- registration token: digest
SELECT registration_token.digest, registration_token.issuer, registration_token.client_id, registration_token.uses, registration_token.expires_at, registration_token.created_at, registration_token.note
FROM registration_token
WHERE registration_token.digest = $1

-- registration tokens: issuer
SELECT registration_token.digest, registration_token.issuer, registration_token.client_id, registration_token.uses, registration_token.expires_at, registration_token.created_at, registration_token.note
FROM registration_token
WHERE registration_token.issuer = $1::VARCHAR ORDER BY registration_token.created_at

-- spend registration token: digest now
UPDATE registration_token SET uses=(registration_token.uses - 1) WHERE registration_token.digest = $1 AND (registration_token.uses IS NULL OR registration_token.uses > 0) AND (registration_token.expires_at IS NULL OR registration_token.expires_at > $2::BIGINT) RETURNING registration_token.digest, registration_token.issuer, registration_token.client_id, registration_token.uses, registration_token.expires_at, registration_token.created_at, registration_token.note

-- remove registration token: digest
DELETE FROM registration_token WHERE registration_token.digest = $1 RETURNING registration_token.digest

-- outer client: digest
SELECT outer_client.digest, outer_client.client_id, outer_client.sealed, outer_client.once, outer_client.created_at
FROM outer_client
WHERE outer_client.digest = $1

-- add outer client: digest client sealed once created_at
INSERT INTO outer_client (digest, client_id, sealed, once, created_at) VALUES ($1, $2::VARCHAR, $3, $4::VARCHAR, $5::BIGINT)

-- drop outer client: digest
DELETE FROM outer_client WHERE outer_client.digest = $1

-- user keys: user
SELECT user_key.user_id, user_key.fingerprint, user_key.kind, user_key.public, user_key.name, user_key.created_at, user_key.used_at
FROM user_key
WHERE user_key.user_id = $1::VARCHAR ORDER BY user_key.created_at, user_key.fingerprint

-- add user key: user fingerprint kind public name created_at used_at
INSERT INTO user_key (user_id, fingerprint, kind, public, name, created_at, used_at) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::BIGINT, $7::BIGINT) ON CONFLICT DO NOTHING RETURNING user_key.user_id

-- see user key: now user fingerprint
UPDATE user_key SET used_at=$1::BIGINT WHERE user_key.user_id = $2::VARCHAR AND user_key.fingerprint = $3::VARCHAR

-- drop user key: user fingerprint
DELETE FROM user_key WHERE user_key.user_id = $1::VARCHAR AND user_key.fingerprint = $2::VARCHAR RETURNING user_key.fingerprint

-- hears: issuer client
SELECT client.active, client.extra
FROM client
WHERE client.issuer = $1::VARCHAR AND client.id = $2::VARCHAR

-- add notice: id issuer client user sid url made_at due_at tries
INSERT INTO notice (id, issuer, client_id, user_id, sid, url, made_at, due_at, tries) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::BIGINT, $8::BIGINT, $9::BIGINT)

-- next notice:
SELECT min(notice.due_at) AS min_1
FROM notice

-- take notices: until now limit
UPDATE notice SET due_at=$1::BIGINT, tries=(notice.tries + 1) WHERE notice.id IN (SELECT notice.id
FROM notice
WHERE notice.due_at <= $2::BIGINT ORDER BY notice.due_at
LIMIT $3 OFFSET 0 FOR UPDATE SKIP LOCKED) AND notice.due_at <= $2::BIGINT RETURNING notice.id, notice.issuer, notice.client_id, notice.user_id, notice.sid, notice.url, notice.made_at, notice.due_at, notice.tries

-- put off notice: due_at of_id
UPDATE notice SET due_at=$1::BIGINT WHERE notice.id = $2::VARCHAR

-- drop notice: id
DELETE FROM notice WHERE notice.id = $1::VARCHAR RETURNING notice.id

-- trusted: issuer kind key
SELECT trust.id, trust.issuer, trust.kind, trust.name, trust.key, trust.jwks, trust.jwks_uri, trust.certificate, trust.algs, trust.audiences, trust.clients, trust.subject, trust.expires_at, trust.created_at
FROM trust
WHERE trust.issuer = $1::VARCHAR AND trust.kind = $2::VARCHAR AND trust.key = $3::VARCHAR

-- trusts: issuer
SELECT trust.id, trust.issuer, trust.kind, trust.name, trust.key, trust.jwks, trust.jwks_uri, trust.certificate, trust.algs, trust.audiences, trust.clients, trust.subject, trust.expires_at, trust.created_at
FROM trust
WHERE trust.issuer = $1::VARCHAR ORDER BY trust.kind, trust.name

-- add trust: id issuer kind name key jwks jwks_uri certificate algs audiences clients subject expires_at created_at
INSERT INTO trust (id, issuer, kind, name, key, jwks, jwks_uri, certificate, algs, audiences, clients, subject, expires_at, created_at) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::VARCHAR, $8::VARCHAR, $9::VARCHAR, $10::VARCHAR, $11::VARCHAR, $12::VARCHAR, $13::BIGINT, $14::BIGINT) ON CONFLICT DO NOTHING RETURNING trust.id

-- drop trust: id
DELETE FROM trust WHERE trust.id = $1::VARCHAR RETURNING trust.id

-- serving: issuer uri
SELECT client.active
FROM client JOIN served ON served.issuer = client.issuer AND served.client_id = client.id
WHERE served.issuer = $1::VARCHAR AND served.uri = $2::VARCHAR

-- issued token: id
SELECT issued_token.id, issued_token.origin, issued_token.issuer, issued_token.user_id, issued_token.created_at, issued_token.expires_at, issued_token.renewable, issued_token.limited, issued_token.preferences, issued_token.renew_until, issued_token.family, issued_token.client_id, issued_token.address, issued_token.seen_at, issued_token.stands_on
FROM issued_token
WHERE issued_token.id = $1::VARCHAR

-- issued tokens: user now limit
SELECT issued_token.id, issued_token.origin, issued_token.issuer, issued_token.user_id, issued_token.created_at, issued_token.expires_at, issued_token.renewable, issued_token.limited, issued_token.preferences, issued_token.renew_until, issued_token.family, issued_token.client_id, issued_token.address, issued_token.seen_at, issued_token.stands_on
FROM issued_token
WHERE issued_token.user_id = $1::VARCHAR AND issued_token.expires_at > $2::BIGINT ORDER BY issued_token.created_at DESC, issued_token.id
LIMIT $3 OFFSET 0

-- add issued token: id origin issuer user created_at expires_at renewable limited preferences renew_until family client address seen_at stands_on
INSERT INTO issued_token (id, origin, issuer, user_id, created_at, expires_at, renewable, limited, preferences, renew_until, family, client_id, address, seen_at, stands_on) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::BIGINT, $6::BIGINT, $7, $8, $9::VARCHAR, $10::BIGINT, $11::VARCHAR, $12::VARCHAR, $13::VARCHAR, $14::BIGINT, $15::VARCHAR)

-- see issued token: seen_at of_id
UPDATE issued_token SET seen_at=$1::BIGINT WHERE issued_token.id = $2::VARCHAR

-- drop issued tokens: user id
DELETE FROM issued_token WHERE issued_token.user_id = $1::VARCHAR AND issued_token.origin IN (SELECT issued_token.origin
FROM issued_token
WHERE issued_token.id = $2::VARCHAR AND issued_token.user_id = $1::VARCHAR) RETURNING issued_token.id

-- drop all issued tokens: user
DELETE FROM issued_token WHERE issued_token.user_id = $1::VARCHAR RETURNING issued_token.id

-- rest session: digest
SELECT rest_session.digest, rest_session.user_id, rest_session.created_at, rest_session.expires_at, rest_session.proof
FROM rest_session
WHERE rest_session.digest = $1

-- add rest session: digest user created_at expires_at proof
INSERT INTO rest_session (digest, user_id, created_at, expires_at, proof) VALUES ($1, $2::VARCHAR, $3::BIGINT, $4::BIGINT, $5::VARCHAR)

-- drop older rest sessions: user limit keep
DELETE FROM rest_session WHERE rest_session.digest IN (SELECT rest_session.digest
FROM rest_session
WHERE rest_session.user_id = $1::VARCHAR ORDER BY rest_session.created_at DESC, rest_session.digest
LIMIT $2 OFFSET $3)

-- ping:
SELECT 1

-- keys:
SELECT signing_key.kid, signing_key.issuer, signing_key.alg, signing_key.public, signing_key.sealed, signing_key.published_at, signing_key.signs_from, signing_key.signs_until, signing_key.removed_at
FROM signing_key ORDER BY signing_key.signs_from, signing_key.kid

-- keys of: issuer
SELECT signing_key.kid, signing_key.issuer, signing_key.alg, signing_key.public, signing_key.sealed, signing_key.published_at, signing_key.signs_from, signing_key.signs_until, signing_key.removed_at
FROM signing_key
WHERE signing_key.issuer = $1::VARCHAR ORDER BY signing_key.signs_from, signing_key.kid

-- add key: kid issuer alg public sealed published_at signs_from signs_until removed_at
INSERT INTO signing_key (kid, issuer, alg, public, sealed, published_at, signs_from, signs_until, removed_at) VALUES ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5, $6::BIGINT, $7::BIGINT, $8::BIGINT, $9::BIGINT) ON CONFLICT DO NOTHING RETURNING signing_key.issuer

-- stop keys: until removed issuer alg
UPDATE signing_key SET signs_until=$1::BIGINT, removed_at=$2::BIGINT WHERE signing_key.issuer = $3::VARCHAR AND signing_key.alg = $4::VARCHAR AND signing_key.signs_until IS NULL AND signing_key.signs_from <= $1::BIGINT

-- tell: at kind id
INSERT INTO change (seq, at, kind, id) VALUES ((SELECT nextval('change_seq_seq') FROM (SELECT pg_advisory_xact_lock(1819894632), pg_notify('lychgate_change', '') OFFSET 0) AS turn), $1::BIGINT, $2::VARCHAR, $3::VARCHAR)

-- last change:
SELECT max(change.seq) AS max_1
FROM change

-- first change:
SELECT min(change.seq) AS min_1
FROM change

-- changes: after limit
SELECT change.seq, change.kind, change.id
FROM change
WHERE change.seq > $1::BIGINT ORDER BY change.seq
LIMIT $2 OFFSET 0

-- add audit: at issuer event outcome client user grant jti family address request_id detail
INSERT INTO audit (at, issuer, event, outcome, client_id, user_id, grant_type, jti, family, address, request_id, detail) VALUES ($1::BIGINT, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::VARCHAR, $8::VARCHAR, $9::VARCHAR, $10::VARCHAR, $11::VARCHAR, $12::VARCHAR)

-- audit by: after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.id > $1::BIGINT ORDER BY audit.id
LIMIT $2 OFFSET 0

-- audit by event: event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR AND audit.id > $2::BIGINT ORDER BY audit.id
LIMIT $3 OFFSET 0

-- audit by user: user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = $1::VARCHAR AND audit.id > $2::BIGINT ORDER BY audit.id
LIMIT $3 OFFSET 0

-- audit by user event: user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = $1::VARCHAR AND audit.event = $2::VARCHAR AND audit.id > $3::BIGINT ORDER BY audit.id
LIMIT $4 OFFSET 0

-- audit by client: client after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = $1::VARCHAR AND audit.id > $2::BIGINT ORDER BY audit.id
LIMIT $3 OFFSET 0

-- audit by client event: client event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = $1::VARCHAR AND audit.event = $2::VARCHAR AND audit.id > $3::BIGINT ORDER BY audit.id
LIMIT $4 OFFSET 0

-- audit by client user: client user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = $1::VARCHAR AND audit.user_id = $2::VARCHAR AND audit.id > $3::BIGINT ORDER BY audit.id
LIMIT $4 OFFSET 0

-- audit by client user event: client user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = $1::VARCHAR AND audit.user_id = $2::VARCHAR AND audit.event = $3::VARCHAR AND audit.id > $4::BIGINT ORDER BY audit.id
LIMIT $5 OFFSET 0

-- audit by since: since after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.id > $2::BIGINT ORDER BY audit.id
LIMIT $3 OFFSET 0

-- audit by since event: since event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.event = $2::VARCHAR AND audit.id > $3::BIGINT ORDER BY audit.id
LIMIT $4 OFFSET 0

-- audit by since user: since user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.user_id = $2::VARCHAR AND audit.id > $3::BIGINT ORDER BY audit.id
LIMIT $4 OFFSET 0

-- audit by since user event: since user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.user_id = $2::VARCHAR AND audit.event = $3::VARCHAR AND audit.id > $4::BIGINT ORDER BY audit.id
LIMIT $5 OFFSET 0

-- audit by since client: since client after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.client_id = $2::VARCHAR AND audit.id > $3::BIGINT ORDER BY audit.id
LIMIT $4 OFFSET 0

-- audit by since client event: since client event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.client_id = $2::VARCHAR AND audit.event = $3::VARCHAR AND audit.id > $4::BIGINT ORDER BY audit.id
LIMIT $5 OFFSET 0

-- audit by since client user: since client user after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.client_id = $2::VARCHAR AND audit.user_id = $3::VARCHAR AND audit.id > $4::BIGINT ORDER BY audit.id
LIMIT $5 OFFSET 0

-- audit by since client user event: since client user event after limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.client_id = $2::VARCHAR AND audit.user_id = $3::VARCHAR AND audit.event = $4::VARCHAR AND audit.id > $5::BIGINT ORDER BY audit.id
LIMIT $6 OFFSET 0

-- newest audit by: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit ORDER BY audit.id DESC
LIMIT $1 OFFSET 0

-- newest audit by event: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- newest audit by user: user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = $1::VARCHAR ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- newest audit by user event: user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = $1::VARCHAR AND audit.event = $2::VARCHAR ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- newest audit by client: client limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = $1::VARCHAR ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- newest audit by client event: client event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = $1::VARCHAR AND audit.event = $2::VARCHAR ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- newest audit by client user: client user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = $1::VARCHAR AND audit.user_id = $2::VARCHAR ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- newest audit by client user event: client user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.client_id = $1::VARCHAR AND audit.user_id = $2::VARCHAR AND audit.event = $3::VARCHAR ORDER BY audit.id DESC
LIMIT $4 OFFSET 0

-- newest audit by since: since limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- newest audit by since event: since event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.event = $2::VARCHAR ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- newest audit by since user: since user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.user_id = $2::VARCHAR ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- newest audit by since user event: since user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.user_id = $2::VARCHAR AND audit.event = $3::VARCHAR ORDER BY audit.id DESC
LIMIT $4 OFFSET 0

-- newest audit by since client: since client limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.client_id = $2::VARCHAR ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- newest audit by since client event: since client event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.client_id = $2::VARCHAR AND audit.event = $3::VARCHAR ORDER BY audit.id DESC
LIMIT $4 OFFSET 0

-- newest audit by since client user: since client user limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.client_id = $2::VARCHAR AND audit.user_id = $3::VARCHAR ORDER BY audit.id DESC
LIMIT $4 OFFSET 0

-- newest audit by since client user event: since client user event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.at >= $1::BIGINT AND audit.client_id = $2::VARCHAR AND audit.user_id = $3::VARCHAR AND audit.event = $4::VARCHAR ORDER BY audit.id DESC
LIMIT $5 OFFSET 0

-- listed users: limit skip
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users ORDER BY users.created_at DESC, users.id
LIMIT $1 OFFSET $2

-- listed users found: like limit skip
SELECT users.id, users.email, users.name, users.password_hash, users.active, users.superuser, users.verified, users.roles, users.groups, users.not_before, users.created_at, users.claims, users.choices
FROM users
WHERE users.id IN (SELECT login_name.user_id
FROM login_name
WHERE login_name.folded LIKE $1::VARCHAR ESCAPE '\') ORDER BY users.created_at DESC, users.id
LIMIT $2 OFFSET $3

-- listed clients: issuer limit skip
SELECT client.issuer, client.id, client.name, client.owner, client.methods, client.grants, client.redirect_uris, client.scopes, client.audiences, client.resources, client.groups, client.jwks, client.jwks_uri, client.alg, client.lifetime, client.active, client.not_before, client.created_at, client.last_used_at, client.extra
FROM client
WHERE client.issuer = $1::VARCHAR ORDER BY client.created_at DESC, client.id
LIMIT $2 OFFSET $3

-- listed clients found: issuer like limit skip
SELECT client.issuer, client.id, client.name, client.owner, client.methods, client.grants, client.redirect_uris, client.scopes, client.audiences, client.resources, client.groups, client.jwks, client.jwks_uri, client.alg, client.lifetime, client.active, client.not_before, client.created_at, client.last_used_at, client.extra
FROM client
WHERE client.issuer = $1::VARCHAR AND client.sought LIKE $2::VARCHAR ESCAPE '\' ORDER BY client.created_at DESC, client.id
LIMIT $3 OFFSET $4

-- listed logins: now limit skip
SELECT login.id, login.user_id, users.name, login.address, login.created_at, login.seen_at, login.expires_at, login.client, login.issuer
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active AND login.created_at >= users.not_before AND login.expires_at > $1::BIGINT ORDER BY login.seen_at DESC, login.id
LIMIT $2 OFFSET $3

-- listed logins found: now like address limit skip
SELECT login.id, login.user_id, users.name, login.address, login.created_at, login.seen_at, login.expires_at, login.client, login.issuer
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active AND login.created_at >= users.not_before AND login.expires_at > $1::BIGINT AND (login.user_id IN (SELECT login_name.user_id
FROM login_name
WHERE login_name.folded LIKE $2::VARCHAR ESCAPE '\') OR login.address = $3::VARCHAR OR login.client = $3::VARCHAR) ORDER BY login.seen_at DESC, login.id
LIMIT $4 OFFSET $5

-- listed logins of: now user limit skip
SELECT login.id, login.user_id, users.name, login.address, login.created_at, login.seen_at, login.expires_at, login.client, login.issuer
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active AND login.created_at >= users.not_before AND login.expires_at > $1::BIGINT AND login.user_id = $2::VARCHAR ORDER BY login.seen_at DESC, login.id
LIMIT $3 OFFSET $4

-- listed login: now id
SELECT login.id, login.user_id, users.name, login.address, login.created_at, login.seen_at, login.expires_at, login.client, login.issuer
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active AND login.created_at >= users.not_before AND login.expires_at > $1::BIGINT AND login.id = $2::VARCHAR

-- last login: user
SELECT audit.at
FROM audit
WHERE audit.user_id = $1::VARCHAR AND audit.outcome = 'ok' AND (audit.event = 'login' OR audit.grant_type = 'password') ORDER BY audit.id DESC
LIMIT 1 OFFSET 0

-- events of audit: limit
SELECT DISTINCT audit.event
FROM audit ORDER BY audit.event
LIMIT $1 OFFSET 0

-- number of users:
SELECT count(*) AS count_1
FROM users

-- number of clients: issuer
SELECT count(*) AS count_1
FROM client
WHERE client.issuer = $1::VARCHAR

-- number of logins: now
SELECT count(*) AS count_1
FROM (SELECT session.id AS id, session.user_id AS user_id, session.address AS address, session.created_at AS created_at, session.seen_at AS seen_at, session.expires_at AS expires_at, '' AS client, '' AS issuer
FROM session UNION ALL SELECT family.id AS id, family.user_id AS user_id, '' AS address, family.created_at AS created_at, family.rotated_at AS rotated_at, family.expires_at AS expires_at, family.client_id AS client_id, family.issuer AS issuer
FROM family
WHERE family.revoked_at IS NULL) AS login JOIN users ON login.user_id = users.id
WHERE users.active AND login.created_at >= users.not_before AND login.expires_at > $1::BIGINT

-- number of administrators:
SELECT count(*) AS count_1
FROM users
WHERE users.superuser AND users.active

-- listed audit by: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit ORDER BY audit.id DESC
LIMIT $1 OFFSET 0

-- listed audit by before: before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.id < $1::BIGINT ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by refused: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT $1 OFFSET 0

-- listed audit by refused before: before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome != 'ok' AND audit.id < $1::BIGINT ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by ok: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome = 'ok' ORDER BY audit.id DESC
LIMIT $1 OFFSET 0

-- listed audit by ok before: before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome = 'ok' AND audit.id < $1::BIGINT ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by ok refused: limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome = 'ok' AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT $1 OFFSET 0

-- listed audit by ok refused before: before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.outcome = 'ok' AND audit.outcome != 'ok' AND audit.id < $1::BIGINT ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by event: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by event before: event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR AND audit.id < $2::BIGINT ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by event refused: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by event refused before: event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR AND audit.outcome != 'ok' AND audit.id < $2::BIGINT ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by event ok: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR AND audit.outcome = 'ok' ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by event ok before: event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR AND audit.outcome = 'ok' AND audit.id < $2::BIGINT ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by event ok refused: event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR AND audit.outcome = 'ok' AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by event ok refused before: event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.event = $1::VARCHAR AND audit.outcome = 'ok' AND audit.outcome != 'ok' AND audit.id < $2::BIGINT ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by text: text limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by text before: text before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.id < $2::BIGINT ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by text refused: text limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by text refused before: text before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.outcome != 'ok' AND audit.id < $2::BIGINT ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by text ok: text limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.outcome = 'ok' ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by text ok before: text before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.outcome = 'ok' AND audit.id < $2::BIGINT ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by text ok refused: text limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.outcome = 'ok' AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT $2 OFFSET 0

-- listed audit by text ok refused before: text before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.outcome = 'ok' AND audit.outcome != 'ok' AND audit.id < $2::BIGINT ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by text event: text event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.event = $2::VARCHAR ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by text event before: text event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.event = $2::VARCHAR AND audit.id < $3::BIGINT ORDER BY audit.id DESC
LIMIT $4 OFFSET 0

-- listed audit by text event refused: text event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.event = $2::VARCHAR AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by text event refused before: text event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.event = $2::VARCHAR AND audit.outcome != 'ok' AND audit.id < $3::BIGINT ORDER BY audit.id DESC
LIMIT $4 OFFSET 0

-- listed audit by text event ok: text event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.event = $2::VARCHAR AND audit.outcome = 'ok' ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by text event ok before: text event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.event = $2::VARCHAR AND audit.outcome = 'ok' AND audit.id < $3::BIGINT ORDER BY audit.id DESC
LIMIT $4 OFFSET 0

-- listed audit by text event ok refused: text event limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.event = $2::VARCHAR AND audit.outcome = 'ok' AND audit.outcome != 'ok' ORDER BY audit.id DESC
LIMIT $3 OFFSET 0

-- listed audit by text event ok refused before: text event before limit
SELECT audit.at, audit.issuer, audit.event, audit.outcome, audit.client_id, audit.user_id, audit.grant_type, audit.jti, audit.family, audit.address, audit.request_id, audit.detail, audit.id
FROM audit
WHERE (audit.user_id = $1::VARCHAR OR audit.client_id = $1::VARCHAR OR audit.address = $1::VARCHAR OR audit.request_id = $1::VARCHAR) AND audit.event = $2::VARCHAR AND audit.outcome = 'ok' AND audit.outcome != 'ok' AND audit.id < $3::BIGINT ORDER BY audit.id DESC
LIMIT $4 OFFSET 0

-- tidy jti: before limit
DELETE FROM spent_jti WHERE (spent_jti.issuer, spent_jti.client_id, spent_jti.digest) IN (SELECT spent_jti.issuer, spent_jti.client_id, spent_jti.digest
FROM spent_jti
WHERE spent_jti.expires_at <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy tokens: before limit
DELETE FROM revoked_token WHERE revoked_token.jti IN (SELECT revoked_token.jti
FROM revoked_token
WHERE revoked_token.expires_at <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy secrets: before limit
DELETE FROM client_secret WHERE (client_secret.issuer, client_secret.client_id, client_secret.id) IN (SELECT client_secret.issuer, client_secret.client_id, client_secret.id
FROM client_secret
WHERE client_secret.not_after <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy failures: before limit
DELETE FROM login_failure WHERE login_failure.digest IN (SELECT login_failure.digest
FROM login_failure
WHERE login_failure.last_at <= $1::BIGINT AND login_failure.blocked_until <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy sessions: before limit
DELETE FROM session WHERE session.id IN (SELECT session.id
FROM session
WHERE session.expires_at <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy codes: before limit
DELETE FROM code WHERE code.digest IN (SELECT code.digest
FROM code
WHERE code.expires_at <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy devices: before limit
DELETE FROM device WHERE device.digest IN (SELECT device.digest
FROM device
WHERE device.expires_at <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy pushed: before limit
DELETE FROM pushed WHERE pushed.digest IN (SELECT pushed.digest
FROM pushed
WHERE pushed.expires_at <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy registration tokens: before limit
DELETE FROM registration_token WHERE registration_token.digest IN (SELECT registration_token.digest
FROM registration_token
WHERE registration_token.expires_at <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy issued tokens: before limit
DELETE FROM issued_token WHERE issued_token.id IN (SELECT issued_token.id
FROM issued_token
WHERE issued_token.expires_at <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- tidy rest sessions: before limit
DELETE FROM rest_session WHERE rest_session.digest IN (SELECT rest_session.digest
FROM rest_session
WHERE rest_session.expires_at <= $1::BIGINT
LIMIT $2 OFFSET 0) RETURNING 1

-- ended families: before limit
SELECT family.id
FROM family
WHERE family.expires_at <= $1::BIGINT OR family.revoked_at <= $1::BIGINT OR family.rotated_at + family.idle * 1000 <= $1::BIGINT
LIMIT $2 OFFSET 0

-- tidy family: id before
DELETE FROM family WHERE family.id = $1::VARCHAR AND (family.expires_at <= $2::BIGINT OR family.revoked_at <= $2::BIGINT OR family.rotated_at + family.idle * 1000 <= $2::BIGINT)

-- oldest change to keep: before
SELECT min(change.seq) AS min_1
FROM change
WHERE change.at > $1::BIGINT

-- tidy changes: seq
DELETE FROM change WHERE change.seq < $1::BIGINT
