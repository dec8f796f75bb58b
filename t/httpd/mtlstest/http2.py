# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: many streams on one connection, and the error codes they end with."""
import h2.config
import h2.connection
import h2.events

from .http1 import Response
from .oracle import new_case
from .tls import TlsClosed

HTTP_1_1_REQUIRED = 0xd


class Stream:
    """What came back on one stream."""

    def __init__(self, case):
        self.case = case
        self.response = None
        self.reset = None      # error code of RST_STREAM, or of the connection
        self.done = False

    @property
    def http11(self):
        """Told to come back with HTTP/1.1."""
        return self.reset == HTTP_1_1_REQUIRED

    @property
    def status(self):
        return self.response.status if self.response else None

    @property
    def body(self):
        return self.response.body if self.response else b""

    def __repr__(self):
        return "<stream %s reset=%s %r>" % (self.case, self.reset, self.response)


class Http2:
    """Requests over an open connection whose ALPN chose h2."""

    def __init__(self, conn):
        assert conn.alpn == "h2", "server chose %r" % conn.alpn
        self.conn = conn
        self.streams = {}
        self.goaway = None
        config = h2.config.H2Configuration(header_encoding="utf-8")
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self._flush()

    def _flush(self):
        self.conn.send(self.h2.data_to_send())

    def start(self, path, method=None, body=None, host="localhost", headers=(), case=None, pseudo=()):
        """Begin a request; its stream id.  pseudo: further fields that begin with a colon."""
        case = case or new_case()
        stream = self.h2.get_next_available_stream_id()
        fields = [(":method", method or ("GET" if body is None else "POST")), (":path", path),
                  (":scheme", "https"), (":authority", host), *pseudo, ("x-case", case)]
        fields += [(k.lower(), v) for k, v in headers]
        self.streams[stream] = Stream(case)
        self.h2.send_headers(stream, fields, end_stream=body is None)
        self._flush()
        if body is not None:
            self._send_body(stream, body)
        return stream

    def _send_body(self, stream, body):
        """All of it, in frames as large as the peer allows; less when it has answered already."""
        at = 0
        while not self.streams[stream].done:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            piece = body[at:at + room]
            at += len(piece)
            if piece or not body:
                self.h2.send_data(stream, piece, end_stream=at == len(body))
                self._flush()
            if at == len(body):
                return
            if room <= 0 and not self._receive():
                return

    def finish(self, *ids):
        """Read until the streams have ended; their results."""
        while not all(self.streams[i].done for i in ids) and self._receive():
            pass
        return [self.streams[i] for i in ids]

    def _receive(self):
        """Read once; False when the connection has ended."""
        try:
            data = self.conn.recv()
        except TlsClosed:
            data = b""
        if not data:
            self._end_all(-1)
            return False
        for event in self.h2.receive_data(data):
            self._on(event)
        self._flush()
        return True

    def _end_all(self, code):
        for stream in self.streams.values():
            if not stream.done:
                stream.reset = code if stream.reset is None else stream.reset
                stream.done = True

    def _on(self, event):
        if isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event.error_code
            if event.error_code:
                self._end_all(event.error_code)
        stream = self.streams.get(getattr(event, "stream_id", None))
        if stream is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            fields = dict(event.headers)
            stream.response = Response(int(fields[":status"]), event.headers, stream.case)
        elif isinstance(event, h2.events.DataReceived):
            stream.response.body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            stream.reset, stream.done = event.error_code, True
        elif isinstance(event, h2.events.StreamEnded):
            stream.done = True

    def ask(self, path, **more):
        """One request, alone."""
        return self.finish(self.start(path, **more))[0]

    def close(self):
        self.conn.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()
