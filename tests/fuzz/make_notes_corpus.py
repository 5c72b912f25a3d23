"""Writes the seeds of notes_fuzz and shared_notes_fuzz: notes as a run writes them, whole and cut."""

import hashlib
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus" / "notes_fuzz"


def text(value):
    return struct.pack("<I", len(value)) + value


def ingredient(kind, name, value):
    return bytes([kind]) + text(name) + value


def plain(value):
    return b"\xff" + text(value)


def digest(word, content):
    return bytes([word]) + hashlib.sha256(content).digest()


def notes(label, *ingredients):
    return (text(label) + hashlib.sha256(label).digest() + struct.pack("<qBI", 1795000000000, 1, len(ingredients)) +
            b"".join(ingredients))


SEEDS = {
    "empty": notes(b"a#b"),
    "files": notes(b"web#build", ingredient(2, b"", plain(b"packages/web")), ingredient(7, b"src/a.ts", digest(1, b"a")),
                   ingredient(7, b"src/b.sh", digest(2, b"b")), ingredient(7, b"src/c", digest(3, b"c"))),
    "other": notes(b"web#build", ingredient(4, b"command", plain(b"make")), ingredient(8, b"MODE", digest(0, b"x")),
                   ingredient(9, b"cc -v", digest(4, b"y")), ingredient(14, b"lib#build", digest(0, b"z"))),
    "cut": notes(b"web#build", ingredient(2, b"", plain(b"packages/web")))[:-3],
}

SHARED = b"velocity shared notes 1\n" + text(b"p") + text(b"") + text(b"0" * 40) + text(b"b")

SHARED_SEEDS = {
    "none": SHARED,
    "one": SHARED + text(SEEDS["empty"]),
    "twice": SHARED + text(SEEDS["empty"]) + text(SEEDS["empty"]),
    "another": SHARED + text(SEEDS["files"]),
    "cut": SHARED + text(SEEDS["empty"])[:-3],
}

if __name__ == "__main__":
    CORPUS.mkdir(parents=True, exist_ok=True)
    for name, seed in SEEDS.items():
        (CORPUS / name).write_bytes(seed)
    pair = SEEDS["files"]
    (CORPUS / "pair").write_bytes(pair + pair)
    shared = CORPUS.with_name("shared_notes_fuzz")
    shared.mkdir(parents=True, exist_ok=True)
    for name, seed in SHARED_SEEDS.items():
        (shared / name).write_bytes(seed)
