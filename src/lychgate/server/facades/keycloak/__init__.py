"""Keycloak's paths and formats, below ``/realms/{realm}``: each realm is an issuer of its own."""

from __future__ import annotations

from .routes import TOKEN_PATHS, Branch, branch

__all__ = ["TOKEN_PATHS", "Branch", "branch"]
