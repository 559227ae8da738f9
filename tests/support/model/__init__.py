"""The life of logins in random order: the server under test, what an oracle knows, and the acts of a state machine.

``world`` holds the real application and its clock, ``known`` the oracle's memory; ``operators``, ``codes``, ``devices``
and ``tokens`` are the acts, each with what the oracle says of it, on top of ``acts``.
"""
