"""Credentials that run out in seconds: 1000 artifacts pass while each provider hands out new ones, and none is lost.

The store is a real one (Ceph RGW) that refuses what has expired or was removed, the credentials are its own, and only
where they are asked for is an imitation (tests/servers/credentials_server.py).
"""

import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import shutil
import subprocess
import sys
import threading
import urllib.parse
import urllib.request

import pytest

import velocity
from velocity import ROOT, Workspace, store_server, tree, wait_for

sys.path.insert(0, str(ROOT / "tests" / "servers"))

import credentials_server  # noqa: E402

ARTIFACTS = 1000
CLIENTS = 4
LIFE_S = 8
ROTATIONS_MIN = 3
BUCKET = "velocity-cache"


@pytest.fixture(scope="module")
def rgw():
    with store_server("ceph_rgw.py", "--sts") as store:
        yield store


@pytest.fixture(scope="module")
def places(rgw):
    """Where credentials are handed out: {"endpoint", "folder"}."""
    with store_server("credentials_server.py", "--endpoint", rgw["endpoint"], "--access-key", rgw["access_key"],
                      "--secret-key", rgw["secret_key"], "--role-arn", rgw["role_arn"], "--life", LIFE_S) as server:
        yield server


def report(places):
    with urllib.request.urlopen(places["endpoint"] + "/-/report", timeout=30) as reply:
        said = json.load(reply)
    assert said["failure"] is None, said["failure"]
    return said


def gateway_with(tmp_path, rgw, name="gateway", **variables):
    """A gateway that finds nothing but what the test gives it."""
    return velocity.Gateway(tmp_path / name, VC_STORAGE_DRIVER="s3", VC_S3_BUCKET=BUCKET,
                            VC_S3_PREFIX=tmp_path.name.replace("_", "-"), VC_SEAL_KEY_FILE=tmp_path / "seal.key",
                            **({"VC_S3_ENDPOINT": rgw["endpoint"], "HOME": tmp_path,
                                "AWS_EC2_METADATA_DISABLED": "true"} | variables))


def is_ready(gateway):
    return gateway.request("GET", "/readyz", token=None)[0] == 200


@contextlib.contextmanager
def serving(gateway, secrets=lambda: ()):
    """The gateway once it is ready; afterwards its log holds no secret and no time without credentials."""
    gateway.start()
    try:
        wait_for(lambda: is_ready(gateway), what="the probe of the store")
        yield gateway
        assert gateway.stop() == 0, gateway.log_text()
    finally:
        if gateway.process.poll() is None:
            gateway.kill()
    log = gateway.log_text()
    for secret in (*secrets(), velocity.TOKEN, "X-Amz-Signature"):
        assert secret not in log, f"{secret} reached the log"
    # The very first answer may be one of the 503s.
    served = log.partition("got credentials for the store")[2] or log
    assert "there are no usable credentials" not in served, log


class Client:
    """One thread's kept connections, and the agent's rules for what to do again."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.connections = {}
        self.second_tickets = 0

    def ask(self, method, url, body=None, headers=None):
        parts = urllib.parse.urlsplit(url)
        kept = self.connections.get(parts.netloc) or http.client.HTTPConnection(parts.netloc, timeout=30)
        self.connections[parts.netloc] = kept
        kept.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers or {})
        reply = kept.getresponse()
        return reply.status, reply.read()

    def ticket(self, key, action, **fields):
        status, text = self.ask("POST", self.gateway.url + "/v1/negotiate",
                                json.dumps({"hash": key, "action": action} | fields).encode(),
                                {"Content-Type": "application/json", "Authorization": f"Bearer {velocity.TOKEN}"})
        assert status == 200, (status, text)
        ticket = json.loads(text)
        # Nothing that is signed lives longer than what signed it.
        signed_for = urllib.parse.parse_qs(urllib.parse.urlsplit(ticket["url"]).query)["X-Amz-Expires"]
        assert signed_for == [str(ticket["expires_in_s"])]
        return ticket

    def transfer(self, key, action, body=None, **fields):
        """(status, body, life): with one new ticket when the first is refused."""
        ticket = self.ticket(key, action, **fields)
        status, got = self.ask(ticket["method"], ticket["url"], body, ticket["headers"])
        if status == 403:
            self.second_tickets += 1
            ticket = self.ticket(key, action, **fields)
            status, got = self.ask(ticket["method"], ticket["url"], body, ticket["headers"])
        return status, got, ticket["expires_in_s"]


def key_of(number):
    return hashlib.sha256(f"key {number}".encode()).hexdigest()


def body_of(number):
    return f"artifact {number}\n".encode() * (1 + number % 40)


def store_and_read_back(gateway, rotations):
    """Stores ARTIFACTS, the last of them after enough rotations; reads all of them; the longest life of a ticket."""
    rotated = threading.Event()
    mine = threading.local()
    clients = []

    def client():
        if not hasattr(mine, "client"):
            mine.client = Client(gateway)
            clients.append(mine.client)
        return mine.client

    def store(number):
        if number >= ARTIFACTS * 9 // 10 and not rotated.is_set():
            wait_for(lambda: rotations() >= ROTATIONS_MIN, seconds=30, what="new credentials")
            rotated.set()
        body = body_of(number)
        status, got, life_s = client().transfer(key_of(number), "upload", body, size=len(body))
        assert status == 200, (number, status, got)
        return life_s

    def read(number):
        status, got, life_s = client().transfer(key_of(number), "download")
        assert (status, got) == (200, body_of(number)), (number, status, got)
        return life_s

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        try:
            lives_s = [*pool.map(store, range(ARTIFACTS)), *pool.map(read, range(ARTIFACTS))]
        except BaseException:
            pool.shutdown(cancel_futures=True)  # The first failure says it all.
            raise
    assert len(lives_s) == 2 * ARTIFACTS
    assert sum(each.second_tickets for each in clients) < ARTIFACTS / 10
    return max(lives_s)


PROVIDERS = {
    "web identity": ("sts", lambda places, rgw: {
        "AWS_ROLE_ARN": rgw["role_arn"], "AWS_WEB_IDENTITY_TOKEN_FILE": places["folder"] + "/web-identity-token",
        "AWS_ENDPOINT_URL_STS": places["endpoint"]}),
    "container": ("container", lambda places, rgw: {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": places["endpoint"] + "/container",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": places["folder"] + "/container-token"}),
    "instance metadata": ("imds", lambda places, rgw: {
        "AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": places["endpoint"]}),
    "profile": ("profile", lambda places, rgw: {
        "AWS_SHARED_CREDENTIALS_FILE": places["folder"] + "/credentials"}),
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_thousand_artifacts_pass_while_keys_rotate_and_none_is_lost(provider, tmp_path, rgw, places):
    kind, variables = PROVIDERS[provider]
    before = report(places)["counts"][kind]
    gateway = gateway_with(tmp_path, rgw, **variables(places, rgw))
    with serving(gateway, lambda: report(places)["secrets"]):
        life_s = store_and_read_back(gateway, lambda: report(places)["counts"][kind] - before)
    if kind != "profile":  # A file of profiles does not say when its keys end.
        assert life_s <= LIFE_S


def many_small_tasks(workspace):
    workspace.write("velocity.yml", """\
version: 1
remote: {enabled: true, url: "${VC_URL}", token: "${VC_AUTH_TOKEN}"}
pipeline:
  build: {command: "mkdir -p dist && cp package.json dist/", inputs: ["package.json"], outputs: ["dist/**"]}
""")
    workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}\n')
    workspace.write(".gitignore", "dist/\n.velocity/\n")
    for number in range(ARTIFACTS):
        workspace.write(f"packages/p{number}/package.json",
                        f'{{"name": "p{number}", "version": "1.0.0", "scripts": {{"build": "true"}}}}\n')
    return workspace


def test_a_run_of_a_thousand_tasks_is_restored_whole_elsewhere(tmp_path, rgw, places):
    kind, variables = PROVIDERS["container"]
    before = report(places)["counts"][kind]
    gateway = gateway_with(tmp_path, rgw, **variables(places, rgw))
    with serving(gateway, lambda: report(places)["secrets"]):
        workspace = many_small_tasks(Workspace(tmp_path / "workspace", gateway))
        copy = tmp_path / "copy"
        shutil.copytree(workspace.folder, copy)
        cold = workspace.run("run", "build")
        assert (cold.status, cold.count("CACHE MISS")) == (0, ARTIFACTS), cold.err
        other = Workspace(copy, gateway)
        warm = other.run("run", "build")
        assert (warm.status, warm.count("CACHE HIT (remote)")) == (0, ARTIFACTS), warm.err
        assert report(places)["counts"][kind] - before >= 2
    assert tree(copy, only="dist") == tree(workspace.folder, only="dist")
    for run in (cold, warm):
        assert "warning" not in run.text, run.err
        assert not [secret for secret in report(places)["secrets"] if secret in run.text]


def test_keys_of_the_environment_may_be_temporary_and_the_region_too(tmp_path, rgw):
    store = credentials_server.Store(rgw["endpoint"], rgw["access_key"], rgw["secret_key"], rgw["role_arn"])
    keys = store.assume_role(900)
    gateway = gateway_with(tmp_path, rgw, AWS_ACCESS_KEY_ID=keys["AccessKeyId"], AWS_REGION="eu-west-1",
                           AWS_SECRET_ACCESS_KEY=keys["SecretAccessKey"], AWS_SESSION_TOKEN=keys["Token"])
    with serving(gateway, lambda: (keys["SecretAccessKey"], keys["Token"])):
        client = Client(gateway)
        assert "eu-west-1" in client.ticket(key_of(0), "upload", size=4)["url"]
        assert client.transfer(key_of(0), "upload", b"body", size=4)[0] == 200
        assert client.transfer(key_of(0), "download")[:2] == (200, b"body")


def test_a_store_with_a_certificate_of_its_own_is_trusted_when_told_to(tmp_path):
    both = tmp_path / "store.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", tmp_path / "key.pem", "-out", tmp_path / "ca.pem"], check=True, capture_output=True)
    both.write_text((tmp_path / "ca.pem").read_text() + (tmp_path / "key.pem").read_text())
    with store_server("ceph_rgw.py", "--certificate", both) as store:
        keys = {"AWS_ACCESS_KEY_ID": store["access_key"], "AWS_SECRET_ACCESS_KEY": store["secret_key"],
                "CURL_CA_BUNDLE": ""}
        for name in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):
            with serving(gateway_with(tmp_path, store, name, **keys, **{name: tmp_path / "ca.pem"})):
                pass
        stranger = gateway_with(tmp_path, store, "stranger", **keys).start()
        try:
            wait_for(lambda: "the object store cannot be used" in stranger.log_text(), what="the probe of the store")
            assert "certificate" in stranger.log_text()
            assert not is_ready(stranger)
        finally:
            stranger.stop()


def test_without_any_credentials_all_places_that_were_looked_at_are_named(tmp_path, rgw):
    with pytest.raises(RuntimeError) as refused:
        gateway_with(tmp_path, rgw).start()
    for place in ("AWS_ACCESS_KEY_ID", str(tmp_path / ".aws/credentials"), "AWS_WEB_IDENTITY_TOKEN_FILE",
                  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_EC2_METADATA_DISABLED"):
        assert place in str(refused.value)
