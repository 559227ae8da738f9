"""Sources of tokens: the table. A package of others adds its own by the entry point group ``lychgate.sources``."""

from lychgate.client.table import Table

SOURCES = Table(
    "source",
    {
        "client_credentials": "lychgate.client.sources.client_credentials:ClientCredentials",
        "password": "lychgate.client.sources.password:Password",
        "refresh": "lychgate.client.sources.refresh:Refresh",
    },
)
