"""Issuers besides the main one, and how facades speak for them."""
