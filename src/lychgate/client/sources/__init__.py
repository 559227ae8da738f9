"""Sources of tokens: the table. A package of others adds its own by the entry point group ``lychgate.sources``."""

from lychgate.client.table import Table

SOURCES = Table(
    "source",
    {
        "authorization_code": "lychgate.client.sources.authorization_code:AuthorizationCode",
        "client_credentials": "lychgate.client.sources.client_credentials:ClientCredentials",
        "device_code": "lychgate.client.sources.device_code:DeviceCode",
        "login": "lychgate.client.sources.login:Login",
        "openstack": "lychgate.client.sources.openstack:OpenStack",
        "password": "lychgate.client.sources.password:Password",
        "refresh": "lychgate.client.sources.refresh:Refresh",
        "registered": "lychgate.client.sources.registered:Registered",
    },
)
