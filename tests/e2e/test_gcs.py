"""The main job with artifacts in Google Cloud Storage, as its emulator and the gate before it have it (fake_gcs.py)."""

import json
import shutil

import pytest

import shapes
import velocity
from velocity import Workspace, store_server, tree, wait_for

ARTIFACT_BYTES = 256 * 1024


@pytest.fixture(scope="module")
def gcs():
    with store_server("fake_gcs.py", "--bucket", "velocity-cache") as store:
        yield store


def gcs_gateway(tmp_path, gcs, **variables):
    return velocity.Gateway(tmp_path / "gateway", **({
        "VC_STORAGE_DRIVER": "gcs", "VC_GCS_BUCKET": gcs["bucket"], "VC_GCS_ENDPOINT": gcs["endpoint"],
        "VC_GCS_PREFIX": tmp_path.name, "VC_SEAL_KEY_FILE": tmp_path / "seal.key",
        "GOOGLE_APPLICATION_CREDENTIALS": gcs["key_file"]} | variables))


def is_ready(gateway):
    return gateway.request("GET", "/readyz", token=None)[0] == 200


def secrets_of(gcs):
    with open(gcs["key_file"], encoding="utf-8") as file:
        pem = json.load(file)["private_key"]
    return [velocity.TOKEN, gcs["hmac_secret"], "X-Goog-Signature", *pem.splitlines()[1:-1]]


@pytest.mark.parametrize("way", ["service account", "HMAC key"])
def test_a_second_clone_is_restored_from_the_store_and_no_secret_is_told(tmp_path, gcs, way):
    by_hmac = {"VC_GCS_HMAC_ID": gcs["hmac_id"], "VC_GCS_HMAC_SECRET": gcs["hmac_secret"]}
    gateway = gcs_gateway(tmp_path, gcs, **(by_hmac if way == "HMAC key" else {})).start()
    try:
        wait_for(lambda: is_ready(gateway), what="the probe of the store")
        workspace = Workspace(tmp_path / "workspace", gateway)
        shapes.diamond(workspace)
        # Something no compression makes small: were it proxied, the counters would show it.
        workspace.write("packages/base/build.sh",
                        shapes.BUILD_SH + f"head -c {ARTIFACT_BYTES} /dev/urandom > dist/noise\n")
        cold = workspace.run("run", "build")
        assert (cold.status, cold.count("CACHE MISS")) == (0, 4), cold

        copy = tmp_path / "second"
        shutil.copytree(workspace.folder, copy, symlinks=True, ignore=shutil.ignore_patterns("dist", ".velocity"))
        other = Workspace(copy, gateway)
        warm = other.run("run", "build")
        assert (warm.status, warm.count("CACHE HIT (remote)")) == (0, 4), warm
        assert tree(other.folder, only="dist") == tree(workspace.folder, only="dist")
        proxied = [gateway.metric(f'vc_proxy_bytes_total{{direction="{each}"}}') for each in ("in", "out")]
        assert sum(proxied) < 4 * 1024, "artifacts went through the gateway"

        status, ticket = gateway.negotiate("cd" * 32, "upload", size=4)
        assert (status, ticket["status"]) == (200, "upload_needed")
        assert ticket["headers"]["x-goog-if-generation-match"] == "0"
    finally:
        assert gateway.stop() == 0, gateway.log_text()
    for secret in secrets_of(gcs):
        for told in (gateway.log_text(), cold, warm):
            assert secret not in str(told), "a secret reached the log"


def test_an_emulator_that_ignores_the_condition_gets_no_uploads(tmp_path, gcs):
    gateway = gcs_gateway(tmp_path, gcs, VC_GCS_ENDPOINT=gcs["emulator"]).start()
    try:
        wait_for(lambda: "conditional writes are ignored" in gateway.log_text(), what="the probe's verdict")
        assert not is_ready(gateway)
        assert gateway.negotiate("cd" * 32, "upload", size=4)[0] == 502
    finally:
        assert gateway.stop() == 0


def test_what_is_no_key_of_a_service_account_stops_the_start_and_is_not_repeated(tmp_path, gcs):
    key_file = tmp_path / "key.json"
    key_file.write_text(json.dumps({"type": "service_account", "client_email": "a@b", "private_key": "the-secret"}))
    gateway = gcs_gateway(tmp_path, gcs, GOOGLE_APPLICATION_CREDENTIALS=key_file)
    with pytest.raises(RuntimeError, match="did not start"):
        gateway.start()
    assert str(key_file) in gateway.log_text()
    assert "the-secret" not in gateway.log_text()
