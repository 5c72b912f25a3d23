"""The main job with artifacts in a real S3 store (Ceph RGW): bytes go past the gateway, not through it."""

import shutil
import time

import pytest

import shapes
import velocity
from velocity import Workspace, store_server, tree, wait_for

ARTIFACT_BYTES = 256 * 1024


@pytest.fixture(scope="module")
def rgw():
    with store_server("ceph_rgw.py") as store:
        yield store


def s3_gateway(tmp_path, rgw, name="gateway", **variables):
    return velocity.Gateway(tmp_path / name, **({
        "VC_STORAGE_DRIVER": "s3", "VC_S3_BUCKET": "velocity-cache", "VC_S3_ENDPOINT": rgw["endpoint"],
        "VC_S3_PREFIX": tmp_path.name, "VC_SEAL_KEY_FILE": tmp_path / "seal.key",
        "AWS_ACCESS_KEY_ID": rgw["access_key"], "AWS_SECRET_ACCESS_KEY": rgw["secret_key"]} | variables))


def is_ready(gateway):
    return gateway.request("GET", "/readyz", token=None)[0] == 200


@pytest.fixture
def gateway(tmp_path, rgw):
    running = s3_gateway(tmp_path, rgw).start()
    wait_for(lambda: is_ready(running), what="the probe of the store")
    yield running
    assert running.stop() == 0, running.log_text()
    for secret in (velocity.TOKEN, rgw["secret_key"], "X-Amz-Signature"):
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


def test_a_second_clone_is_restored_from_the_store_and_no_artifact_passes_through_the_gateway(
        workspace, tmp_path, rgw):
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
    assert gateway.metric("vc_cache_hits") == 4
    assert gateway.metric("vc_cache_misses") == 4
    artifacts = 4
    assert proxied_bytes(gateway) < 1024 * artifacts

    # Another replica on the same store and seal key serves the same.
    replica = s3_gateway(tmp_path, rgw, "replica").start()
    try:
        wait_for(lambda: is_ready(replica), what="the probe of the store")
        shutil.rmtree(other.folder)
        third = second_clone(workspace, tmp_path, replica).run("run", "build")
        assert (third.status, third.count("CACHE HIT (remote)")) == (0, 4), third
    finally:
        assert replica.stop() == 0


def test_a_client_that_can_only_speak_to_the_gateway_is_served_through_it(gateway):
    key = "ab" * 32
    assert gateway.request("PUT", f"/v1/proxy/blob/{key}", b"body")[0] == 200
    assert gateway.request("PUT", f"/v1/proxy/blob/{key}", b"other")[0] == 412
    status, _, body = gateway.request("GET", f"/v1/proxy/blob/{key}")
    assert (status, body) == (200, b"body")
    assert proxied_bytes(gateway) >= 8


def test_an_upload_ticket_needs_a_size(gateway):
    assert gateway.negotiate("cd" * 32, "upload")[0] == 422
    status, ticket = gateway.negotiate("cd" * 32, "upload", size=4)
    assert (status, ticket["status"]) == (200, "upload_needed")
    assert ticket["headers"]["If-None-Match"] == "*"


def test_while_the_store_is_down_the_gateway_runs_and_is_not_ready(tmp_path, rgw):
    gateway = s3_gateway(tmp_path, rgw, VC_S3_ENDPOINT="http://127.0.0.1:1").start()
    try:
        assert gateway.request("GET", "/health")[0] == 200
        assert not is_ready(gateway)
        status, answer = gateway.negotiate("ef" * 32, "download")
        assert (status, answer["code"]) == (502, "store_unavailable"), answer  # An error, not a miss.
        workspace = Workspace(tmp_path / "workspace", gateway)
        shapes.diamond(workspace)
        started = time.monotonic()
        run = workspace.run("run", "build")
        assert (run.status, run.count("CACHE MISS")) == (0, 4), run
        assert time.monotonic() - started < 60
    finally:
        assert gateway.stop() == 0
    assert "the object store cannot be used" in gateway.log_text()
