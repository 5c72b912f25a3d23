#!/usr/bin/env python3
"""A throw-away s3rver from npm (serving.py): {"endpoint", "access_key", "secret_key"}.

It is the store that *ignores* `If-None-Match`: 200, and the object is overwritten. Nothing else is asked of it.
"""

import sys

import serving


class S3rver(serving.Server):
    def start(self):
        packages = serving.npm_packages("s3rver")
        port = serving.free_ports(1)[0]
        (self.folder / "data").mkdir()
        self.spawn("node", packages / "node_modules" / "s3rver" / "bin" / "s3rver.js", "--directory", self.folder / "data",
                   "--address", "127.0.0.1", "--port", str(port), "--silent")
        self.wait_until_it_answers(port)
        return {"endpoint": f"http://127.0.0.1:{port}", "access_key": "S3RVER", "secret_key": "S3RVER"}


if __name__ == "__main__":
    sys.exit(serving.serve("s3rver", S3rver))
