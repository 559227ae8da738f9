"""``pyunicore.uftp`` is not here: it moves files. A UFTP Authserver, as far as it logs in, is ``lychgate.Unicore``."""

from .elsewhere import module

raise module("pyunicore.uftp", 'lychgate.Unicore("https://host/rest/auth", what) has access information and tokens')
