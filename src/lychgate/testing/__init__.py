"""For tests of one's own programs.

``chaos`` is an issuer that can go wrong in every way (``faults`` lists them); ``contract`` tells whether an
authenticator or a source of one's own is right, by way of ``recorder``, an API that writes down what reaches it.
"""
