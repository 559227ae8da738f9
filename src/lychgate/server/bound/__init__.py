"""Tokens that are bound to a key or a certificate (RFC 9449, RFC 8705)."""
