"""A client of UNICORE's REST API (its authentication, preferences, security sessions and issued tokens)."""
