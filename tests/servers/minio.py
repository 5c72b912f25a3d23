#!/usr/bin/env python3
"""A throw-away MinIO (serving.py), built by the Go toolchain: {"endpoint", "access_key", "secret_key"}.

  tests/servers/minio.py [--port N] [--access-key A] [--secret-key S]
"""

import argparse
import secrets
import sys

import serving

MODULE, VERSION = "github.com/minio/minio", "v0.0.0-20260212201848-7aac2a2c5b7c"


class Minio(serving.Server):
    def __init__(self, folder, options):
        super().__init__(folder)
        self.options = options

    def start(self):
        program = serving.go_program("minio", MODULE, VERSION)
        port = self.options.port or serving.free_ports(1)[0]
        # Its console listens on every interface unless it is told not to be.
        self.spawn(program, "server", "--quiet", "--address", f"127.0.0.1:{port}", self.folder / "data",
                   MINIO_ROOT_USER=self.options.access_key, MINIO_ROOT_PASSWORD=self.options.secret_key,
                   MINIO_BROWSER="off", MINIO_UPDATE="off", MINIO_CALLHOME_ENABLE="off", CI="true")
        self.wait_until_it_answers(port)  # Its own health check passes before it knows its users.
        return {"endpoint": f"http://127.0.0.1:{port}", "access_key": self.options.access_key,
                "secret_key": self.options.secret_key}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--access-key", default=secrets.token_hex(10))
    parser.add_argument("--secret-key", default=secrets.token_hex(20))
    options = parser.parse_args()
    return serving.serve("MinIO", lambda folder: Minio(folder, options))


if __name__ == "__main__":
    sys.exit(main())
