"""Where the settings come from besides ``config``, and those of single facades."""
