"""velocity-server as its operator and its clients meet it."""

import concurrent.futures
import hashlib
import json
import os
import signal
import subprocess
import time

import pytest

from velocity import SERVER, TOKEN, Gateway, clean_environment, wait_for

KEY = "ab" * 32
OTHER_KEY = "cd" * 32


def serve(*arguments, **variables):
    """Runs the server to its end; for starts that must be refused."""
    return subprocess.run([SERVER, *arguments], env=clean_environment(**variables), capture_output=True, text=True, timeout=30,
                          check=False)


def upload(gateway, key, body, **fields):
    """Negotiates and sends; the status of the PUT, or the word of the negotiation."""
    status, answer = gateway.negotiate(key, "upload", size=len(body), sha256=hashlib.sha256(body).hexdigest(), **fields)
    assert status == 200, answer
    if answer["status"] != "upload_needed":
        return answer["status"]
    return gateway.request("PUT", answer["url"], body, token=None, headers=answer["headers"])[0]


def download(gateway, key):
    status, answer = gateway.negotiate(key, "download")
    assert status == 200, answer
    if answer["status"] == "missing":
        return None
    status, _, body = gateway.request("GET", answer["url"], token=None, headers=answer["headers"])
    assert status == 200
    return body


def test_it_refuses_to_start_without_a_token(tmp_path):
    # B8
    done = serve(VC_LOCAL_ROOT=tmp_path / "data", VC_PORT=0)
    assert done.returncode != 0
    assert "VC_AUTH_TOKEN" in done.stderr and "VC_ALLOW_ANONYMOUS" in done.stderr, done.stderr


@pytest.mark.parametrize("variables, word", [
    ({"VC_RETENTION_DAYS": "soon"}, "VC_RETENTION_DAYS"),  # B30
    ({"VC_PORT": "99999"}, "VC_PORT"),
    ({"VC_STORAGE_DRIVER": "floppy"}, "floppy"),
    ({"VC_LOCAL_MAX_SIZE": "10 parsecs"}, "VC_LOCAL_MAX_SIZE"),
])
def test_a_bad_setting_refuses_to_start_and_is_named(tmp_path, variables, word):
    done = serve(**({"VC_AUTH_TOKEN": TOKEN, "VC_LOCAL_ROOT": tmp_path / "data", "VC_PORT": 0} | variables))
    assert done.returncode != 0
    assert word in done.stderr, done.stderr


def test_an_unknown_variable_is_warned_about_with_a_suggestion(tmp_path):
    gateway = Gateway(tmp_path / "data", VC_LOCAL_ROOTS="x").start()
    gateway.stop()
    assert "VC_LOCAL_ROOTS" in gateway.log_text() and "VC_LOCAL_ROOT" in gateway.log_text()


def test_a_secret_can_come_from_a_file(tmp_path):
    secret = tmp_path / "token"
    secret.write_text(TOKEN + "\n")
    gateway = Gateway(tmp_path / "data", VC_AUTH_TOKEN_FILE=secret)
    del gateway.variables["VC_AUTH_TOKEN"]
    gateway.start()
    assert gateway.negotiate(KEY, "download") == (200, {"status": "missing"})
    assert gateway.stop() == 0


def test_two_gateways_do_not_share_a_root(gateway, tmp_path):
    done = serve(VC_AUTH_TOKEN=TOKEN, VC_LOCAL_ROOT=gateway.root, VC_PORT=0)
    assert done.returncode != 0
    assert "gateway" in done.stderr, done.stderr


def test_a_taken_port_is_named(gateway, tmp_path):
    done = serve(VC_AUTH_TOKEN=TOKEN, VC_LOCAL_ROOT=tmp_path / "other", VC_PORT=gateway.port, VC_HOST="127.0.0.1")
    assert done.returncode != 0
    assert str(gateway.port) in done.stderr, done.stderr


def test_help_and_version(tmp_path):
    done = serve("--help")
    assert done.returncode == 0
    for word in ("VC_PORT", "VC_AUTH_TOKEN", "VC_LOCAL_ROOT", "--port", "xample"):
        assert word in done.stdout
    assert serve("--version").stdout.strip()


def test_a_wrong_token_is_401_with_a_challenge(gateway):
    # B8
    for token in (None, "wrong", TOKEN + "x", TOKEN[:-1]):
        status, headers, body = gateway.request("POST", "/v1/negotiate", b"{}", token=token)
        assert status == 401
        assert headers["WWW-Authenticate"].startswith("Bearer")
        assert headers["Content-Type"] == "application/problem+json"
        assert json.loads(body)["code"] and json.loads(body)["request_id"]


@pytest.mark.parametrize("key", ["../../etc/passwd", "..", "", ".", "%2e%2e", "a" * 63, "A" * 64, "a" * 4096, "a\u0000" * 32])
def test_a_hostile_key_is_400(gateway, key):
    # B1
    for action in ("download", "upload"):
        status, answer = gateway.negotiate(key, action, size=1)
        assert status == 400, answer
        assert "passwd" not in json.dumps(answer) and str(gateway.root) not in json.dumps(answer)


@pytest.mark.parametrize("path", ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a/../../b", "%00", "a" * 4096, "", "."])
def test_a_hostile_path_reaches_no_file(gateway, path):
    # B2, B3
    before = sorted(gateway.root.rglob("*"))
    for prefix in ("/v1/proxy/blob/", "/v1/blobs/", "/v1/blobs/v1/default/-/velocity/"):
        for method in ("GET", "PUT", "HEAD"):
            with gateway.connect() as connection:
                body = b"x" if method == "PUT" else b""
                connection.sendall(f"{method} {prefix}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
                                   f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
                reply = b""
                while piece := connection.recv(65536):
                    reply += piece
            status = int(reply.split()[1])
            assert 400 <= status < 500, reply
            assert str(gateway.root).encode() not in reply
    assert sorted(gateway.root.rglob("*")) == before


def test_what_was_stored_comes_back(gateway):
    body = os.urandom(300_000)
    assert download(gateway, KEY) is None
    assert upload(gateway, KEY, body, duration_ms=1234) == 200
    assert download(gateway, KEY) == body
    assert upload(gateway, KEY, b"something else") == "skipped"
    assert download(gateway, KEY) == body


def test_64_racing_writers_have_one_winner_across_kill_and_restart(tmp_path):
    # B4
    gateway = Gateway(tmp_path / "data").start()
    bodies = [bytes([index]) * (50_000 + index) for index in range(64)]
    tickets = []
    for body in bodies:
        _, answer = gateway.negotiate(KEY, "upload", size=len(body), sha256=hashlib.sha256(body).hexdigest())
        tickets.append(answer)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        statuses = list(pool.map(lambda pair: gateway.request("PUT", pair[0]["url"], pair[1], token=None,
                                                               headers=pair[0]["headers"])[0], zip(tickets, bodies)))
    assert sorted(statuses) == [200] + [412] * 63
    winner = bodies[statuses.index(200)]
    assert download(gateway, KEY) == winner
    gateway.kill()
    gateway.start()
    assert download(gateway, KEY) == winner
    assert upload(gateway, KEY, b"late") == "skipped"
    status, _, _ = gateway.request("PUT", f"/v1/proxy/blob/{KEY}", b"overwrite")
    assert status == 412
    assert download(gateway, KEY) == winner
    assert gateway.stop() == 0


def staged_files(gateway):
    return [path for path in (gateway.root / "staging").rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["aborted", "short", "long", "wrong checksum", "no length"])
def test_a_bad_upload_leaves_nothing_readable(gateway, kind):
    # B24
    body = os.urandom(200_000)
    _, answer = gateway.negotiate(KEY, "upload", size=len(body), sha256=hashlib.sha256(body).hexdigest())
    target = answer["url"].split("/", 3)[3]
    sent = {"aborted": body[:100_000], "short": body[:-1], "long": body + b"x",
            "wrong checksum": body[:-1] + bytes([body[-1] ^ 1]), "no length": body}[kind]
    announced = {"aborted": len(body), "short": len(sent), "long": len(sent), "wrong checksum": len(body)}.get(kind)
    length = f"Content-Length: {announced}\r\n" if announced is not None else ""
    reply = b""
    with gateway.connect() as connection:
        connection.sendall(f"PUT /{target} HTTP/1.1\r\nHost: x\r\n{length}\r\n".encode())
        try:
            connection.sendall(sent)
            if kind != "aborted":
                reply = connection.recv(65536)
        except (BrokenPipeError, ConnectionResetError):
            pass
    if kind != "aborted":
        assert 400 <= int(reply.split()[1]) < 500, reply
    assert download(gateway, KEY) is None
    wait_for(lambda: not staged_files(gateway), what="staging to be empty")
    assert upload(gateway, KEY, body) == 200
    assert download(gateway, KEY) == body


def test_a_signed_url_is_good_for_one_thing(gateway):
    # B4, B9
    body = b"the artifact"
    _, put = gateway.negotiate(KEY, "upload", size=len(body), sha256=hashlib.sha256(body).hexdigest())
    url = put["url"]
    assert gateway.request("GET", url, token=None)[0] in (400, 403)
    assert gateway.request("PUT", url.replace(KEY, OTHER_KEY), body, token=None)[0] in (400, 403)
    assert gateway.request("PUT", url.replace(f"size={len(body)}", "size=99"), body, token=None)[0] in (400, 403)
    assert gateway.request("PUT", url[:-2] + ("aa" if not url.endswith("aa") else "bb"), body, token=None)[0] in (400, 403)
    assert gateway.request("PUT", url, body, token=None)[0] == 200
    assert gateway.request("PUT", url, body, token=None)[0] == 412
    _, get = gateway.negotiate(KEY, "download")
    assert gateway.request("PUT", get["url"], body, token=None)[0] in (400, 403)
    status, headers, part = gateway.request("GET", get["url"], token=None, headers={"Range": "bytes=4-11"})
    assert (status, part) == (206, b"artifact")


def test_the_originals_client_works(gateway):
    """Its habits: {hash, action} alone, no size, ticket headers not sent, its bearer sent along, 200 alone is success."""
    body = os.urandom(5000)
    status, answer = gateway.negotiate(KEY, "upload")
    assert (status, answer["status"]) == (200, "upload_needed")
    assert gateway.request("PUT", answer["url"], body)[0] == 200
    status, answer = gateway.negotiate(KEY, "upload")
    assert (status, answer["status"]) == (200, "skipped")
    status, answer = gateway.negotiate(KEY, "download")
    assert (status, answer["status"]) == (200, "found")
    status, _, got = gateway.request("GET", answer["url"])
    assert (status, got) == (200, body)
    assert gateway.request("PUT", f"/v1/proxy/blob/{OTHER_KEY}", body)[0] == 200
    assert gateway.request("GET", f"/v1/proxy/blob/{OTHER_KEY}")[2] == body
    assert gateway.request("GET", f"/v1/proxy/blob/{'ef' * 32}")[0] == 404
    assert gateway.request("GET", f"/v1/proxy/blob/{OTHER_KEY}", token=None)[0] == 401


def test_the_ops_plane(gateway):
    status, _, body = gateway.request("GET", "/health", token=None)
    assert (status, json.loads(body)) == (200, {"status": "up"})
    assert gateway.request("GET", "/livez", token=None)[0] == 200
    assert gateway.request("GET", "/readyz", token=None)[0] == 200
    status, headers, body = gateway.request("GET", "/metrics", token=None)
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for name in ("vc_cache_hits", "vc_cache_misses", "vc_negotiation_latency_bucket"):
        assert name in body.decode()
    capabilities = json.loads(gateway.request("GET", "/v1/capabilities")[2])
    assert capabilities["protocol_version"] == 1
    assert json.loads(gateway.request("GET", "/openapi.json", token=None)[2])["openapi"].startswith("3.1")


def test_the_public_address_follows_the_request(gateway):
    # B29
    _, answer = gateway.negotiate(KEY, "upload", size=1)
    assert answer["url"].startswith(gateway.url + "/v1/blobs/"), answer
    status, _, body = gateway.request("POST", "/v1/negotiate", json.dumps({"hash": KEY, "action": "upload", "size": 1}).encode(),
                                      headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "cache.example.com"})
    assert json.loads(body)["url"].startswith("https://cache.example.com/v1/blobs/")


def test_sigterm_finishes_what_is_in_flight(tmp_path):
    # B10
    gateway = Gateway(tmp_path / "data").start()
    body = os.urandom(1_000_000)
    _, answer = gateway.negotiate(KEY, "upload", size=len(body), sha256=hashlib.sha256(body).hexdigest())
    target = answer["url"].split("/", 3)[3]
    with gateway.connect() as connection:
        connection.sendall(f"PUT /{target} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:500_000])
        time.sleep(0.2)  # Lets the head arrive; too early would only make the test easier.
        gateway.process.terminate()
        time.sleep(0.2)
        connection.sendall(body[500_000:])
        assert connection.recv(65536).split()[1] == b"200"
    assert gateway.process.wait(timeout=30) == 0
    gateway.start()
    assert download(gateway, KEY) == body
    assert gateway.stop() == 0


def test_readiness_fails_before_the_server_stops(tmp_path):
    gateway = Gateway(tmp_path / "data", VC_SHUTDOWN_DELAY="2s").start()
    gateway.process.send_signal(signal.SIGTERM)
    wait_for(lambda: gateway.request("GET", "/readyz", token=None)[0] == 503, seconds=2, what="readyz to fail")
    assert gateway.request("GET", "/livez", token=None)[0] == 200
    assert gateway.negotiate(KEY, "download")[0] == 200
    assert gateway.process.wait(timeout=30) == 0


def test_the_healthcheck_says_whether_the_gateway_is_ready(tmp_path):
    def check(gateway, **more):
        return serve("healthcheck", "--port", str(gateway.port), "--host", "127.0.0.1", **more)

    gateway = Gateway(tmp_path / "data", VC_SHUTDOWN_DELAY="3s").start()
    # A proxy for the outside is not asked about this machine.
    assert check(gateway, http_proxy="http://127.0.0.1:1").returncode == 0
    gateway.process.send_signal(signal.SIGTERM)
    wait_for(lambda: check(gateway).returncode == 1, what="the healthcheck to fail")
    assert "answered 503: the gateway is shutting down" in check(gateway).stderr
    assert gateway.process.wait(timeout=30) == 0

    for gone in (check(gateway), serve("healthcheck", VC_PORT="none", VC_THREADS="-1")):
        assert (gone.returncode, gone.stdout, len(gone.stderr.splitlines())) == (1, "", 1), gone


def test_a_full_disk_is_507_and_leaves_nothing(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    gateway = Gateway(folder / "data")
    gateway.log = tmp_path / "gateway.log"
    try:
        gateway.start()
        assert upload(gateway, KEY, os.urandom(6_000_000)) == 507
        assert download(gateway, KEY) is None
        status, _, _ = gateway.request("PUT", f"/v1/proxy/blob/{KEY}", os.urandom(6_000_000))
        assert status == 507
        assert upload(gateway, OTHER_KEY, os.urandom(1_000_000)) == 200
        assert gateway.stop() == 0
    finally:
        if gateway.process and gateway.process.poll() is None:
            gateway.kill()
        subprocess.run(["umount", "-l", folder], check=True)
