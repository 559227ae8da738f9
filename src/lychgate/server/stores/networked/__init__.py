"""What PostgreSQL needs besides SQL: its address, its faults, and the line on which it calls."""
