# SPDX-License-Identifier: Apache-2.0
"""Messages over a pair of pipes, each ended by a NUL octet (Chromium's --remote-debugging-pipe)."""
import os


class Pipe:
    """Ours and the browser's ends."""

    def __init__(self):
        self.browser_reads, self._out = os.pipe()
        self._in, self.browser_writes = os.pipe()
        self._buffer = b""

    def close_theirs(self):
        """After the start: the browser's ends are the browser's alone."""
        os.close(self.browser_reads)
        os.close(self.browser_writes)

    def fileno(self):
        return self._in

    def close(self):
        os.close(self._out)
        os.close(self._in)

    def fill(self):
        """Take what has arrived."""
        piece = os.read(self._in, 65536)
        if not piece:
            raise EOFError("the browser has ended")
        self._buffer += piece

    def send(self, text):
        data = text.encode() + b"\0"
        while data:
            data = data[os.write(self._out, data):]

    def message(self):
        """The next whole message that has arrived, or None."""
        if b"\0" not in self._buffer:
            return None
        whole, _, self._buffer = self._buffer.partition(b"\0")
        return whole
