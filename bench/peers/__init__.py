"""The servers of a run, in the order in which they take their turns."""

from bench.peers.authlib_flask import AuthlibFlask
from bench.peers.django_toolkit import DjangoToolkit
from bench.peers.oidc_provider import OidcProvider
from bench.peers.ours import Ours

PEERS = {peer.key: peer for peer in (OidcProvider, AuthlibFlask, DjangoToolkit, Ours)}
