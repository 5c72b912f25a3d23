"""Runs an image's program as a container engine would, with the settings of a compose file: namespaces of its own, a
read-only root, no capabilities, an unprivileged user."""

import contextlib
import ctypes
import os
import pathlib
import re
import socket
import struct
import subprocess
import threading

import velocity

CLONE_NEWNET = 0x40000000
USER = "65532"
LISTENING = "velocity-server is listening"
DNS_ADDRESS = "127.0.0.11"  # Where Docker's own resolver answers inside a container.

# As process 1 of its namespace: what engines make of a container, with the tools of util-linux. chroot needs the
# three capabilities that stay in the bounding set; nothing can gain them once privileges cannot grow.
ENTER = r"""
set -e
root=$1 volume=$2 resolv_conf=$3; shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$volume" "$root/var/lib/velocity"
mount --bind "$resolv_conf" "$root/etc/resolv.conf"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+sys_chroot,+setuid,+setgid \
  chroot --userspec=%s:%s --groups= "$root" "$@"
""" % (USER, USER)


@contextlib.contextmanager
def own_network():
    """A network namespace with nothing but loopback for the calling thread, its new threads and its children, so
    that ports are free whatever else runs here. (Python has os.unshare from 3.12 on.)"""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", "rb") as before:
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
            yield
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)


@contextlib.contextmanager
def name_server(hosts):
    """Answers DNS queries (RFC 1035) for the A records of `hosts` on DNS_ADDRESS; no other name exists."""
    def answer(query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question, (kind,) = query[12:at + 5], struct.unpack(">H", query[at + 1:at + 3])
        address = hosts.get(".".join(labels))
        records = b""
        if address and kind == 1:
            records = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
        flags = 0x8180 if address else 0x8183
        return query[:2] + struct.pack(">HHHHH", flags, 1, bool(records), 0, 0) + question + records

    def serve():
        while True:
            query, client = server.recvfrom(512)
            if len(query) < 12:
                return
            server.sendto(answer(query), client)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((DNS_ADDRESS, 53))
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            server.sendto(b"", (DNS_ADDRESS, 53))
            thread.join()


def interpolated(value, environment):
    """A compose file's ${NAME}, ${NAME:-default} and ${NAME:?message} in one value."""
    def replace(match):
        name, operator, rest = match.groups()
        found = environment.get(name)
        if not found and operator == ":?":
            raise KeyError(f"{name} {rest}")
        return found or (rest if operator == ":-" else "")
    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", replace, str(value))


class ContainerGateway(velocity.Gateway):
    """The program of an image from its root folder, with these variables of a compose file's service."""

    def __init__(self, root, folder, image, variables, environment):
        super().__init__(pathlib.Path(folder) / "gateway")
        self.rootfs = pathlib.Path(root)
        self.entrypoint = image["Entrypoint"]
        self.port = 8080
        self.environment = dict(each.split("=", 1) for each in image["Env"]) | {
            name: interpolated(value, environment) for name, value in variables.items()}
        for mount_point in ("proc", "etc/resolv.conf"):
            path = self.rootfs / mount_point
            path.touch() if path.parent.name == "etc" else path.mkdir(exist_ok=True)  # As engines do.
        self.volume = pathlib.Path(folder) / "volume"
        self.volume.mkdir()
        image_folder = (self.rootfs / "var/lib/velocity").stat()  # What a new volume is made like.
        os.chown(self.volume, image_folder.st_uid, image_folder.st_gid)
        self.volume.chmod(image_folder.st_mode & 0o7777)
        self.resolv_conf = pathlib.Path(folder) / "resolv.conf"
        self.resolv_conf.write_text(f"nameserver {DNS_ADDRESS}\noptions ndots:0\n", encoding="ascii")

    def start(self, prefix=(), port=8080):
        starts = self.log_text().count(LISTENING)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "enter",
                 self.rootfs, self.volume, self.resolv_conf, *self.entrypoint],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def listens():
            assert self.process.poll() is None, self.log_text()
            return self.log_text().count(LISTENING) > starts
        velocity.wait_for(listens, what="the gateway to listen")
        return self

    @property
    def first_process(self):
        """Process 1 of the container, by its id out here."""
        ours = self.process.pid
        return int(pathlib.Path(f"/proc/{ours}/task/{ours}/children").read_text(encoding="ascii"))

    def status_of_process(self):
        """/proc/<pid>/status as a dictionary."""
        text = pathlib.Path(f"/proc/{self.first_process}/status").read_text(encoding="ascii")
        return {name: value.strip() for name, value in (line.split(":", 1) for line in text.splitlines())}

    def execute(self, *command):
        """What `docker exec` does."""
        return subprocess.run(["/usr/bin/nsenter", "--target", str(self.first_process), "--mount", "--pid", "--root",
                               "--wd=/", "--setuid", USER, "--setgid", USER, "--", *command], env=self.environment,
                              capture_output=True, text=True, timeout=30, check=False)

    def stop(self):
        if self.process.poll() is None:
            os.kill(self.first_process, 15)
        return self.process.wait(timeout=40)
