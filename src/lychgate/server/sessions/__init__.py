"""A browser's session: how it begins, what its pages carry, and how it ends."""
