#!/usr/bin/env python3
"""A throw-away S3 store: one monitor, one OSD that lives in memory, one Ceph RADOS gateway.

  tests/servers/ceph_rgw.py      runs in the foreground on free loopback ports

Prints one line of JSON when the store answers ({"endpoint", "access_key", "secret_key"}), and runs
until its standard input ends or a signal asks it to stop: a test that dies closes the pipe, so that
nothing is left running. Then it ends the processes it started, and removes its folder. Exit status
77 with a reason on standard error when the programs are not installed. Needs neither root nor
systemd nor anything under /etc.
"""

import http.client
import json
import os
import pathlib
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
EXIT_MISSING = 77
PATIENCE_S = 60


def configuration(folder, rgw_port, mon_ports):
    """ceph.conf as text. Most of it makes a cluster of one start in seconds."""
    return "\n".join(f"{name} = {value}" if value is not None else f"[{name}]" for name, value in [
        ("global", None),
        ("fsid", uuid.uuid4()),
        ("mon host", f"[v2:127.0.0.1:{mon_ports[0]},v1:127.0.0.1:{mon_ports[1]}]"),
        ("public addr", "127.0.0.1"),
        ("cluster addr", "127.0.0.1"),
        ("ms bind ipv6", "false"),
        ("run dir", folder), ("admin socket", folder / "$name.asok"), ("log file", folder / "$name.log"),
        ("crash dir", folder), ("keyring", folder / "keyring"), ("pid file", ""),
        ("mon data", folder / "mon"), ("osd data", folder / "osd"),
        # Nobody else can reach it, so nobody is asked who they are. radosgw insists on encrypted
        # monitor sessions unless it is told otherwise.
        *((f"auth {side} required", "none") for side in ("cluster", "service", "client")),
        *((f"ms {session} mode", "crc") for session in
          ("mon client", "client", "cluster", "service", "mon cluster", "mon service")),
        # A cluster of one: no replicas, few placement groups.
        ("osd pool default size", 1), ("osd pool default min size", 1), ("mon allow pool size one", "true"),
        ("osd pool default pg num", 4), ("osd pool default pgp num", 4),
        ("osd pool default pg autoscale mode", "off"), ("osd crush chooseleaf type", 0),
        ("mon max pg per osd", 1000), ("mon data avail crit", 1), ("mon data avail warn", 1),
        ("osd objectstore", "memstore"), ("memstore device bytes", 4 << 30), ("osd op num shards", 2),
        ("osd class load list", "*"), ("osd class default list", "*"),
        # By default each change of the maps waits a second for others; making pools is many.
        ("paxos propose interval", 0.05), ("paxos min wait", 0.01), ("mon tick interval", 1),
        ("client.rgw", None),
        # Without tcp_nodelay a kept connection answers after 40 ms.
        ("rgw frontends", f"beast endpoint=127.0.0.1:{rgw_port} tcp_nodelay=1"),
        ("rgw thread pool size", 64), ("rgw run sync thread", "false"), ("rgw dynamic resharding", "false"),
        ("rgw override bucket index max shards", 1), ("rgw enable usage log", "false"),
        ("rgw enable quota threads", "false"),
    ]) + "\n"


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        self.rgw_port, *mon_ports = free_ports(3)
        self.access_key = secrets.token_hex(10)
        self.secret_key = secrets.token_hex(20)
        self.mon_ports = mon_ports
        (folder / "mon").mkdir()
        (folder / "osd").mkdir()
        (folder / "keyring").touch()
        (folder / "ceph.conf").write_text(configuration(folder, self.rgw_port, mon_ports))

    def run(self, *command, check=True):
        with open(self.folder / "commands.log", "ab") as log:
            return subprocess.run([command[0], "-c", self.folder / "ceph.conf", *command[1:]], check=check, timeout=PATIENCE_S,
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log).returncode == 0

    def spawn(self, *command):
        with open(self.folder / "daemons.log", "ab") as log:
            # In a session of its own: Ctrl-C in a terminal is for us, who end them in order.
            self.daemons.append(subprocess.Popen([command[0], "-c", self.folder / "ceph.conf", "-f", *command[1:]],
                                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                 start_new_session=True))

    def start(self):
        map_file = self.folder / "monmap"
        addresses = f"[v2:127.0.0.1:{self.mon_ports[0]},v1:127.0.0.1:{self.mon_ports[1]}]"
        self.run("monmaptool", "--create", "--addv", "a", addresses, map_file)
        self.run("ceph-mon", "-i", "a", "--mkfs", "--monmap", map_file)
        self.spawn("ceph-mon", "-i", "a")
        osd = str(uuid.uuid4())
        self.run("ceph", "--connect-timeout", str(PATIENCE_S), "osd", "new", osd)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.spawn("ceph-osd", "-i", "0")
        # Waits until the OSD is up, since it makes the first pools.
        self.run("radosgw-admin", "-n", "client.rgw", "user", "create", "--uid=tests", "--display-name=tests",
                 f"--access-key={self.access_key}", f"--secret={self.secret_key}")
        self.spawn("radosgw", "-n", "client.rgw")
        self.wait_until_it_answers()

    def wait_until_it_answers(self):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.rgw_port, timeout=5)
                connection.request("GET", "/")
                connection.getresponse().read()
                connection.close()
                return
            except OSError as error:
                dead = [daemon.args[0] for daemon in self.daemons if daemon.poll() is not None]
                if dead or time.monotonic() > deadline:
                    raise RuntimeError(f"the store does not answer; ended: {dead}") from error
                time.sleep(0.05)

    def stop(self):
        for daemon in reversed(self.daemons):  # It is all in memory: nothing is worth an orderly end.
            if daemon.poll() is None:
                daemon.kill()
            daemon.wait()


def main():
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        print(f"no Ceph RGW here: {', '.join(missing)} not installed (scripts/setup installs it)", file=sys.stderr)
        return EXIT_MISSING
    def interrupt(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)
    # Paths of sockets have at most 107 bytes: not below a test's own deep folder.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vc-rgw-"))
    cluster = Cluster(folder)
    try:
        cluster.start()
        print(json.dumps({"endpoint": f"http://127.0.0.1:{cluster.rgw_port}", "access_key": cluster.access_key,
                          "secret_key": cluster.secret_key}), flush=True)
        while True:
            select.select([sys.stdin], [], [])
            if not os.read(sys.stdin.fileno(), 4096):
                return 0
    except KeyboardInterrupt:
        return 0
    except (RuntimeError, subprocess.SubprocessError) as error:
        tail = "".join((folder / name).read_text(errors="replace")[-2000:]
                       for name in ("commands.log", "daemons.log") if (folder / name).exists())
        print(f"Ceph RGW did not start: {error}\n{tail}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
