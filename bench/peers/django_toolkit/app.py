"""The peer: django-oauth-toolkit with its defaults, on SQLite.

``FOLDER`` in the environment holds the database, ``RSA_KEY`` the key in PEM. Its access tokens are opaque.
``python app.py COUNT`` makes the database, the clients and COUNT access and refresh tokens, printed as JSON.
"""

import datetime
import json
import os
import secrets
import sys
import uuid
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

FOLDER = Path(os.environ["FOLDER"])
SECRET = "a-secret-of-the-benchmarks-0123456789abcdef"

settings.configure(
    SECRET_KEY="the-key-of-the-benchmarks",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "django.sqlite"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": (FOLDER / "rsa.pem").read_text(),
        "SCOPES": {"read": "Reading scope", "introspection": "Introspect tokens"},
        "DEFAULT_SCOPES": ["read"],
    },
)
application = get_wsgi_application()
urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]


def prepare(count):
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone
    from oauth2_provider.models import AccessToken, Application, RefreshToken

    call_command("migrate", verbosity=0)
    transaction.set_autocommit(False)  # one commit for all the rows
    user = User.objects.create(username="demo@example.org")

    def client(name, grant):
        return Application.objects.create(
            name=name,
            client_id=name,
            client_secret=SECRET,
            user=user,
            client_type="confidential",
            authorization_grant_type=grant,
        )

    ends = timezone.now() + datetime.timedelta(hours=10)

    def token(application, scope, owner=None):
        return AccessToken.objects.create(
            user=owner, token=secrets.token_urlsafe(30), application=application, expires=ends, scope=scope
        )

    opaque, refresher = client("opaque", "client-credentials"), client("refresher", "password")
    introspector = client("introspector", "client-credentials")
    chains = [
        RefreshToken.objects.create(
            user=user,
            token=secrets.token_urlsafe(30),
            application=refresher,
            access_token=token(refresher, "read", user),
            token_family=uuid.uuid4(),
        )
        for _ in range(count)
    ]
    made = {
        "introspector": token(introspector, "introspection").token,
        "distinct": [token(opaque, "read").token for _ in range(count)],
        "chains": [chain.token for chain in chains],
    }
    transaction.commit()
    return made


if __name__ == "__main__":
    django.setup()
    print(json.dumps(prepare(int(sys.argv[1]))))
