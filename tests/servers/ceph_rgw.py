#!/usr/bin/env python3
"""A throw-away Ceph RADOS gateway (serving.py): one monitor, one OSD that lives in memory, one gateway.

  tests/servers/ceph_rgw.py [--port N] [--access-key A] [--secret-key S] [--certificate FILE]
                            [--sts]

Prints {"endpoint", "access_key", "secret_key", "folder"}: `ceph.conf` in the folder is for radosgw-admin.
Needs neither root nor systemd nor anything under /etc. With a certificate (PEM, with its key) it speaks TLS.
With --sts its user may assume the role that is then printed too ("role_arn"), for a second or more, and make
and remove keys.
"""

import argparse
import http.client
import json
import secrets
import ssl
import subprocess
import sys
import uuid

import serving
from serving import PATIENCE_S

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/tests"]}, "Action": ["sts:AssumeRole"]}]}
ALL_OF_S3 = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}]}


def configuration(folder, frontend, mon_ports, sts):
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
        ("rgw frontends", f"beast {frontend} tcp_nodelay=1"),
        ("rgw thread pool size", 64), ("rgw run sync thread", "false"), ("rgw dynamic resharding", "false"),
        ("rgw override bucket index max shards", 1), ("rgw enable usage log", "false"),
        ("rgw enable quota threads", "false"),
        # With it RGW calls a wrong signature just AccessDenied.
        *((("rgw s3 auth use sts", "true"), ("rgw sts key", "abcdefghijklmnop"),
           ("rgw sts min session duration", 1)) if sts else ()),
    ]) + "\n"


class CephRgw(serving.Server):
    def __init__(self, folder, options):
        serving.require("Ceph RGW", PROGRAMS)
        super().__init__(folder)
        self.options = options
        port, *self.mon_ports = serving.free_ports(3)
        self.port = options.port or port
        frontend = f"endpoint=127.0.0.1:{self.port}"
        if options.certificate:
            frontend = f"ssl_endpoint=127.0.0.1:{self.port} ssl_certificate={options.certificate}"
        (folder / "mon").mkdir()
        (folder / "osd").mkdir()
        (folder / "keyring").touch()
        (folder / "ceph.conf").write_text(configuration(folder, frontend, self.mon_ports, options.sts))

    def run(self, *command):
        with open(self.folder / "commands.log", "ab") as log:
            subprocess.run([command[0], "-c", self.folder / "ceph.conf", *command[1:]], check=True,
                           timeout=PATIENCE_S, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def daemon(self, *command):
        self.spawn(command[0], "-c", self.folder / "ceph.conf", "-f", *command[1:])

    def admin(self, *command):
        self.run("radosgw-admin", "-n", "client.rgw", *command)

    def make_role(self):
        self.admin("role", "create", "--role-name=cache", "--path=/", f"--assume-role-policy-doc={json.dumps(TRUST)}")
        self.admin("role-policy", "put", "--role-name=cache", "--policy-name=all",
                   f"--policy-doc={json.dumps(ALL_OF_S3)}")
        return {"role_arn": "arn:aws:iam:::role/cache"}

    def start(self):
        map_file = self.folder / "monmap"
        addresses = f"[v2:127.0.0.1:{self.mon_ports[0]},v1:127.0.0.1:{self.mon_ports[1]}]"
        self.run("monmaptool", "--create", "--addv", "a", addresses, map_file)
        self.run("ceph-mon", "-i", "a", "--mkfs", "--monmap", map_file)
        self.daemon("ceph-mon", "-i", "a")
        osd = str(uuid.uuid4())
        self.run("ceph", "--connect-timeout", str(PATIENCE_S), "osd", "new", osd)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.daemon("ceph-osd", "-i", "0")
        # Waits until the OSD is up, since it makes the first pools.
        self.admin("user", "create", "--uid=tests", "--display-name=tests", f"--access-key={self.options.access_key}",
                   f"--secret={self.options.secret_key}", *(["--caps=users=*"] if self.options.sts else []))
        more = self.make_role() if self.options.sts else {}
        self.daemon("radosgw", "-n", "client.rgw")
        scheme = "http"
        if self.options.certificate:
            scheme = "https"
            self.wait_until_it_answers(self.port, connect=http.client.HTTPSConnection,
                                       context=ssl._create_unverified_context())
        else:
            self.wait_until_it_answers(self.port)
        return {"endpoint": f"{scheme}://127.0.0.1:{self.port}", "access_key": self.options.access_key,
                "secret_key": self.options.secret_key, "folder": str(self.folder)} | more


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--access-key", default=secrets.token_hex(10))
    parser.add_argument("--secret-key", default=secrets.token_hex(20))
    parser.add_argument("--certificate")
    parser.add_argument("--sts", action="store_true")
    options = parser.parse_args()
    return serving.serve("Ceph RGW", lambda folder: CephRgw(folder, options))


if __name__ == "__main__":
    sys.exit(main())
