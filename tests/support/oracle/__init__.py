"""Bad requests, and the class of the answer that we and npm's oidc-provider give to each of them."""
