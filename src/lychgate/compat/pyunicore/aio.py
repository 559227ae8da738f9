"""``pyunicore.aio`` is not here: what awaits is ``lychgate.AsyncUnicore``, or pyunicore's own with our credential."""

from .elsewhere import module

raise module("pyunicore.aio", "lychgate.AsyncUnicore(url, what) awaits access information and tokens")
