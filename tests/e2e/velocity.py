"""Drives the real binaries: a gateway on a free loopback port, and workspaces made for one test."""

import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import time
import urllib.parse

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("VC_BUILD_DIR", ROOT / "build" / "release"))
CLI = BUILD / "velocity-cli"
SERVER = BUILD / "velocity-server"
TOKEN = "an-end-to-end-test-token"


STEERING = ("CI", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def clean_environment(**extra):
    """The environment of a user's shell without anything that would steer VelocityCache."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("VC_", "VELOCITY_", "GITHUB_", "GITLAB_", "npm_", "AWS_")) and name not in STEERING}
    return kept | {"NO_COLOR": "1"} | {name: str(value) for name, value in extra.items()}


class Gateway:
    """One velocity-server process on the local driver."""

    def __init__(self, root, **variables):
        self.root = pathlib.Path(root)
        self.variables = {"VC_AUTH_TOKEN": TOKEN, "VC_LOCAL_ROOT": self.root, "VC_HOST": "127.0.0.1",
                          "VC_SHUTDOWN_DELAY": "0s", "VC_LOG_FORMAT": "json"} | variables
        self.process = None
        self.port = None
        self.log = self.root.with_name(self.root.name + ".log")

    def start(self, prefix=(), port=0):
        port_file = self.root.with_name(self.root.name + ".port")
        port_file.unlink(missing_ok=True)
        environment = clean_environment(**self.variables, VC_PORT=port, VC_PORT_FILE=port_file)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*prefix, SERVER], env=environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while not (port_file.exists() and port_file.read_text().strip()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the gateway did not start: {self.log_text()}")
            time.sleep(0.02)
        self.port = int(port_file.read_text())
        return self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; the exit status of an orderly end is 0."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=30)

    def request(self, method, path, body=None, token=TOKEN, headers=None):
        """(status, headers, body) of one request; no redirects are followed, no status raises."""
        target = urllib.parse.urlsplit(path if path.startswith("http") else self.url + path)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=30)
        try:
            try:
                connection.request(method, target.path + ("?" + target.query if target.query else ""), body, headers)
            except (BrokenPipeError, ConnectionResetError):
                pass  # It answered before it had everything; the answer is there to be read.
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()

    def negotiate(self, key, action, **fields):
        status, _, body = self.request("POST", "/v1/negotiate", json.dumps({"hash": key, "action": action} | fields).encode(),
                                       headers={"Content-Type": "application/json"})
        return status, json.loads(body)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def metric(self, name):
        _, _, body = self.request("GET", "/metrics")
        for line in body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise KeyError(name)


class Run:
    """What one invocation of velocity-cli did."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        self.text = done.stdout + done.stderr

    def count(self, words):
        return self.text.count(words)

    def __repr__(self):
        return f"exit {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Workspace:
    """A folder with files, and velocity-cli run inside it."""

    def __init__(self, folder, gateway=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.gateway = gateway
        self.variables = {}

    def write(self, path, text, mode=None):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if mode is not None:
            file.chmod(mode)
        return file

    def environment(self, **variables):
        remote = {"VC_AUTH_TOKEN": TOKEN, "VC_URL": self.gateway.url} if self.gateway else {}
        return clean_environment(**(remote | self.variables | variables))

    def start(self, *arguments, prefix=(), cwd=None, **variables):
        return subprocess.Popen([*map(str, prefix), CLI, *arguments], cwd=cwd or self.folder,
                                env=self.environment(**variables), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments, cwd=None, prefix=(), timeout=120, exactly=None, **variables):
        """With `exactly`, that is the whole environment."""
        return Run(subprocess.run([*map(str, prefix), CLI, *arguments], cwd=cwd or self.folder,
                                  env=exactly or self.environment(**variables), stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=timeout, check=False))


def tree(folder, *, only=None, skip=(".git", ".velocity", "node_modules")):
    """{path: description} of everything below a folder: kind, exec bit, content digest or link target; empty folders too."""
    found = {}
    folder = pathlib.Path(folder)
    for directory, names, files in os.walk(folder):
        names[:] = [name for name in names if name not in skip]
        here = pathlib.Path(directory)
        for name in list(names) + files:
            path = here / name
            relative = str(path.relative_to(folder))
            if only is not None and only not in pathlib.Path(relative).parts:
                continue
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                found[relative] = f"link {os.readlink(path)}"
            elif stat.S_ISDIR(status.st_mode):
                found[relative] = "folder"
            else:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[relative] = f"file {stat.S_IMODE(status.st_mode):o} {digest}"
    return found


@contextlib.contextmanager
def store_server(program, *arguments):
    """What a program of tests/servers says of itself, while it runs; skips the test where it cannot be had."""
    store = subprocess.Popen([ROOT / "tests" / "servers" / program, *map(str, arguments)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    try:
        said = json.loads(store.stdout.readline() or "{}")
        if "absent" in said:
            pytest.skip(said["absent"])
        if not said:
            raise RuntimeError(f"{program} did not start")
        yield said
    finally:
        store.stdin.close()
        store.wait(timeout=60)


def interrupt_group(process, number=signal.SIGINT):
    """What Ctrl-C in a terminal does to a foreground job."""
    process.send_signal(number)


def wait_for(condition, seconds=20, what="a condition"):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.01)
