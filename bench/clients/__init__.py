"""The client beside its peers; these modules run in an environment of their own, in the cache."""
