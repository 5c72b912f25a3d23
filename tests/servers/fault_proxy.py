"""FaultProxy: stands between the parts of VelocityCache and an object store, and breaks what it is told to.

Requests pass unchanged, Host included, so that their signatures stay valid: an endpoint URL with the
proxy's address is a store that fails on demand. It remembers what the store answered.
"""

import http.client
import http.server
import socket
import struct
import threading
import time
import urllib.parse

# Hop by hop (RFC 9110 section 7.6.1), and what http.client writes itself.
CONNECTION_HEADERS = ("connection", "keep-alive", "transfer-encoding")
STALL_S = 120
SLOW_PIECES = 8
SLOW_PAUSE_S = 0.25


class Fault:
    """What happens to requests of one method, the first `times` of them.

    kind: a status (403, 500, 503), or "stall" (no answer), "reset" (the connection dies at once),
    "lost" (the store has done it, the answer gets lost), "cut" (half of the body, then the end), "flip" (one bit
    of the body), "slow".
    """

    def __init__(self, method, kind, times=1_000_000):
        self.method = method
        self.kind = kind
        self.times = times


class FaultProxy:
    def __init__(self, upstream):
        self.upstream = urllib.parse.urlsplit(upstream)
        self.fault = None
        self.answers = []  # (method, path, the store's status) in their order.
        self.injected = 0
        self.lock = threading.Lock()
        self.closing = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self):
                outer.handle(self)

            do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = handle_any

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # Connections that break are what this is for.

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def statuses(self, method, path_part=""):
        with self.lock:
            return [status for seen, path, status in self.answers if seen == method and path_part in path]

    def kind_for(self, method):
        with self.lock:
            fault = self.fault
            if fault is None or fault.method != method or fault.times <= 0:
                return None
            fault.times -= 1
            self.injected += 1
            return fault.kind

    def handle(self, request):
        length = int(request.headers.get("Content-Length", 0))
        kind = self.kind_for(request.command)
        if kind in ("reset", "stall"):
            if kind == "stall":
                self.closing.wait(STALL_S)
            return self.reset(request)
        body = self.read(request, length // 2 if kind == "cut" and length else length, slowly=kind == "slow")
        if isinstance(kind, int):
            return self.answer(request, kind, [("Retry-After", "1")] if kind == 503 else [], b"")
        if kind == "cut" and length:
            self.forward_half(request, body, length)
            return self.reset(request)
        status, headers, content = self.forward(request, self.flipped(body) if kind == "flip" else body)
        if kind == "flip" and not length:
            content = self.flipped(content)
        if kind == "lost":
            return self.reset(request)
        if kind == "cut":
            self.answer(request, status, headers, content, keep=len(content) // 2)
            return self.reset(request)
        return self.answer(request, status, headers, content, slowly=kind == "slow")

    @staticmethod
    def read(request, length, slowly):
        pieces = []
        step = max(1, length // SLOW_PIECES) if slowly else length
        while length > 0:
            piece = request.rfile.read(min(step, length))
            if not piece:
                raise ConnectionError("the client has gone")
            pieces.append(piece)
            length -= len(piece)
            if slowly:
                time.sleep(SLOW_PAUSE_S)
        return b"".join(pieces)

    @staticmethod
    def flipped(content):
        half = len(content) // 2
        return content[:half] + bytes([content[half] ^ 1]) + content[half + 1:] if content else content

    @staticmethod
    def headers_of(request):
        return {name: value for name, value in request.headers.items() if name.lower() not in CONNECTION_HEADERS}

    def connect(self):
        return http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=STALL_S)

    def forward(self, request, body):
        connection = self.connect()
        try:
            connection.request(request.command, request.path, body or None, self.headers_of(request))
            reply = connection.getresponse()
            content = reply.read()
            with self.lock:
                self.answers.append((request.command, request.path.partition("?")[0], reply.status))
            return reply.status, reply.getheaders(), content
        finally:
            connection.close()

    def forward_half(self, request, body, length):
        """What a store sees of a client that dies in the middle of an upload."""
        connection = self.connect()
        connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers_of(request).items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(body)
        connection.close()

    def answer(self, request, status, headers, content, slowly=False, keep=None):
        request.send_response_only(status)
        has_length = False
        for name, value in headers:
            if name.lower() not in CONNECTION_HEADERS:
                has_length = has_length or name.lower() == "content-length"
                request.send_header(name, value)
        if not has_length:
            request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        content = content[:keep] if keep is not None else content
        step = max(1, len(content) // SLOW_PIECES) if slowly else max(1, len(content))
        for start in range(0, len(content), step):
            request.wfile.write(content[start:start + step])
            if slowly:
                request.wfile.flush()
                time.sleep(SLOW_PAUSE_S)
        request.wfile.flush()

    @staticmethod
    def reset(request):
        """Closes with a RST, as a peer does that has died."""
        request.close_connection = True
        request.wfile.flush()
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.connection.close()
