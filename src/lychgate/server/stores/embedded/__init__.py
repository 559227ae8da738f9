"""What SQLite needs besides SQL: its file, whose turn it is to write, the thread that writes, and its faults."""
