"""The fields of a Snippet Framework credential: the one table that describes them.

Prompts, types, defaults, visibility, masking and the table in ``docs/silo.md`` are made of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .checks import Check, header_line, header_name, host, port, positive, printable, selector, template
from .checks import object_text as json_object

NONE, BASIC, TOKEN, KEY, OAUTH = STOCK = ("AuthNone", "AuthBasic", "AuthToken", "AuthApiKey", "AuthOAuth2")
STATIC, DYNAMIC = "tokenAuthRefreshStatic", "tokenAuthRefreshDynamic"
ALL: tuple[str, ...] = ()
T, K, OA, TK, TO, BT = (TOKEN,), (KEY,), (OAUTH,), (TOKEN, KEY), (TOKEN, OAUTH), (BASIC, TOKEN)


@dataclass(frozen=True, slots=True)
class Field:
    """``seen`` are the authentication types that show it, empty for all; a number may be ``""``, which is unset."""

    display: str
    name: str
    seen: tuple[str, ...]
    kind: str
    default: str | bool | int
    description: str
    check: Check | None = None
    secret: bool = False
    choices: tuple[str, ...] = ()

    @property
    def hidden(self) -> bool:
        """Whether it is or may hold a secret."""
        return self.secret or self.check in (header_line, json_object)

    @property
    def sentence(self) -> str:
        """The description with what may be chosen, in plain text."""
        allowed = f": {', '.join(self.choices)}" if self.choices else ""
        return self.description.replace("`", "") + allowed

    def visible(self, kind: str, override: str = "") -> bool:
        """Whether it counts for the authentication type ``kind``; an override unlocks every field."""
        return bool(override) or not self.seen or kind in self.seen


_TEMPLATE = "what the header says; `{}` must be there, where the token goes"
_ROWS = (
    Field("Authentication Type", "authType", ALL, "string", NONE, "the authenticator to use", choices=STOCK),
    Field("URL", "url", ALL, "string", "", "the API, as http(s)://host:port/path"),
    Field("Token Retrieval Endpoint", "authEndpoint", T, "string", "", "where the token comes from, if not the URL"),
    Field("Authorization Header", "authHeader", (KEY, TOKEN), "string", "Authorization", "carries it", header_name),
    Field("Token Key", "tokenKey", T, "string", "access_token", "where the reply holds it; dots select", selector),
    Field("Bearer Token Format", "tokenFormat", T, "string", "Bearer {}", _TEMPLATE, template),
    Field("Username", "username", BT, "string", "", "the user's name", printable),
    Field("Password", "password", BT, "string", "", "the user's password", secret=True),
    Field("Proxy Settings", "proxy", ALL, "boolean", False, "whether the four fields below act"),
    Field("Proxy Hostname/IP", "proxyHost", ALL, "string", "", "the proxy's name or address", host),
    Field("Proxy Port", "proxyPort", ALL, "number", "", "the proxy's port", port),
    Field("Proxy User", "proxyUser", ALL, "string", "", "who logs in at the proxy (optional)", printable),
    Field("Proxy Password", "proxyPasswd", ALL, "string", "", "their password at the proxy (optional)", secret=True),
    Field("HTTP Header 1", "httpHeader1", TK, "string", "", "`Name:Value`, on token and data requests", header_line),
    Field("HTTP Header 2", "httpHeader2", TK, "string", "", "`Name:Value`, on token and data requests", header_line),
    Field("HTTP Headers (JSON input)", "httpHeaders", ALL, "string", "", "JSON object, on data requests", json_object),
    Field("SSL Peer Verify", "sslverifypeer", ALL, "boolean", True, "False checks no certificate: insecure"),
    Field("CA Path", "ca_path", ALL, "string", "", "certificates (a PEM file or folder) that alone are trusted"),
    Field(
        "Authentication Failure Retry Time (seconds)", "timeToNextRequest", TO, "number", 60,
        "how long no token request is sent after one that failed; 0 is no pause", positive,
    ),
    Field(
        "Additional Options", "opts", TK, "string", "",
        'a JSON object: further fields of the token request (`{"body": "form"}` sends a form), or parameters beside '
        "the API key", json_object,
    ),
    Field("Logging Debug", "debug", ALL, "boolean", False, "whether `auth_logger` prints: a secret may be recorded"),
    Field(
        "Token Refresh Implementation", "tokenAuthRefresh", TO, "string", DYNAMIC,
        "whether a token ends after the TTL, or when its reply says so", choices=(STATIC, DYNAMIC),
    ),
    Field(
        "Token TTL (seconds)", "tokenRefreshTTL", TO, "number", 3600,
        f"how long a token lives for `{STATIC}`, and where a reply names no end", positive,
    ),
    Field(
        "Expiry Time Key", "tokenExpiresInSelector", TO, "string", "expires_in",
        "where the reply names the end: seconds, an epoch or an ISO time; dots select", selector,
    ),
    Field("Client ID", "oauth2ClientId", OA, "string", "", "the program's id", printable),
    Field("Client Secret", "oauth2ClientSecret", OA, "string", "", "the program's secret", secret=True),
    Field("Access Token URL", "oauth2TokenURL", OA, "string", "", "where the token comes from"),
    Field("Request Header", "oauth2TokenLabel", OA, "string", "Authorization", "carries the token", header_name),
    Field("Token Format", "oauth2TokenFormat", OA, "string", "Bearer {}", _TEMPLATE, template),
    Field("Response Token Key", "oauth2TokenKey", OA, "string", "access_token", "as the Token Key above", selector),
    Field(
        "Oauth2 Grant Type", "oauth2Type", OA, "string", "None", "which grant; `None` asks for no token",
        choices=("None", "ResourceOwner", "ClientCredentials"),
    ),
    Field(
        "Client auth method", "oauth2AuthType", OA, "string", "basic_auth", "how the id and the secret are sent",
        choices=("basic_auth", "post_body"),
    ),
    Field("Token Scope", "oauth2ClientCredentialsScope", OA, "string", "", "what the program asks for", printable),
    Field("Resource Owner Username", "oauth2ResourceOwnerUsername", OA, "string", "", "the owner's name", printable),
    Field("Resource Owner Password", "oauth2ResourceOwnerPassword", OA, "string", "", "their password", secret=True),
    Field("Token Scopes", "oauth2ResourceOwnerScope", OA, "string", "", "what is asked for in their name", printable),
    Field(
        "Additional body Parameters", "oauth2ResourceOwnerAdditionalParams", OA, "string", "",
        "a JSON object: further parameters of the owner's token request", json_object,
    ),
    Field("Prefix", "prefix", K, "string", "", "stands before the key, with a space between", printable),
    Field("Suffix", "suffix", K, "string", "", "stands behind the key, with a space between", printable),
    Field("API Key", "apikey", K, "string", "", "the key", secret=True),
    Field("Authenticator Override", "authOverride", ALL, "string", "", "the class to use instead", printable),
)  # fmt: skip
FIELDS = {field.name: field for field in _ROWS}


def table() -> str:
    """The table as the documents print it, in Markdown."""
    head = ("Display Name", "credentials.fields Name", "Visibility (AuthType)", "Type", "Default Value", "Description")
    lines = [_line(head), _line(["---"] * len(head))]
    return "\n".join([*lines, *(_line(_cells(field)) for field in FIELDS.values())]) + "\n"


def _cells(field: Field) -> list[str]:
    text = field.default or ('""' if field.default == "" else field.default)
    default = f"`{text}`" if isinstance(text, str) else str(text)
    allowed = f": {', '.join(f'`{choice}`' for choice in field.choices)}" if field.choices else ""
    seen = ", ".join(f"`{kind}`" for kind in field.seen) or "All"
    return [field.display, f"`{field.name}`", seen, field.kind, default, field.description + allowed]


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
