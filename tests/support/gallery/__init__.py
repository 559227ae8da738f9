"""Every page in every state, with made-up data: to look at, and for a browser to try.

``python -m support.gallery`` in the folder ``tests`` serves them until Ctrl-C.
"""
