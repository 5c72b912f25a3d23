"""An S3 store in other ways than the plain one: over TLS with a private authority, examined by doctor, with a large artifact."""

import os
import resource
import shutil
import subprocess

import pytest

import shapes
import velocity
from velocity import Workspace, store_server, tree, wait_for

LARGE_BYTES = 512 << 20
MEMORY_MAX_MB = 128


def settings(store, folder, **variables):
    return {"VC_STORAGE_DRIVER": "s3", "VC_S3_BUCKET": "velocity-cache", "VC_S3_ENDPOINT": store["endpoint"],
            "VC_SEAL_KEY_FILE": folder / "seal.key", "AWS_ACCESS_KEY_ID": store["access_key"],
            "AWS_SECRET_ACCESS_KEY": store["secret_key"]} | variables


def ready_gateway(store, folder, **variables):
    gateway = velocity.Gateway(folder / "gateway", **settings(store, folder, **variables)).start()
    wait_for(lambda: gateway.request("GET", "/readyz", token=None)[0] == 200, what="the probe of the store")
    return gateway


def doctor(variables):
    done = subprocess.run([velocity.SERVER, "doctor"], env=velocity.clean_environment(VC_AUTH_TOKEN=velocity.TOKEN, **variables),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def clone(workspace, folder):
    shutil.copytree(workspace.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("dist", ".velocity"))
    return Workspace(folder, workspace.gateway)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """(CA certificate, server certificate with its key) of an authority that nobody else knows."""
    if shutil.which("openssl") is None:
        pytest.skip("no OpenSSL here: the openssl command is not installed")
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=tests",
            "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=store",
            "-keyout", "store.key", "-out", "store.csr")
    openssl("x509", "-req", "-in", "store.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "store.pem")
    both = folder / "both.pem"
    both.write_text((folder / "store.pem").read_text() + (folder / "store.key").read_text())
    return folder / "ca.pem", both


def test_a_store_behind_tls_is_trusted_by_its_authority_alone(tmp_path, authority):
    trusted, certificate = authority
    with store_server("ceph_rgw.py", "--certificate", certificate) as store:
        assert store["endpoint"].startswith("https://")
        status, said = doctor(settings(store, tmp_path))
        assert status == 1 and "certificate" in said, said

        gateway = ready_gateway(store, tmp_path, SSL_CERT_FILE=trusted)
        try:
            workspace = shapes.diamond(Workspace(tmp_path / "first", gateway))
            stranger = workspace.run("run", "build")
            assert (stranger.status, stranger.count("CACHE MISS")) == (0, 4), stranger
            assert stranger.count("goes on without it") == 1 and "SSL_CERT_FILE" in stranger.text, stranger
            shutil.rmtree(workspace.folder / ".velocity")
            knowing = workspace.run("run", "build", SSL_CERT_FILE=trusted)
            assert (knowing.status, knowing.count("CACHE MISS")) == (0, 4), knowing
            second = clone(workspace, tmp_path / "second").run("run", "build", SSL_CERT_FILE=trusted)
            assert (second.status, second.count("CACHE HIT (remote)")) == (0, 4), second
        finally:
            assert gateway.stop() == 0, gateway.log_text()


@pytest.fixture(scope="module")
def rgw():
    with store_server("ceph_rgw.py") as store:
        yield store


def test_doctor_says_what_it_found_and_what_to_do(tmp_path, rgw):
    healthy = settings(rgw, tmp_path)
    status, said = doctor(healthy)
    assert status == 0, said
    for words in ("conditional writes are enforced", "refuses bytes without the announced", "clocks", "grows for ever",
                  "will be made at the first start"):
        assert words in said, said
    assert rgw["secret_key"] not in said

    for broken, words in (({"AWS_SECRET_ACCESS_KEY": "another"}, "AWS_SECRET_ACCESS_KEY"),
                          ({"VC_S3_ENDPOINT": "http://127.0.0.1:1"}, "refused"),
                          ({"VC_S3_CREATE_BUCKET": "false", "VC_S3_BUCKET": "not-there"}, "VC_S3_CREATE_BUCKET"),
                          ({"VC_SEAL_KEY_FILE": ""}, "VC_SEAL_KEY_FILE")):
        status, said = doctor(healthy | broken)
        assert status == 1 and "FAILED" in said and words in said, said


def test_what_the_probe_found_is_in_the_metrics(tmp_path, rgw):
    gateway = ready_gateway(rgw, tmp_path)
    try:
        assert gateway.metric("vc_store_ready") == 1
        assert gateway.metric('vc_store_conditional_write{result="enforced"}') == 1
        assert gateway.metric('vc_store_conditional_write{result="ignored"}') == 0
        assert abs(gateway.metric("vc_store_clock_ahead_seconds")) <= 5
    finally:
        assert gateway.stop() == 0


def peak_mb(workspace, gateway):
    """Largest resident memory of the agent itself while it does its work."""
    pid = os.fork()
    if pid == 0:  # So that the agent is this child's only one.
        run = workspace.run("run", "build", timeout=200)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        (workspace.folder / "peak").write_text(f"{run.status} {run.text.count('CACHE HIT (remote)')} {peak}")
        os._exit(0)
    os.waitpid(pid, 0)
    return [int(word) for word in (workspace.folder / "peak").read_text().split()]


def test_a_large_artifact_streams_both_ways_in_little_memory(tmp_path, rgw):
    gateway = ready_gateway(rgw, tmp_path)
    try:
        workspace = Workspace(tmp_path / "first", gateway)
        workspace.write("velocity.yml", shapes.SHELL)
        workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}\n')
        # Nothing makes it smaller: what goes over the wire is as large.
        shapes.package(workspace, "large", script=f"mkdir -p dist\nhead -c {LARGE_BYTES} /dev/urandom > dist/large\n")
        status, _, stored_mb = peak_mb(workspace, gateway)
        assert (status, stored_mb < MEMORY_MAX_MB) == (0, True), stored_mb
        second = clone(workspace, tmp_path / "second")
        status, hits, restored_mb = peak_mb(second, gateway)
        assert (status, hits, restored_mb < MEMORY_MAX_MB) == (0, 1, True), restored_mb
        assert tree(second.folder, only="dist") == tree(workspace.folder, only="dist")
        moved = sum(gateway.metric(f'vc_proxy_bytes_total{{direction="{way}"}}') for way in ("in", "out"))
        assert moved < 1024
    finally:
        assert gateway.stop() == 0
