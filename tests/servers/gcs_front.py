"""The gate that Google Cloud Storage has and its emulator (fake_gcs.py) has not.

The emulator verifies no signature, ignores `x-goog-if-generation-match` as a header, and never compares
Content-MD5. This server stands in front of it, lets through what a V4 signature in the query allows
("V4 signing process" of the Cloud Storage documentation, written for this test from that text, in
integers and hashes alone), and hands uploads to the emulator's JSON interface, which knows the
condition as a parameter and decides it under a lock. What it proves is that our requests are what the
documentation asks for and that a store which enforces the condition has one winner; that Google's own
servers do so, no test on a machine without them can prove.
"""

import base64
import calendar
import hashlib
import hmac
import http.client
import http.server
import threading
import time
import urllib.parse

LIFE_MAX_S = 7 * 24 * 3600
CLOCK_SKEW_S = 15 * 60
# DER of a SHA-256 digest (RFC 8017, 9.2, note 1).
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class Refused(Exception):
    """A status and the code of the XML that says why."""

    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


class Keys:
    """Who may sign: a service account by the modulus of its RSA key, and an HMAC key."""

    def __init__(self, client_email, modulus, hmac_id, hmac_secret, exponent=65537):
        self.client_email, self.modulus, self.exponent = client_email, modulus, exponent
        self.hmac_id, self.hmac_secret = hmac_id, hmac_secret

    def has_signed(self, algorithm, who, text, scope, signature):
        if (algorithm, who) == ("GOOG4-RSA-SHA256", self.client_email):
            length = (self.modulus.bit_length() + 7) // 8
            told = pow(int.from_bytes(signature, "big"), self.exponent, self.modulus).to_bytes(length, "big")
            digest = DIGEST_INFO + hashlib.sha256(text).digest()
            return told == b"\x00\x01" + b"\xff" * (length - len(digest) - 3) + b"\x00" + digest
        if (algorithm, who) == ("GOOG4-HMAC-SHA256", self.hmac_id):
            key = ("GOOG4" + self.hmac_secret).encode()
            for part in scope:
                key = hmac.digest(key, part.encode(), "sha256")
            return hmac.compare_digest(hmac.digest(key, text, "sha256"), signature)
        return False


def encoded(text, safe=""):
    return urllib.parse.quote(text, safe="-_.~" + safe)


def canonical_request(method, path, query, headers, signed):
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in signed)
    parameters = "&".join(f"{name}={value}" for name, value in
                          sorted((encoded(name), encoded(value)) for name, value in query))
    return "\n".join([method, encoded(urllib.parse.unquote(path), "/"), parameters, lines, ";".join(signed),
                      "UNSIGNED-PAYLOAD"])


def check_signature(keys, method, target, headers):
    """Raises Refused unless the query of `target` allows this request, with `headers` in lower case, now."""
    path, _, query = target.partition("?")
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    said = {name: value for name, value in pairs if name.startswith("X-Goog-")}
    if "X-Goog-Signature" not in said:
        raise Refused(403, "AccessDenied")
    try:
        who, *scope = said["X-Goog-Credential"].split("/")
        signed, date, life = said["X-Goog-SignedHeaders"].split(";"), said["X-Goog-Date"], int(said["X-Goog-Expires"])
        begin = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
        signature = bytes.fromhex(said["X-Goog-Signature"])
    except (KeyError, ValueError) as error:
        raise Refused(400, "AuthorizationQueryParametersError") from error
    if scope != [date[:8], "auto", "storage", "goog4_request"] or not 0 < life <= LIFE_MAX_S:
        raise Refused(400, "AuthorizationQueryParametersError")
    if signed != sorted(signed) or "host" not in signed or not set(signed) <= headers.keys():
        raise Refused(400, "MalformedSecurityHeader")
    if any(name.startswith("x-goog-") and name not in signed for name in headers):
        raise Refused(403, "SignatureDoesNotMatch")
    rest = [(name, value) for name, value in pairs if name != "X-Goog-Signature"]
    canonical = canonical_request(method, path, rest, headers, signed)
    text = "\n".join([said["X-Goog-Algorithm"], date, "/".join(scope), hashlib.sha256(canonical.encode()).hexdigest()])
    if not keys.has_signed(said["X-Goog-Algorithm"], who, text.encode(), scope, signature):
        raise Refused(403, "SignatureDoesNotMatch")
    if not begin - CLOCK_SKEW_S <= time.time() < begin + life:
        raise Refused(400, "ExpiredToken")


class Gate(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    emulator = threading.local()  # A connection for each thread.

    def log_message(self, *_):
        pass

    def ask(self, method, target, body=None, headers=None):
        if not hasattr(self.emulator, "connection"):
            self.emulator.connection = http.client.HTTPConnection("127.0.0.1", self.server.emulator_port)
        connection = self.emulator.connection
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer, answer.read()

    def answer(self, status, headers, body=b"", length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", len(body) if length is None else length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            check_signature(self.server.keys, self.command, self.path, headers)
            path = urllib.parse.unquote(self.path.partition("?")[0])
            if self.command == "PUT":
                self.put(path, headers, body)
            else:
                self.pass_on(headers)
        except Refused as refused:
            self.answer(refused.status, [("Content-Type", "application/xml")],
                        f"<?xml version='1.0'?><Error><Code>{refused.code}</Code></Error>".encode())

    do_GET = do_HEAD = do_PUT = do_DELETE = handle_one

    def put(self, path, headers, body):
        _, bucket, name = path.split("/", 2)
        md5 = headers.get("content-md5")
        if md5 and md5 != base64.b64encode(hashlib.md5(body).digest()).decode():
            raise Refused(400, "BadDigest")
        parameters = {"uploadType": "media", "name": name}
        if "x-goog-if-generation-match" in headers:
            parameters["ifGenerationMatch"] = headers["x-goog-if-generation-match"]
        kept = {name: value for name, value in headers.items()
                if name.startswith("x-goog-meta-") or name == "content-type"}
        answer, _ = self.ask("POST", f"/upload/storage/v1/b/{encoded(bucket)}/o?" + urllib.parse.urlencode(parameters),
                             body, kept | {"Content-Length": str(len(body))})
        if answer.status != 200:
            raise Refused(answer.status, {404: "NoSuchBucket", 412: "PreconditionFailed"}.get(answer.status, "Error"))
        self.answer(200, [])

    def pass_on(self, headers):
        answer, body = self.ask(self.command, self.path.partition("?")[0],
                                headers={"Range": headers["range"]} if "range" in headers else {})
        if answer.status == 404:
            raise Refused(404, "NoSuchKey")
        kept = [(name, value) for name, value in answer.getheaders()
                if name.lower().startswith("x-goog-") or name.lower() in ("etag", "content-type", "content-range")]
        self.answer(answer.status, kept, body, answer.getheader("Content-Length") if self.command == "HEAD" else None)


class Front(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, emulator_port, keys):
        super().__init__(("127.0.0.1", 0), Gate)
        self.emulator_port, self.keys = emulator_port, keys
        threading.Thread(target=self.serve_forever, daemon=True).start()
