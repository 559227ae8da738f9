"""What is signed and sealed: tokens of each kind, made and read, and the keys' turns."""
