"""The main job with artifacts in a real blob service (Azurite): bytes go past the gateway, not through it."""

import http.client
import http.server
import shutil
import threading
import urllib.parse

import pytest

import shapes
import velocity
from velocity import Workspace, store_server, tree, wait_for

ARTIFACT_BYTES = 256 * 1024


@pytest.fixture(scope="module")
def azurite():
    with store_server("azurite.py") as store:
        yield store


def azure_gateway(tmp_path, azurite, name="gateway", **variables):
    return velocity.Gateway(tmp_path / name, **({
        "VC_STORAGE_DRIVER": "azure", "VC_AZURE_CONTAINER": "velocity-cache", "VC_AZURE_ENDPOINT": azurite["endpoint"],
        "VC_AZURE_PREFIX": tmp_path.name, "VC_SEAL_KEY_FILE": tmp_path / "seal.key",
        "VC_AZURE_ACCOUNT": azurite["account"], "VC_AZURE_ACCOUNT_KEY": azurite["key"]} | variables))


def is_ready(gateway):
    return gateway.request("GET", "/readyz", token=None)[0] == 200


@pytest.fixture
def gateway(tmp_path, azurite):
    running = azure_gateway(tmp_path, azurite).start()
    wait_for(lambda: is_ready(running), what="the probe of the store")
    yield running
    assert running.stop() == 0, running.log_text()
    for secret in (velocity.TOKEN, azurite["key"], "sig="):
        assert secret not in running.log_text(), f"{secret} reached the log"


@pytest.fixture
def workspace(tmp_path, gateway):
    return Workspace(tmp_path / "workspace", gateway)


def proxied_bytes(gateway):
    return sum(gateway.metric(f'vc_proxy_bytes_total{{direction="{way}"}}') for way in ("in", "out"))


def second_clone(workspace, tmp_path, gateway):
    copy = tmp_path / "second"
    shutil.copytree(workspace.folder, copy, symlinks=True, ignore=shutil.ignore_patterns("dist", ".velocity"))
    return Workspace(copy, gateway)


def put(gateway, ticket, body):
    return gateway.request("PUT", ticket["url"], body, token=None, headers=ticket["headers"])[0]


def test_a_second_clone_is_restored_from_the_store_and_no_artifact_passes_through_the_gateway(
        workspace, tmp_path, azurite):
    gateway = workspace.gateway
    shapes.diamond(workspace)
    # Something no compression makes small: were it proxied, the counters would show it.
    workspace.write("packages/base/build.sh", shapes.BUILD_SH + f"head -c {ARTIFACT_BYTES} /dev/urandom > dist/noise\n")
    cold = workspace.run("run", "build")
    assert (cold.status, cold.count("CACHE MISS")) == (0, 4), cold

    other = second_clone(workspace, tmp_path, gateway)
    warm = other.run("run", "build")
    assert (warm.status, warm.count("CACHE HIT (remote)")) == (0, 4), warm
    assert tree(other.folder, only="dist") == tree(workspace.folder, only="dist")
    for run in (cold, warm):
        assert "sig=" not in run.text
    assert gateway.metric("vc_cache_hits") == 4
    assert gateway.metric("vc_cache_misses") == 4
    artifacts = 4
    assert proxied_bytes(gateway) < 1024 * artifacts

    # Another replica, told by a connection string, serves the same.
    replica = azure_gateway(tmp_path, azurite, "replica", VC_AZURE_ENDPOINT="", VC_AZURE_ACCOUNT="",
                            VC_AZURE_ACCOUNT_KEY="",
                            AZURE_STORAGE_CONNECTION_STRING=f"AccountName={azurite['account']};"
                            f"AccountKey={azurite['key']};BlobEndpoint={azurite['endpoint']};").start()
    try:
        wait_for(lambda: is_ready(replica), what="the probe of the store")
        shutil.rmtree(other.folder)
        third = second_clone(workspace, tmp_path, replica).run("run", "build")
        assert (third.status, third.count("CACHE HIT (remote)")) == (0, 4), third
    finally:
        assert replica.stop() == 0


class AlwaysSecond(http.server.BaseHTTPRequestHandler):
    """Forwards to the store; a PUT twice, so that whoever sent it always finds that another was first."""

    store = None
    answers = []

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        for attempt in range(2 if self.command == "PUT" else 1):
            connection = http.client.HTTPConnection(self.store, timeout=30)
            connection.request(self.command, self.path, body, dict(self.headers))
            reply = connection.getresponse()
            answer = reply.status, reply.headers, reply.read()
            connection.close()
        status, headers, body = answer
        self.answers.append((self.command, status))
        self.send_response_only(status)
        for name in ("x-ms-error-code", "x-ms-meta-vcmeta"):
            if name in headers:
                self.send_header(name, headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = forward

    def log_message(self, *_):
        pass


@pytest.fixture
def always_second(azurite):
    store = urllib.parse.urlsplit(azurite["endpoint"])
    handler = type("Handler", (AlwaysSecond,), {"store": store.netloc, "answers": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{store.path}", handler.answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_whoever_is_second_is_told_so_and_has_no_trouble(tmp_path, azurite, always_second):
    """S3 says 412, Azure 403 or 409: the agent negotiates again and learns that there is nothing left to do."""
    url, answers = always_second
    gateway = azure_gateway(tmp_path, azurite, VC_AZURE_PUBLIC_ENDPOINT=url).start()
    try:
        wait_for(lambda: is_ready(gateway), what="the probe of the store")
        workspace = shapes.diamond(Workspace(tmp_path / "workspace", gateway))
        cold = workspace.run("run", "build")
        assert (cold.status, cold.count("CACHE MISS")) == (0, 4), cold
        assert "warning" not in cold.text.lower(), cold
        assert len(answers) == 4 and all(how == "PUT" and status in (403, 409) for how, status in answers), answers
        warm = second_clone(workspace, tmp_path, gateway).run("run", "build")
        assert (warm.status, warm.count("CACHE HIT (remote)")) == (0, 4), warm
    finally:
        assert gateway.stop() == 0


def test_an_upload_ticket_is_worth_one_blob(gateway):
    key, body = "cd" * 32, b"body"
    assert gateway.negotiate(key, "upload")[0] == 422, "its size is not said"
    status, ticket = gateway.negotiate(key, "upload", size=len(body))
    assert (status, ticket["status"]) == (200, "upload_needed")
    assert "sp=c&" in ticket["url"]
    assert put(gateway, ticket, body) == 201
    assert put(gateway, ticket, b"evil") in (403, 409)
    ticket["headers"].pop("If-None-Match")
    assert put(gateway, ticket, b"evil") in (403, 409), "the right to create is enough"
    assert gateway.negotiate(key, "upload", size=len(body))[1]["status"] == "skipped"
    assert gateway.request("GET", f"/v1/proxy/blob/{key}")[2] == body


def test_a_client_that_can_only_speak_to_the_gateway_is_served_through_it(gateway):
    key = "ab" * 32
    assert gateway.request("PUT", f"/v1/proxy/blob/{key}", b"body")[0] == 200
    assert gateway.request("PUT", f"/v1/proxy/blob/{key}", b"other")[0] == 412
    status, _, body = gateway.request("GET", f"/v1/proxy/blob/{key}")
    assert (status, body) == (200, b"body")
    assert proxied_bytes(gateway) >= 8
