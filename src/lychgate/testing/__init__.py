"""For tests of one's own programs: an issuer that can go wrong in every way (``chaos``), and the faults it knows."""
