"""What people have for supercomputers: keys, choices, and tokens that were issued for their jobs."""
