"""The pages that a person sees: a view holds what one shows, ``render`` makes it HTML, ``headers`` goes with it."""
