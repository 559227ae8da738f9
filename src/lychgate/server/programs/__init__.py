"""Clients: registered, authenticated, known by their tokens."""
