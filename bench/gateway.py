"""velocity-server against nginx on the same core, in one run: CPU per negotiation, CPU per GiB of GET and PUT."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

import measure

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "e2e"))
import velocity  # noqa: E402

NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  client_max_body_size 0;
  client_body_temp_path {folder}/body;
  server {{
    listen 127.0.0.1:{port};
    location = /negotiate {{ default_type application/json; return 200 '{constant}'; }}
    location /files/ {{ alias {folder}/files/; dav_methods PUT; create_full_put_path on; }}
  }}
}}
"""
MIB = 1 << 20


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Nginx:
    def __init__(self, folder, constant):
        (folder / "files").mkdir(parents=True)
        self.folder, self.port = folder, free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=self.port, constant=constant, user=user))
        self.process = subprocess.Popen(["taskset", "-c", "0", "nginx", "-c", folder / "nginx.conf", "-p", folder])
        velocity.wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", self.port)) == 0, what="nginx to listen")

    def cpu(self):
        return measure.process_cpu(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def load(url, seconds, script=None):
    """(requests, what wrk printed); 64 keep-alive connections on the other core."""
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", *(["-s", script] if script else []), url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    if re.search(r"Non-2xx|Socket errors", done.stdout):
        raise RuntimeError(done.stdout)
    return int(re.search(r"(\d+) requests in", done.stdout).group(1))


def microseconds_per_request(server_cpu, url, script=None, seconds=3):
    before = server_cpu()
    requests = load(url, seconds, script)
    return (server_cpu() - before) * 1e6 / requests


def negotiate_script(folder, name, bodies, token):
    """A wrk script that posts the bodies in turn."""
    path = folder / f"{name}.lua"
    listed = ",\n".join(f"'{body}'" for body in bodies)
    path.write_text(f"""local bodies = {{ {listed} }}
local next = 0
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer {token}"
wrk.headers["Content-Type"] = "application/json"
request = function()
  next = next % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[next])
end
""")
    return path


def transfer(port, head, file=None, length=0):
    """One request on one connection of ours: sends `head` and perhaps a file, reads the answer and drops its body."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head)
        if file is not None:
            with open(file, "rb") as body:
                connection.sendfile(body)
        reply = b""
        while b"\r\n\r\n" not in reply:
            piece = connection.recv(65536)
            if not piece:
                raise RuntimeError("the connection closed")
            reply += piece
        head_text, rest = reply.split(b"\r\n\r\n", 1)
        left = length - len(rest)
        while left > 0:
            # MSG_TRUNC: the kernel drops the bytes, so that the client does not disturb the measurement.
            got = connection.recv_into(bytearray(MIB), min(left, MIB), socket.MSG_TRUNC)
            if got == 0:
                raise RuntimeError("cut off")
            left -= got
    return int(head_text.split()[1])


def gib_rows(gateway, nginx, scratch, rounds):
    size = 100 * MIB
    source = scratch / "source"
    source.write_bytes(os.urandom(size))
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    shutil.copy(source, nginx.folder / "files" / "source")
    key = "11" * 32
    _, put = gateway.negotiate(key, "upload", size=size, sha256=digest)
    status, _, _ = gateway.request("PUT", put["url"], source.read_bytes(), token=None, headers=put["headers"])
    assert status == 200
    _, get = gateway.negotiate(key, "download")
    path = "/" + get["url"].split("/", 3)[3]
    assert hashlib.sha256(gateway.request("GET", get["url"], token=None)[2]).hexdigest() == digest
    cpu = {"GET": {"ours": [], "nginx": []}, "PUT": {"ours": [], "nginx": []}}

    def once(row, who, server_cpu, port, head, file=None, length=0, expected=200):
        before = server_cpu()
        status = transfer(port, head, file, length)
        if status not in (expected, 200):
            raise RuntimeError(f"{who} {row}: {status}")
        cpu[row][who].append((server_cpu() - before) * (1 << 30) / size)

    ours_cpu = lambda: measure.process_cpu(gateway.process.pid)  # noqa: E731
    for index in range(rounds):
        for _ in range(3):
            once("GET", "ours", ours_cpu, gateway.port, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), length=size)
            once("GET", "nginx", nginx.cpu, nginx.port, b"GET /files/source HTTP/1.1\r\nHost: x\r\n\r\n", length=size)
        upload_key = f"{index + 0xa0:02x}" * 32
        _, put = gateway.negotiate(upload_key, "upload", size=size, sha256=digest)
        path_put = "/" + put["url"].split("/", 3)[3]
        once("PUT", "ours", ours_cpu, gateway.port,
             f"PUT {path_put} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode(), file=source)
        once("PUT", "nginx", nginx.cpu, nginx.port,
             f"PUT /files/put-{index} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode(), file=source, expected=201)
        _, got = gateway.negotiate(upload_key, "download")
        assert hashlib.sha256(gateway.request("GET", got["url"], token=None)[2]).hexdigest() == digest
        assert (nginx.folder / "files" / f"put-{index}").stat().st_size == size
        (nginx.folder / "files" / f"put-{index}").unlink()
    return cpu


def memory_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def main(scratch, rounds):
    gateway = velocity.Gateway(scratch / "gateway", VC_THREADS=1, VC_LOG_LEVEL="warn")
    gateway.start(prefix=["taskset", "-c", "0"])
    idle_mb = memory_mb(gateway.process.pid)
    idle = [gateway.connect() for _ in range(500)]
    time.sleep(0.5)
    per_connection_kb = (memory_mb(gateway.process.pid) - idle_mb) * 1024 / len(idle)
    for connection in idle:
        connection.close()
    keys = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(1000)]
    body = b"x" * 500
    for key in keys[:64]:
        _, put = gateway.negotiate(key, "upload", size=len(body), sha256=hashlib.sha256(body).hexdigest())
        assert gateway.request("PUT", put["url"], body, token=None, headers=put["headers"])[0] == 200
    _, found = gateway.negotiate(keys[0], "download")
    nginx = Nginx(scratch / "nginx", json.dumps(found).replace("'", ""))
    ours_cpu = lambda: measure.process_cpu(gateway.process.pid)  # noqa: E731
    single = lambda key, action: json.dumps({"hash": key, "action": action})  # noqa: E731
    scripts = {
        "negotiate, hit": negotiate_script(scratch, "hit", [single(key, "download") for key in keys[:64]], velocity.TOKEN),
        "negotiate, miss": negotiate_script(scratch, "miss", [single(key, "download") for key in keys[64:]], velocity.TOKEN),
        "batch of 1000, hits": negotiate_script(scratch, "batch", [json.dumps({"requests": [
            {"hash": keys[number % 64], "action": "download"} for number in range(1000)]})],
            velocity.TOKEN),
    }
    results = {name: [] for name in ("nginx return 200", *scripts)}
    try:
        for index in range(rounds + 1):
            took = {"nginx return 200": microseconds_per_request(nginx.cpu, f"http://127.0.0.1:{nginx.port}/negotiate")}
            for name, script in scripts.items():
                route = "/v1/negotiate/batch" if name.startswith("batch") else "/v1/negotiate"
                took[name] = microseconds_per_request(ours_cpu, gateway.url + route, script)
            for name, value in took.items():
                if index > 0:  # The first round warms up.
                    results[name].append(value)
        cpu = gib_rows(gateway, nginx, scratch, rounds)
    finally:
        gateway.stop()
        nginx.stop()
    bare = measure.median(results["nginx return 200"])
    lines = ["| what | ours, median (range) | nginx, median | ratio | target |", "|---|---|---|---|---|"]
    for name in ("negotiate, hit", "negotiate, miss"):
        value = measure.median(results[name])
        lines.append(f"| {name}: CPU us per request | {value:.1f} ({measure.spread(results[name])}) | {bare:.1f} (return 200) | "
                     f"{value / bare:.2f} | 1.35 |")
    batch = measure.median(results["batch of 1000, hits"])
    lines.append(f"| batch of 1000, 64 distinct hits: CPU us per item | {batch / 1000:.2f} | - | - | 1 us |")
    for row, target, peer in (("GET", 1.1, "sendfile"), ("PUT", 2.2, "dav, no hash")):
        ours, other = measure.median(cpu[row]["ours"]), measure.median(cpu[row]["nginx"])
        lines.append(f"| {row} 100 MiB{', SHA-256 verified' if row == 'PUT' else ''}: CPU s per GiB | {ours:.3f} "
                     f"({measure.spread(cpu[row]['ours'])}) | {other:.3f} ({peer}) | {ours / other:.2f} | {target} |")
    lines.append(f"| resident memory, idle: MB | {idle_mb:.1f} | - | - | 25 MB |")
    lines.append(f"| memory per idle connection: KB | {per_connection_kb:.1f} | - | - | 20 KB |")
    return "\n".join(lines)
