#!/usr/bin/env python3
"""A throw-away Google Cloud Storage (serving.py): fsouza's fake-gcs-server, built by the Go toolchain.

It says {"endpoint", "emulator", "bucket", "key_file", "client_email", "hmac_id", "hmac_secret"}: `endpoint` is
the emulator behind a gate that checks signatures and conditions (gcs_front.py), `emulator` is it alone.

  tests/servers/fake_gcs.py [--bucket NAME]
"""

import argparse
import http.client
import json
import secrets
import subprocess
import sys

import gcs_front
import serving

MODULE, VERSION = "github.com/fsouza/fake-gcs-server", "v1.56.1"
CLIENT_EMAIL = "gateway@project.iam.gserviceaccount.com"


class FakeGcs(serving.Server):
    def __init__(self, folder, options):
        super().__init__(folder)
        self.options = options

    def start(self):
        serving.require("fake-gcs-server", ["openssl"])
        program = serving.go_program("fake-gcs-server", MODULE, VERSION)
        port = serving.free_ports(1)[0]
        self.spawn(program, "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", str(port),
                   "-public-host", f"127.0.0.1:{port}", "-log-level", "error")
        self.wait_until_it_answers(port, "/_internal/healthcheck")
        self.make_bucket(port)
        key_file, modulus = self.make_key()
        keys = gcs_front.Keys(CLIENT_EMAIL, modulus, "GOOG" + secrets.token_hex(10).upper(), secrets.token_hex(20))
        front = gcs_front.Front(port, keys)
        return {"endpoint": f"http://127.0.0.1:{front.server_port}", "emulator": f"http://127.0.0.1:{port}",
                "bucket": self.options.bucket, "key_file": str(key_file), "client_email": CLIENT_EMAIL,
                "hmac_id": keys.hmac_id, "hmac_secret": keys.hmac_secret}

    def make_bucket(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/storage/v1/b?project=project", json.dumps({"name": self.options.bucket}),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"the bucket was not made: {answer.status} {answer.read()[:200]}")
        connection.close()

    def make_key(self):
        """The JSON key of a service account, and the modulus that verifies what it signs."""
        def openssl(*arguments, **options):
            return subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True, **options).stdout
        pem = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        modulus = openssl("rsa", "-noout", "-modulus", input=pem).strip().removeprefix("Modulus=")
        key_file = self.folder / "key.json"
        key_file.write_text(json.dumps({"type": "service_account", "project_id": "project", "private_key": pem,
                                        "client_email": CLIENT_EMAIL, "universe_domain": "googleapis.com"}))
        key_file.chmod(0o600)
        return key_file, int(modulus, 16)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bucket", default="contract")
    options = parser.parse_args()
    return serving.serve("fake-gcs-server", lambda folder: FakeGcs(folder, options))


if __name__ == "__main__":
    sys.exit(main())
