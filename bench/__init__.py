"""Lychgate beside its peers, on this machine, in one command: ``python -m bench``."""
