#!/usr/bin/env python3
"""A throw-away OpenStack Swift with its S3 API (serving.py): {"endpoint", "access_key", "secret_key"}.

One replica of everything. It is the store that *refuses* `If-None-Match`: 501, even where nothing is in the way.
"""

import getpass
import secrets
import subprocess
import sys

import serving

PROGRAMS = ("swift-ring-builder", "swift-proxy-server", "swift-account-server", "swift-container-server",
            "swift-object-server", "memcached")
STORAGE = ("account", "container", "object")
FILTERS = ("catch_errors", "gatekeeper", "healthcheck", "cache", "listing_formats", "s3api", "tempauth", "slo")


class Swift(serving.Server):
    def __init__(self, folder):
        serving.require("Swift", PROGRAMS)
        super().__init__(folder)
        self.secret = secrets.token_hex(20)
        (folder / "devices" / "d1").mkdir(parents=True)
        (folder / "swift.conf").write_text(
            f"[swift-hash]\nswift_hash_path_prefix = {secrets.token_hex(8)}\nswift_hash_path_suffix = x\n")

    def run(self, *command):
        with open(self.folder / "commands.log", "ab") as log:
            subprocess.run(command, check=True, cwd=self.folder, timeout=serving.PATIENCE_S, stdin=subprocess.DEVNULL,
                           stdout=log, stderr=log)

    def defaults(self, port):
        return (f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port}\nuser = {getpass.getuser()}\n"
                f"swift_dir = {self.folder}\ndevices = {self.folder}/devices\nmount_check = false\nworkers = 1\n"
                f"fallocate_reserve = 0\nrecon_cache_path = {self.folder}\nlog_statsd_host =\nlog_address = /nowhere\n")

    def start(self):
        *ports, proxy_port, self.cache_port = serving.free_ports(len(STORAGE) + 2)
        self.spawn("memcached", "-u", getpass.getuser(), "-l", "127.0.0.1", "-p", str(self.cache_port), "-m", "8")
        for kind, port in zip(STORAGE, ports):
            builder = f"{kind}.builder"
            self.run("swift-ring-builder", builder, "create", "1", "1", "1")
            self.run("swift-ring-builder", builder, "add", f"r1z1-127.0.0.1:{port}/d1", "100")
            self.run("swift-ring-builder", builder, "rebalance")
            configuration = self.folder / f"{kind}.conf"
            configuration.write_text(self.defaults(port) + f"[pipeline:main]\npipeline = {kind}-server\n"
                                     f"[app:{kind}-server]\nuse = egg:swift#{kind}\n")
            self.spawn(f"swift-{kind}-server", configuration)
        for port in ports:  # The proxy shuns for a minute what does not answer at once.
            self.wait_until_it_answers(port)
        proxy = self.folder / "proxy.conf"
        proxy.write_text(
            self.defaults(proxy_port) + f"[pipeline:main]\npipeline = {' '.join(FILTERS)} proxy-server\n"
            "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n" +
            "".join(f"[filter:{name}]\n" + self.settings(name) for name in FILTERS))
        self.spawn("swift-proxy-server", proxy)
        self.wait_until_it_answers(proxy_port, "/healthcheck")
        return {"endpoint": f"http://127.0.0.1:{proxy_port}", "access_key": "test:tester", "secret_key": self.secret}

    def settings(self, name):
        return {"cache": f"use = egg:swift#memcache\nmemcache_servers = 127.0.0.1:{self.cache_port}\n",
                "s3api": "use = egg:swift#s3api\nlocation = us-east-1\n",
                "tempauth": f"use = egg:swift#tempauth\nuser_test_tester = {self.secret} .admin\n",
                }.get(name, f"use = egg:swift#{name}\n")


if __name__ == "__main__":
    sys.exit(serving.serve("Swift", Swift))
