"""People: their accounts, passwords and second factors, and what programs are told of them."""
