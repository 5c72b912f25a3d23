"""What the throw-away servers of this folder have in common.

Each is a program that runs in the foreground on free loopback ports, prints one line of JSON when it
answers ({"endpoint": ..., ...}), and runs until its standard input ends or a signal asks it to stop:
a test that dies closes the pipe, so that nothing is left running. Then it ends the processes it
started, and removes its folder. Where a part of it cannot be had, the line is {"absent": reason}
and the exit status 77.
"""

import hashlib
import http.client
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

EXIT_ABSENT = 77
ATTEMPTS = 2
PATIENCE_S = 45


class Absent(Exception):
    """Why there can be no such server on this machine."""


def require(name, programs):
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise Absent(f"no {name} here: {', '.join(missing)} not installed (scripts/setup installs it)")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Server:
    """Processes with a folder of their own. Subclasses have start(), which returns what to print."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []

    def spawn(self, *command, **environment):
        with open(self.folder / "server.log", "ab") as log:
            # In a session of its own: Ctrl-C in a terminal is for us, who end them in order.
            self.processes.append(subprocess.Popen(command, cwd=self.folder, env=os.environ | environment,
                                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                   start_new_session=True))

    def wait_until_it_answers(self, port, path="/", connect=http.client.HTTPConnection, **options):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                connection = connect("127.0.0.1", port, timeout=5, **options)
                connection.request("GET", path)
                status = connection.getresponse().status
                connection.close()
                if status < 500:
                    return
                raise http.client.HTTPException(f"status {status}")
            except (OSError, http.client.HTTPException) as error:
                ended = [process.args[0] for process in self.processes if process.poll() is not None]
                if ended or time.monotonic() > deadline:
                    raise RuntimeError(f"it does not answer; ended: {ended}") from error
                time.sleep(0.05)

    def stop(self):
        for process in reversed(self.processes):  # Nothing of it is worth an orderly end.
            try:
                os.killpg(process.pid, signal.SIGKILL)  # Its session is its own, its workers are in it.
            except ProcessLookupError:
                pass
            process.wait()


def serve(name, make):
    """Runs make(folder) until standard input ends; the program's exit status."""
    def interrupt(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)
    # Paths of sockets have at most 107 bytes: not below a test's own deep folder.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vc-store-"))
    server = None
    try:
        for attempt in range(1, ATTEMPTS + 1):
            (folder / str(attempt)).mkdir()
            server = make(folder / str(attempt))
            try:
                print(json.dumps(server.start()), flush=True)
                break
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                # Somebody else may have taken the port meanwhile.
                said = "".join(log.read_text(errors="replace")[-2000:] for log in server.folder.glob("*.log"))
                print(f"{name} did not start (attempt {attempt}): {error}\n{said}", file=sys.stderr)
                server.stop()
        else:
            return 1
        while True:
            select.select([sys.stdin], [], [])
            if not os.read(sys.stdin.fileno(), 4096):
                return 0
    except KeyboardInterrupt:
        return 0
    except Absent as absent:
        print(json.dumps({"absent": str(absent)}), flush=True)
        return EXIT_ABSENT
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def cache_folder():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "velocitycache-servers"


def keep(made, where):
    """Moves a file or folder to where others find it: whole, or not at all. Of two at once the first one stays."""
    where.parent.mkdir(parents=True, exist_ok=True)
    beside = where.with_name(f"{where.name}.{os.getpid()}")
    shutil.move(made, beside)
    try:
        beside.rename(where)
    except OSError:
        shutil.rmtree(beside)  # A folder does not replace a folder that is not empty.


def go_program(name, module, version):
    """The path of a program that the Go toolchain has built, the first time in minutes, and keeps for the next time."""
    program = cache_folder() / f"{name}-{version}"
    if program.exists():
        return program
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        raise Absent(f"no {name} here: it is not packaged, and there is no Go toolchain to build it")
    with tempfile.TemporaryDirectory(prefix="vc-go-") as folder:
        print(f"building {module}@{version}, once", file=sys.stderr)
        built = subprocess.run([go, "install", f"{module}@{version}"], env=os.environ | {"GOBIN": folder}, check=False,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if built.returncode != 0:
            raise Absent(f"no {name} here: the Go toolchain could not build it: {built.stderr.strip().splitlines()[-1:]}")
        keep(pathlib.Path(folder) / name, program)
    return program


def npm_packages(name):
    """A folder with node_modules as this folder's <name>/package-lock.json pins them, installed once and kept."""
    pinned = pathlib.Path(__file__).resolve().parent / name
    lock = (pinned / "package-lock.json").read_bytes()
    kept = cache_folder() / f"{name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    if kept.exists():
        return kept
    require(name, ("node", "npm"))
    with tempfile.TemporaryDirectory(prefix="vc-npm-") as folder:
        fresh = pathlib.Path(shutil.copytree(pinned, pathlib.Path(folder) / name))
        installed = subprocess.run(["npm", "ci", "--ignore-scripts", "--omit=dev", "--omit=optional"], cwd=fresh, check=False,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if installed.returncode != 0:
            raise Absent(f"no {name} here: npm could not fetch it: {installed.stderr.strip().splitlines()[:1]}")
        keep(fresh, kept)
    return kept
