"""An object store behind the gateway, in one run: what negotiations cost beside the store's own answers, and what it saves
that artifacts do not pass through a proxy."""

import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.parse

import gateway as gateway_bench
import measure
import tasks
import workspace

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "e2e"))
import velocity  # noqa: E402

BATCH = 1000
AT_ONCE = 16  # The gateway's VC_LOOKUP_THREADS.
SINGLES = 300
PACKAGES = 1000

# A proxying cache does at least this: it takes each artifact from the store and hands it on.
PROXY = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 1024; }}
http {{
  access_log off;
  proxy_temp_path {folder}/proxy;
  upstream store {{ server {store}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://store;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }}
  }}
}}
"""


class Proxy:
    def __init__(self, folder, store):
        folder.mkdir()
        port = gateway_bench.free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            PROXY.format(folder=folder, port=port, user=user, store=urllib.parse.urlsplit(store).netloc))
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder])
        velocity.wait_for(lambda: gateway_bench.socket.socket().connect_ex(("127.0.0.1", port)) == 0, what="nginx to listen")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def start_gateway(scratch, name, store, **variables):
    gateway = velocity.Gateway(scratch / name, **({
        "VC_STORAGE_DRIVER": "s3", "VC_S3_BUCKET": "bench", "VC_S3_ENDPOINT": store["endpoint"], "VC_LOG_LEVEL": "warn",
        "VC_SEAL_KEY_FILE": scratch / "seal.key", "AWS_ACCESS_KEY_ID": store["access_key"],
        "AWS_SECRET_ACCESS_KEY": store["secret_key"]} | variables)).start()
    velocity.wait_for(lambda: gateway.request("GET", "/readyz", token=None)[0] == 200, what="the probe of the store")
    return gateway


class Connection:
    """One kept connection; seconds a request takes on it."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
        self.connection.connect()
        self.connection.sock.setsockopt(gateway_bench.socket.IPPROTO_TCP, gateway_bench.socket.TCP_NODELAY, 1)

    def timed(self, method, path, body=None, headers=None):
        start = time.perf_counter()
        self.connection.request(method, path, body, headers or {})
        reply = self.connection.getresponse()
        content = reply.read()
        return time.perf_counter() - start, reply.status, content


def ask(connection, route, question):
    took, status, content = connection.timed("POST", route, json.dumps(question), {
        "Authorization": f"Bearer {velocity.TOKEN}", "Content-Type": "application/json"})
    if status != 200:
        raise RuntimeError(f"{route}: {status} {content}")
    return took, json.loads(content)


def path_of(url):
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}"


def key_of(name):
    return hashlib.sha256(name.encode()).hexdigest()


def fill(gateway, keys):
    body = b"x" * 500
    digest = hashlib.sha256(body).hexdigest()
    for key in keys:
        _, put = gateway.negotiate(key, "upload", size=len(body), sha256=digest)
        if put["status"] == "upload_needed":
            assert gateway.request("PUT", put["url"], body, token=None, headers=put["headers"])[0] == 200


def ticket_urls(gateway, keys):
    _, answer = ask(Connection(gateway.url), "/v1/negotiate/batch",
                    {"requests": [{"hash": key, "action": "download"} for key in keys]})
    assert all(reply["status"] == "found" for reply in answer["responses"])
    return [reply["url"] for reply in answer["responses"]]


def single_rows(scratch, store, keys):
    """[(name, [s], floor name, [s])], each request on one kept connection, ours and the store's own in turns."""
    gateway = start_gateway(scratch, "singles", store)
    try:
        direct = Connection(store["endpoint"])
        urls = ticket_urls(start_gateway_twin(scratch, store), keys[:SINGLES])
        ours = Connection(gateway.url)
        rows = {"miss": ([], []), "hit, first time": ([], []), "hit, known": ([], [])}
        for index, url in enumerate(urls):
            question = {"hash": key_of(f"absent {index}"), "action": "download"}
            took, answer = ask(ours, "/v1/negotiate", question)
            assert answer["status"] == "missing" or answer["status"] == "upload_needed", answer
            rows["miss"][0].append(took)
            for name in ("hit, first time", "hit, known"):
                took, answer = ask(ours, "/v1/negotiate", {"hash": keys[index], "action": "download"})
                assert answer["status"] == "found"
                rows[name][0].append(took)
            took, status, _ = direct.timed("GET", path_of(url))
            assert status == 200
            for _, floor in rows.values():
                floor.append(took)
        return rows
    finally:
        gateway.stop()
        start_gateway_twin.running.stop()


def start_gateway_twin(scratch, store):
    """Another replica, whose knowledge does not warm the one that is measured."""
    start_gateway_twin.running = start_gateway(scratch, "twin", store)
    return start_gateway_twin.running


def store_rate(scratch, urls):
    """Requests per second that the store itself answers, AT_ONCE at a time."""
    listed = ",\n".join(f"'{path_of(url)}'" for url in urls)
    script = scratch / "store.lua"
    script.write_text(f"local paths = {{ {listed} }}\nlocal next = 0\nrequest = function()\n  next = next % #paths + 1\n"
                      "  return wrk.format('GET', paths[next])\nend\n")
    origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(urls[0]))
    done = subprocess.run(["wrk", "-t1", f"-c{AT_ONCE}", "-d3s", "-s", script, origin], check=True, capture_output=True, text=True)
    if re.search(r"Non-2xx|Socket errors", done.stdout):
        raise RuntimeError(done.stdout)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))


def batch_rows(scratch, store, keys, rounds):
    rows = {"misses": [], "hits, first time": [], "hits, known": []}
    floors = []
    for index in range(rounds):
        gateway = start_gateway(scratch, f"batch-{index}", store)
        try:
            connection = Connection(gateway.url)
            absent = [{"hash": key_of(f"absent {index} {number}"), "action": "download"} for number in range(BATCH)]
            there = [{"hash": key, "action": "download"} for key in keys]
            for name, requests, expected in (("misses", absent, "missing"), ("hits, first time", there, "found"),
                                             ("hits, known", there, "found")):
                took, answer = ask(connection, "/v1/negotiate/batch", {"requests": requests})
                statuses = {reply["status"] for reply in answer["responses"]}
                assert statuses == {expected}, (name, statuses)
                rows[name].append(took)
            floors.append(BATCH / store_rate(scratch, [reply["url"] for reply in answer["responses"]]))
        finally:
            gateway.stop()
    return rows, floors


def restore_rows(scratch, store, rounds):
    """{"direct": [(wall, CPU, MB)], "proxy": ...} of one agent restoring the same artifacts over both ways."""
    root = scratch / "restore"
    dependencies = workspace.generate(root, PACKAGES)
    proxy = Proxy(scratch / "nginx-proxy", store["endpoint"])
    ways = {"direct": start_gateway(scratch, "direct", store),
            "proxy": start_gateway(scratch, "proxied", store, VC_S3_PUBLIC_ENDPOINT=proxy.url)}
    tool = tasks.Velocity(root, dependencies, workspace.expected_outputs(root, dependencies))
    rows = {name: [] for name in ways}
    try:
        tool.gateway = ways["direct"]
        tool.measured(executed=PACKAGES)
        for _ in range(rounds):
            for name, gateway in ways.items():
                tool.gateway = gateway
                tool.forget_outputs()
                tool.forget_local()
                rows[name].append(tool.measured(executed=0))
        return rows
    finally:
        for gateway in ways.values():
            gateway.stop()
        proxy.stop()
        shutil.rmtree(root, ignore_errors=True)


def main(scratch, rounds):
    keys = [key_of(f"there {number}") for number in range(BATCH)]
    with velocity.store_server("ceph_rgw.py") as store:
        filler = start_gateway(scratch, "filler", store)
        fill(filler, keys)
        filler.stop()
        singles = single_rows(scratch, store, keys)
        batches, floors = batch_rows(scratch, store, keys, rounds)
        restores = restore_rows(scratch, store, rounds)
    milliseconds = lambda values: measure.median(values) * 1000  # noqa: E731
    lines = ["| what | ours, median (range) | the store alone, or through a proxy | ratio |", "|---|---|---|---|"]
    for name, (ours, floor) in singles.items():
        lines.append(f"| negotiate, {name}: ms | {milliseconds(ours):.2f} | {milliseconds(floor):.2f} (GET from RGW) | "
                     f"{measure.median(ours) / measure.median(floor):.2f} |")
    for name, ours in batches.items():
        lines.append(f"| batch of {BATCH}, {name}: ms | {milliseconds(ours):.0f} ({measure.spread([v * 1000 for v in ours])}) | "
                     f"{milliseconds(floors):.0f} ({BATCH} GETs from RGW, {AT_ONCE} at once) | "
                     f"{measure.median(ours) / measure.median(floors):.2f} |")
    wall, cpu = ({way: measure.median([run[field] for run in runs]) for way, runs in restores.items()} for field in (0, 1))
    lines.append(f"| restore of {PACKAGES} artifacts: s | {wall['direct']:.3f} (agent's CPU {cpu['direct']:.2f}) | "
                 f"{wall['proxy']:.3f} (through nginx) | {wall['direct'] / wall['proxy']:.2f} |")
    return "\n".join(lines)
