"""The guard: protects an API of one's own by checking the access tokens that callers bring."""

from .guard import Guard
from .principal import Principal
from .refusal import Refusal
from .requirement import Requirement, client, group, role, scope
from .trusted import Issuer, keycloak

__all__ = ["Guard", "Issuer", "Principal", "Refusal", "Requirement", "client", "group", "keycloak", "role", "scope"]
