"""The kernel: what every floor above may lean on, without I/O, without a clock, without a secret in sight."""
