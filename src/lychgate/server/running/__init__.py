"""The process: the socket, HTTP, workers, logs, and what the first start makes."""
