# SPDX-License-Identifier: Apache-2.0
"""A balancer of TCP connections that can be told to misbehave."""
import os
import select
import socket
import threading

FAIR = "fair"        # hand everything on
STALL = "stall"      # accept, read, and hand nothing on
DROP = "drop"        # end every connection as soon as it is there, and those that are open
RUBBISH = "rubbish"  # answer every request with octets of its own
CUT = "cut"          # hand requests on, and end the connection in the middle of the answer
HOLD = "hold"        # hand requests on, and answers only when told otherwise


class Relay:
    """Listens on a port of its own, and gives each connection to the next of several others.

    What it is told holds at once, for connections that are open too.  rubbish: what it answers.
    """

    def __init__(self, *ports):
        self.ports = list(ports)
        self.rubbish = os.urandom(64).replace(b"$", b"?")  # no value of redis's, were it by chance
        self.connections = 0      # accepted so far
        self.requests = 0         # reads from clients so far
        self._mode = FAIR
        self._turn = 0
        self._lock = threading.Lock()
        self._pairs = {}          # client socket: the other end, or None
        self._wake_read, self._wake_write = os.pipe()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ended = False
        self._dropped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def tell(self, mode):
        """Behave so from now on."""
        assert mode in (FAIR, STALL, DROP, RUBBISH, CUT, HOLD)
        with self._lock:
            self._mode = mode
        os.write(self._wake_write, b"x")

    def drop_once(self):
        """End all connections that are open, and take new ones; how many those were."""
        count = len(self._pairs)
        self.tell(DROP)
        while self._pairs:
            self._dropped.wait(1)
        self._dropped.clear()
        self.tell(FAIR)
        return count

    def close(self):
        """End, with all connections."""
        self._ended = True
        os.write(self._wake_write, b"x")
        self._thread.join(10)
        assert not self._thread.is_alive(), "the relay does not end"
        for end in [self._listener, *self._ends()]:
            end.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    # its thread

    def _ends(self):
        return [end for pair in self._pairs.items() for end in pair if end is not None]

    def _to_read(self):
        """Ends that are listened to: answers that are held back stay where they are."""
        return list(self._pairs) if self._mode == HOLD else self._ends()

    def _work(self):
        while not self._ended:
            ready, _, _ = select.select([self._listener, self._wake_read, *self._to_read()], [], [])
            with self._lock:
                mode = self._mode
            for end in ready:
                if end is self._listener:
                    self._accept(mode)
                elif end == self._wake_read:
                    os.read(self._wake_read, 64)
                elif end in self._pairs:
                    self._from_client(end, mode)
                elif mode != HOLD:
                    self._from_server(end, mode)
            if mode == DROP:
                for client in list(self._pairs):
                    self._end(client)
                self._dropped.set()

    def _accept(self, mode):
        client, _ = self._listener.accept()
        self.connections += 1
        self._pairs[client] = None if mode in (DROP, RUBBISH) else self._connect()

    def _connect(self):
        """A connection to the next that accepts one."""
        for _ in self.ports:
            port = self.ports[self._turn % len(self.ports)]
            self._turn += 1
            try:
                return socket.create_connection(("127.0.0.1", port), 5)
            except OSError:
                continue
        return None

    def _end(self, client):
        server = self._pairs.pop(client, None)
        client.close()
        if server is not None:
            server.close()

    @staticmethod
    def _read(end):
        try:
            return end.recv(65536)
        except OSError:
            return b""

    def _send(self, client, end, octets):
        try:
            end.sendall(octets)
        except OSError:
            self._end(client)

    def _from_client(self, client, mode):
        octets = self._read(client)
        if not octets:
            self._end(client)
            return
        self.requests += 1
        if mode == RUBBISH:
            self._send(client, client, self.rubbish)
        elif mode != STALL:
            server = self._pairs[client] = self._pairs[client] or self._connect()
            if server is None:
                self._end(client)
            else:
                self._send(client, server, octets)

    def _from_server(self, server, mode):
        owners = [client for client, other in self._pairs.items() if other is server]
        if not owners:  # ended in this very turn
            return
        octets = self._read(server)
        if not octets:
            self._end(owners[0])
        elif mode == CUT:
            self._send(owners[0], owners[0], octets[:max(1, len(octets) // 2)])
            self._end(owners[0])
        elif mode not in (STALL, RUBBISH):
            self._send(owners[0], owners[0], octets)
