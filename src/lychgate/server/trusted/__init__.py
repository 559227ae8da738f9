"""Whom an issuer trusts besides itself, and what they hand over."""
