"""Keycloak's paths and formats, below ``/realms/{realm}``: each realm is an issuer of its own."""

from __future__ import annotations

from .routes import DIALECT, Branch, branch

__all__ = ["DIALECT", "Branch", "branch"]
