"""The guard: protects an API of one's own by checking the access tokens that callers bring."""

from .guard import Guard
from .principal import Principal
from .refusal import Refusal

__all__ = ["Guard", "Principal", "Refusal"]
