"""A registry of made-up packages on a loopback port, as far as installing from one needs it."""

import base64
import contextlib
import gzip
import hashlib
import http.server
import io
import json
import tarfile
import threading
import urllib.parse


def archive_of(manifest):
    """What `npm pack` makes of a package that is a package.json alone; the same bytes each time."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        content = json.dumps(manifest).encode()
        member = tarfile.TarInfo("package/package.json")
        member.size = len(content)
        member.mode = 0o644
        archive.addfile(member, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


class Registry:
    def __init__(self):
        self.packages = {}
        self.archives = {}
        self.url = None

    def publish(self, name, version, **dependencies):
        manifest = {"name": name, "version": version, "dependencies": dependencies}
        archive = archive_of(manifest)
        path = f"/{name}/-/{name}-{version}.tgz"
        self.archives[path] = archive
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
        document = self.packages.setdefault(name, {"name": name, "dist-tags": {}, "versions": {}, "time": {}})
        document["versions"][version] = manifest | {"dist": {
            "tarball": self.url + path, "integrity": integrity, "shasum": hashlib.sha1(archive).hexdigest()}}
        document["dist-tags"]["latest"] = version
        document["time"][version] = "2020-01-01T00:00:00.000Z"


@contextlib.contextmanager
def serve():
    registry = Registry()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
            if path in registry.archives:
                self.answer(registry.archives[path], "application/octet-stream")
            elif path[1:] in registry.packages:
                self.answer(json.dumps(registry.packages[path[1:]]).encode(), "application/json")
            else:
                self.send_error(404)

        def answer(self, body, kind):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
