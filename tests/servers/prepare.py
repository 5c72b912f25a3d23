#!/usr/bin/env python3
"""Fetches and builds, once, what Debian does not package of the servers that tests start; minutes on a new machine.

  tests/servers/prepare.py      says what cannot be had, and why: the tests that need it will be skipped
"""

import fake_gcs
import minio
import serving

PARTS = {
    "MinIO": lambda: serving.go_program("minio", minio.MODULE, minio.VERSION),
    "fake-gcs-server": lambda: serving.go_program("fake-gcs-server", fake_gcs.MODULE, fake_gcs.VERSION),
    "Azurite": lambda: serving.npm_packages("azurite"),
    "s3rver": lambda: serving.npm_packages("s3rver"),
}

for name, get in PARTS.items():
    try:
        get()
        print(f"{name}: there")
    except serving.Absent as absent:
        print(f"{name}: {absent}")
