#!/usr/bin/env python3
"""A throw-away Azurite from npm (serving.py), Azure Blob Storage's emulator: {"endpoint", "account", "key"}.

  tests/servers/azurite.py [--port N] [--account A] [--key K]
"""

import argparse
import base64
import secrets
import sys

import serving


class Azurite(serving.Server):
    def __init__(self, folder, options):
        super().__init__(folder)
        self.options = options

    def start(self):
        packages = serving.npm_packages("azurite")
        port = self.options.port or serving.free_ports(1)[0]
        (self.folder / "data").mkdir()
        # As strict as it can be: neither --loose nor --skipApiVersionCheck.
        self.spawn("node", packages / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js",
                   "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", self.folder / "data",
                   "--silent", "--disableTelemetry", AZURITE_ACCOUNTS=f"{self.options.account}:{self.options.key}")
        self.wait_until_it_answers(port)
        return {"endpoint": f"http://127.0.0.1:{port}/{self.options.account}", "account": self.options.account,
                "key": self.options.key}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--account", default="tests" + secrets.token_hex(4))
    parser.add_argument("--key", default=base64.b64encode(secrets.token_bytes(64)).decode())
    options = parser.parse_args()
    return serving.serve("Azurite", lambda folder: Azurite(folder, options))


if __name__ == "__main__":
    sys.exit(main())
