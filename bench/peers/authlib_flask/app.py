"""The peer: an authorization server by Authlib on Flask, as its documents build one, on SQLite by SQLAlchemy.

``FOLDER`` in the environment holds the database. JWT access tokens (RFC 9068) are not kept, opaque ones are; the
introspection endpoint (RFC 7662) looks opaque tokens up.
"""

import os
import time
from pathlib import Path

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.sqla_oauth2 import (
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    create_query_client_func,
    create_query_token_func,
)
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy
from joserfc.jwk import ECKey, RSAKey

SECRET = "a-secret-of-the-benchmarks-0123456789abcdef"
FOLDER = Path(os.environ["FOLDER"])

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{FOLDER / 'authlib.sqlite'}"
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(40), unique=True)

    def get_user_id(self):
        return self.id


class Client(db.Model, OAuth2ClientMixin):
    id = db.Column(db.Integer, primary_key=True)


class Token(db.Model, OAuth2TokenMixin):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))
    user = db.relationship("User")


KEYS = {
    "es256": ECKey.generate_key("P-256", {"kid": "e", "use": "sig", "alg": "ES256"}, private=True),
    "rs256": RSAKey.generate_key(2048, {"kid": "r", "use": "sig", "alg": "RS256"}, private=True),
}
JWKS = {"keys": [key.as_dict(private=False) for key in KEYS.values()]}


class JWT(JWTBearerTokenGenerator):
    def __init__(self, key):
        super().__init__("http://127.0.0.1", key.alg)
        self.key = key

    def get_jwks(self):
        return self.key

    def get_audiences(self, client, user, scope):
        return "https://api.example.org"


BY_CLIENT = {name: JWT(key) for name, key in KEYS.items()}


def save_token(token, request):
    if request.client.client_id in BY_CLIENT:
        return
    user = request.user.get_user_id() if request.user else None
    db.session.add(Token(client_id=request.client.client_id, user_id=user, **token))
    db.session.commit()


server = AuthorizationServer(app, create_query_client_func(db.session, Client), save_token)
opaque = server.create_bearer_token_generator(app.config)


@lambda generator: server.register_token_generator("default", generator)
def generate(grant_type, client, **arguments):
    """JWT or opaque, by the client."""
    return BY_CLIENT.get(client.client_id, opaque)(grant_type=grant_type, client=client, **arguments)


class Password(grants.ResourceOwnerPasswordCredentialsGrant):
    """Only hands out the first refresh token of a chain."""

    def authenticate_user(self, username, password):
        return User.query.filter_by(username=username).first()


class Refresh(grants.RefreshTokenGrant):
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        token = Token.query.filter_by(refresh_token=refresh_token).first()
        return token if token and not token.is_revoked() else None

    def authenticate_user(self, refresh_token):
        return refresh_token.user

    def revoke_old_credential(self, refresh_token):
        refresh_token.access_token_revoked_at = refresh_token.refresh_token_revoked_at = int(time.time())
        db.session.commit()


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = ("client_secret_basic",)

    def query_token(self, token, token_type_hint):
        return query_token(token, token_type_hint)

    def check_permission(self, token, client, request):
        return client.client_id == "introspector"

    def introspect_token(self, token):
        return {
            "active": True,
            "client_id": token.client_id,
            "token_type": token.token_type,
            "scope": token.get_scope(),
            "exp": token.issued_at + token.expires_in,
            "iat": token.issued_at,
        }


query_token = create_query_token_func(db.session, Token)
server.register_grant(grants.ClientCredentialsGrant)
server.register_grant(Password)
server.register_grant(Refresh)
server.register_endpoint(Introspection)


@app.post("/token")
def token():
    return server.create_token_response()


@app.post("/introspect")
def introspect():
    return server.create_endpoint_response(Introspection.ENDPOINT_NAME)


@app.get("/jwks")
def jwks():
    return jsonify(JWKS)


def prepare():
    """The database with its clients and its user."""
    with app.app_context():
        db.create_all()
        for name in ("es256", "rs256", "opaque", "introspector", "refresher"):
            client = Client(client_id=name, client_secret=SECRET)
            client.set_client_metadata({"grant_types": ["client_credentials", "password", "refresh_token"]})
            db.session.add(client)
        db.session.add(User(username="demo@example.org"))
        db.session.commit()


if __name__ == "__main__":
    prepare()
