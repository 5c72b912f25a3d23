"""An object store that fails at each step in each way, between real programs: what it costs is a row of a table.

Every row, whatever it breaks: no build fails or hangs, outputs are those of a clean build, nothing
in the store is overwritten, and what is in it afterwards serves a fresh clone.
"""

import concurrent.futures
import shutil
import sys
import time

import pytest

import shapes
import velocity
from velocity import Workspace, store_server, tree, wait_for

sys.path.insert(0, str(velocity.ROOT / "tests" / "servers"))
from fault_proxy import Fault, FaultProxy  # noqa: E402

TASKS = 4
ALWAYS = 1_000_000
PATIENCE_S = 100  # Far more than any row may take, far less than a hang.


class Row:
    """`during` is "cold": while the artifacts are made, or "warm": while a second clone wants them.

    stored: artifacts in the store after the cold run. hits: of the warm run's tasks, from the remote.
    uploads: how many PUTs the store has answered with success in the end, at most one an artifact.
    warning: part of the one warning about the remote; None when nobody needs to know.
    doubts: artifacts that arrived and were not what their seals say.
    """

    def __init__(self, during, method, kind, times, *, stored=TASKS, hits=TASKS, warning=None, doubts=0):
        self.during, self.method, self.kind, self.times = during, method, kind, times
        self.stored, self.hits, self.warning, self.doubts = stored, hits, warning, doubts
        self.name = f"{during}-{method}-{kind}-{'always' if times == ALWAYS else times}"


# The cold run's first negotiation asks for what is there; its uploads ask again and send.
ROWS = [
    # The gateway cannot ask: an error and not a miss, so nothing is sent either.
    Row("cold", "HEAD", 403, ALWAYS, stored=0, hits=0, warning="store"),
    Row("cold", "HEAD", 500, ALWAYS, stored=0, hits=0, warning="store"),
    Row("cold", "HEAD", 503, ALWAYS, stored=0, hits=0, warning="store"),
    Row("cold", "HEAD", "stall", ALWAYS, stored=0, hits=0, warning="store"),
    Row("cold", "HEAD", "reset", ALWAYS, stored=0, hits=0, warning="store"),
    Row("cold", "HEAD", "slow", ALWAYS),
    Row("cold", "HEAD", 503, 2),
    Row("cold", "HEAD", "reset", 1),
    # The upload fails.
    Row("cold", "PUT", 403, ALWAYS, stored=0, hits=0, warning="credentials"),
    Row("cold", "PUT", 403, 1),
    Row("cold", "PUT", 409, 1),
    Row("cold", "PUT", 500, ALWAYS, stored=0, hits=0, warning="500"),
    Row("cold", "PUT", 500, 1),
    Row("cold", "PUT", 503, ALWAYS, stored=0, hits=0, warning="503"),
    Row("cold", "PUT", 503, 2),
    Row("cold", "PUT", "stall", ALWAYS, stored=0, hits=0, warning="VC_S3_PUBLIC_ENDPOINT"),
    Row("cold", "PUT", "reset", ALWAYS, stored=0, hits=0, warning="VC_S3_PUBLIC_ENDPOINT"),
    Row("cold", "PUT", "reset", 1),
    Row("cold", "PUT", "cut", ALWAYS, stored=0, hits=0, warning="VC_S3_PUBLIC_ENDPOINT"),
    Row("cold", "PUT", "cut", 1),
    # Stored, and the answer lost: the next attempt meets its own artifact.
    Row("cold", "PUT", "lost", 1),
    Row("cold", "PUT", "slow", ALWAYS),
    # Other bytes than were signed for: the store refuses them.
    Row("cold", "PUT", "flip", ALWAYS, stored=0, hits=0, warning="400"),
    # The lookup of a second clone fails: it builds, and does not send again what may be there.
    Row("warm", "HEAD", 403, ALWAYS, hits=0, warning="store"),
    Row("warm", "HEAD", 503, ALWAYS, hits=0, warning="store"),
    Row("warm", "HEAD", "stall", ALWAYS, hits=0, warning="store"),
    Row("warm", "HEAD", "reset", ALWAYS, hits=0, warning="store"),
    Row("warm", "HEAD", "slow", ALWAYS),
    Row("warm", "HEAD", 500, 2),
    Row("warm", "HEAD", "reset", 1),
    # The download fails.
    Row("warm", "GET", 403, ALWAYS, hits=0, warning="credentials"),
    Row("warm", "GET", 403, 1),
    Row("warm", "GET", 404, ALWAYS, hits=0),
    Row("warm", "GET", 500, ALWAYS, hits=0, warning="500"),
    Row("warm", "GET", 500, 1),
    Row("warm", "GET", 503, 2),
    Row("warm", "GET", "stall", ALWAYS, hits=0, warning="VC_S3_PUBLIC_ENDPOINT"),
    Row("warm", "GET", "reset", ALWAYS, hits=0, warning="VC_S3_PUBLIC_ENDPOINT"),
    Row("warm", "GET", "reset", 1),
    Row("warm", "GET", "cut", ALWAYS, hits=0, warning="cut off"),
    Row("warm", "GET", "slow", ALWAYS),
    # Other bytes than were sealed: each is told, none is used.
    Row("warm", "GET", "flip", ALWAYS, hits=0, doubts=TASKS),
]


def clone(workspace, folder, gateway):
    shutil.copytree(workspace.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("dist", ".velocity"))
    return Workspace(folder, gateway)


def gateway_on(proxy, store, folder):
    gateway = velocity.Gateway(folder / "gateway", **{
        "VC_STORAGE_DRIVER": "s3", "VC_S3_BUCKET": "faults", "VC_S3_ENDPOINT": proxy.url,
        "VC_S3_PREFIX": folder.name, "VC_SEAL_KEY_FILE": folder / "seal.key",
        "AWS_ACCESS_KEY_ID": store["access_key"], "AWS_SECRET_ACCESS_KEY": store["secret_key"]}).start()
    wait_for(lambda: gateway.request("GET", "/readyz", token=None)[0] == 200, what="the probe of the store")
    return gateway


class Outcome:
    """What one row's three runs did."""

    def __init__(self, row, store, folder):
        folder.mkdir()
        proxy = FaultProxy(store["endpoint"])
        gateway = gateway_on(proxy, store, folder)
        try:
            workspace = shapes.diamond(Workspace(folder / "first", gateway))
            proxy.answers.clear()  # The probe's.
            self.cold = self.run(row, "cold", workspace, proxy)
            self.tree = tree(workspace.folder, only="dist")
            self.stored = sum(status == 200 for status in proxy.statuses("PUT"))
            gateway.stop()  # A new one remembers nothing.
            proxy.fault = None
            gateway = gateway_on(proxy, store, folder)
            second = clone(workspace, folder / "second", gateway)
            self.warm = self.run(row, "warm", second, proxy)
            self.second_tree = tree(second.folder, only="dist")
            self.injected = proxy.injected
            proxy.fault = None
            third = clone(workspace, folder / "third", gateway)
            self.after = third.run("run", "build")
            self.third_tree = tree(third.folder, only="dist")
            self.written = [path for method, path, status in proxy.answers
                            if method == "PUT" and status == 200 and "/.probe/" not in path]
        finally:
            gateway.stop()
            proxy.close()
        self.log = gateway.log_text()

    @staticmethod
    def run(row, phase, workspace, proxy):
        if row.during == phase:
            proxy.fault = Fault(row.method, row.kind, row.times)
        started = time.monotonic()
        run = workspace.run("run", "build", timeout=PATIENCE_S)
        run.seconds = time.monotonic() - started
        return run


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """All rows at once: they mostly wait."""
    folder = tmp_path_factory.mktemp("faults")
    with store_server("ceph_rgw.py") as store, concurrent.futures.ThreadPoolExecutor(12) as pool:
        yield {row.name: pool.submit(Outcome, row, store, folder / row.name) for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_store_that_fails_costs_at_most_speed(row, outcomes):
    outcome = outcomes[row.name].result()
    faulty = outcome.cold if row.during == "cold" else outcome.warm

    assert outcome.injected >= min(row.times, 1), "the fault was never met"
    for run in (outcome.cold, outcome.warm, outcome.after):
        assert run.status == 0, run
    assert outcome.second_tree == outcome.tree
    assert outcome.third_tree == outcome.tree

    assert outcome.cold.count("CACHE MISS") == TASKS, outcome.cold
    assert outcome.stored == row.stored, outcome.cold
    assert outcome.warm.count("CACHE HIT (remote)") == row.hits, outcome.warm
    # Afterwards everything that is there is served, and nothing of it twice, halfway or replaced.
    assert len(outcome.written) == len(set(outcome.written)), "an artifact was overwritten"
    assert outcome.after.count("CACHE HIT (remote)") == TASKS, outcome.after

    assert faulty.count("the remote result is not used") == row.doubts, faulty
    warnings = [line for line in (faulty.out + faulty.err).splitlines() if "goes on without" in line]
    if row.warning is None:
        assert not warnings, faulty
    else:
        assert len(warnings) == 1 and row.warning in warnings[0], faulty
    for secret in (velocity.TOKEN, "X-Amz-Signature", "X-Amz-Credential"):
        assert secret not in outcome.log + faulty.out + faulty.err
