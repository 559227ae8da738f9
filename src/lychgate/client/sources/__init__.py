"""Sources of tokens: the table. A package of others adds its own by the entry point group ``lychgate.sources``."""

from lychgate.client.table import Table

SOURCES = Table(
    "source",
    {
        "authorization_code": "lychgate.client.sources.authorization_code:AuthorizationCode",
        "client_credentials": "lychgate.client.sources.client_credentials:ClientCredentials",
        "command": "lychgate.client.sources.command:Command",
        "device_code": "lychgate.client.sources.device_code:DeviceCode",
        "environment": "lychgate.client.sources.environment:Environment",
        "file": "lychgate.client.sources.file:File",
        "jwt_bearer": "lychgate.client.sources.jwt_bearer:JwtBearer",
        "login": "lychgate.client.sources.login:Login",
        "oidc_agent": "lychgate.client.sources.oidc_agent:OidcAgent",
        "openstack": "lychgate.client.sources.openstack:OpenStack",
        "password": "lychgate.client.sources.password:Password",
        "refresh": "lychgate.client.sources.refresh:Refresh",
        "registered": "lychgate.client.sources.registered:Registered",
        "token_exchange": "lychgate.client.sources.token_exchange:TokenExchange",
        "wlcg": "lychgate.client.sources.wlcg:WlcgToken",
    },
)
