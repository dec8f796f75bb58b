# SPDX-License-Identifier: Apache-2.0
"""Ports that a test itself chooses."""
import contextlib
import socket


@contextlib.contextmanager
def held():
    """A port that nobody has at any address of this machine, and nobody gets: it stays bound, to a
    socket that does not listen, which a server's SO_REUSEADDR allows.

    One that is free at 127.0.0.1 alone may be in use at another address of the loopback network, if
    only by a connection that has ended, and then nobody can listen there at all addresses.
    """
    with socket.socket(socket.AF_INET6) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        holder.bind(("::", 0))
        yield holder.getsockname()[1]
