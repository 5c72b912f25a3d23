#!/usr/bin/env python3
"""Writes the seeds of archive_fuzz that are tars: an honest archive with every kind of member, and hostile variants.

Run it in this folder after a change of the archive format; the seeds are committed.
"""

import hashlib
import json
import pathlib

CORPUS = pathlib.Path(__file__).parent / "corpus" / "archive_fuzz"
KEY = hashlib.sha256(b"a key").hexdigest()
TAR_INSIDE_ZSTD = b"\x01"


def member(name, content=b"", kind=b"0", mode=b"0000644", link=b""):
    block = bytearray(512)
    for offset, text in ((0, name), (100, mode), (108, b"0000000"), (116, b"0000000"), (124, b"%011o" % len(content)),
                         (136, b"%011o" % 315532800), (148, b" " * 8), (156, kind), (157, link), (257, b"ustar\x0000"),
                         (329, b"0000000"), (337, b"0000000")):
        block[offset:offset + len(text)] = text
    block[148:155] = b"%06o\0" % sum(block)
    return bytes(block) + content + bytes(-len(content) % 512)


def listed(path, content=b"", **more):
    return {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content), **more}


def archive(outputs, members):
    manifest = {"format": 1, "fingerprint_version": 1, "key": KEY, "label": "p#t", "duration_ms": 1, "exit_status": 0,
                "provenance": {}, "outputs": outputs}
    return (member(b".velocity/manifest.json", json.dumps(manifest).encode()) + member(b".velocity/log") + members +
            bytes(1024))


def pax(record):
    length = len(record) + 3
    return member(b"././@PaxHeader", b"%d %s\n" % (length + len(str(length)) - 1, record), b"x")


HONEST = [listed("dist/a", b"hello"), {"path": "dist/d", "directory": True}, {"path": "dist/l", "link": "a"},
          listed("dist/run", b"#!", executable=True)]
FILE = member(b"dist/a", b"hello")
REST = (member(b"dist/d/", kind=b"5", mode=b"0000755") + member(b"dist/l", kind=b"2", link=b"a") +
        member(b"dist/run", b"#!", mode=b"0000755"))

SEEDS = {
    "tar_honest": archive(HONEST, FILE + REST),
    "tar_cut_off": archive(HONEST, FILE + REST)[:-1536],
    "tar_below_a_link": archive([listed("dist/l/pwned", b"hello")],
                                member(b"dist/l", kind=b"2", link=b"/tmp") + member(b"dist/l/pwned", b"hello")),
    "tar_hard_link": archive([listed("a")], member(b"a", kind=b"1", link=b"/etc/passwd")),
    "tar_device": archive([listed("a")], member(b"a", kind=b"3")),
    "tar_pax_path": archive([listed("a")], pax(b"path=../a") + member(b"a")),
    "tar_no_manifest": member(b".velocity/log") + FILE + bytes(1024),
}

for name, tar in SEEDS.items():
    (CORPUS / name).write_bytes(TAR_INSIDE_ZSTD + tar)
