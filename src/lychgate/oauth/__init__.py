"""The protocol's messages, both directions of each side by side: pure, no I/O."""
