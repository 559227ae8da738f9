"""Authenticators: the table. A package of others adds its own by the entry point group ``lychgate.authenticators``."""

from lychgate.client.table import Table

AUTHENTICATORS = Table(
    "authenticator",
    {
        "anonymous": "lychgate.client.authenticators.anonymous:Anonymous",
        "basic": "lychgate.client.authenticators.basic:Basic",
        "bearer": "lychgate.client.authenticators.bearer:Bearer",
        "api_key": "lychgate.client.authenticators.api_key:ApiKey",
        "chain": "lychgate.client.authenticators.chain:Chain",
        "digest": "lychgate.client.authenticators.digest:Digest",
        "login": "lychgate.client.sources.login:Login",
        "openstack": "lychgate.client.sources.openstack:OpenStack",
        "renewing": "lychgate.client.authenticators.renewing:Renewing",
        "signed_jwt": "lychgate.client.authenticators.signed_jwt:SignedJwt",
    },
)
