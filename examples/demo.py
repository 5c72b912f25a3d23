#!/usr/bin/env python3
"""The main job on two real workspaces, every tree compared with a clean build that VelocityCache had no part in.

Called by scripts/demo, which builds the binaries first. Exits with 1 when any tree differs.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import velocity  # noqa: E402


def bold(text):
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def say(text=""):
    print(text, flush=True)


class TypeScript:
    name = "TypeScript (tsc, 5 npm packages)"
    folder = "typescript"
    outputs = "dist"
    edited = ("packages/core/src/median.ts", "// Sorts a copy: the caller's array stays as it is.\n")
    removed = "packages/text/src/legacy.ts"
    gone = "packages/text/dist/legacy.js"

    @staticmethod
    def prepare(clone):
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"], cwd=clone, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\ndemo: npm could not install TypeScript (npm ci in {clone}). It has to reach a package "
                     "registry:\n  npm config get registry\nBehind a proxy that re-signs TLS, point NODE_EXTRA_CA_CERTS at its "
                     "certificate.")

    @staticmethod
    def clean_build(clone):
        subprocess.run(["npm", "run", "build", "--workspaces", "--if-present", "--silent"], cwd=clone, check=True)

    @staticmethod
    def result(clone):
        return subprocess.run([clone / "packages/report/dist/main.js"], check=True, capture_output=True, text=True).stdout


class C:
    name = "C (cc and make, 4 packages)"
    folder = "c"
    outputs = "out"
    edited = ("libs/life/life.c", "// A torus: every row and column wraps around.\n")
    removed = "libs/draw/border.c"
    gone = "libs/draw/out/border.o"

    @staticmethod
    def prepare(clone):
        pass

    @staticmethod
    def clean_build(clone):
        for package in ("libs/life", "libs/draw", "apps/glider"):
            subprocess.run(["make", "--silent", "-C", clone / package], check=True)

    @staticmethod
    def result(clone):
        return subprocess.run([clone / "apps/glider/out/latest"], check=True, capture_output=True, text=True).stdout


def git(folder, *arguments):
    identity = ["-c", "user.name=demo", "-c", "user.email=demo@localhost", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


class Demo:
    def __init__(self, example, scratch, gateway):
        self.example, self.scratch, self.gateway = example, scratch, gateway
        self.rows, self.different, self.clean_builds = [], 0, 0
        self.origin = scratch / "origin"
        shutil.copytree(ROOT / "examples" / example.folder, self.origin, symlinks=True,
                        ignore=shutil.ignore_patterns("node_modules", "dist", "out", ".velocity"))
        git(self.origin, "init", "-q")
        git(self.origin, "add", "-A")
        git(self.origin, "commit", "-qm", "the example")

    def clone(self, name):
        git(self.scratch, "clone", "-q", self.origin, name)
        self.example.prepare(self.scratch / name)
        return velocity.Workspace(self.scratch / name, self.gateway)

    def clean_tree(self, workspace):
        """What the build itself makes of the same sources in an empty clone, and how long that takes."""
        self.clean_builds += 1
        name = f"clean-{self.clean_builds}"
        git(self.scratch, "clone", "-q", self.origin, name)
        clone = self.scratch / name
        # The working tree as it is, edits and removals included.
        git(clone, "rm", "-rq", "--ignore-unmatch", ".")
        shutil.copytree(workspace.folder, clone, symlinks=True, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns(".git", "node_modules", ".velocity", self.example.outputs))
        self.example.prepare(clone)
        started = time.monotonic()
        self.example.clean_build(clone)
        took = time.monotonic() - started
        tree = velocity.tree(clone)
        shutil.rmtree(clone)
        return tree, took

    def step(self, title, workspace, clean=None):
        started = time.monotonic()
        run = workspace.run("run", "build", timeout=600)
        wall = time.monotonic() - started
        if run.status != 0:
            sys.exit(f"{title}: velocity-cli failed\n{run}")
        tree, took = clean or self.clean_tree(workspace)
        actual = velocity.tree(workspace.folder)
        same = actual == tree
        if not same:
            self.different += 1
            for path in sorted(actual.keys() | tree.keys()):
                if actual.get(path) != tree.get(path):
                    say(f"  differs: {path}: {actual.get(path, 'absent')}, clean build: {tree.get(path, 'absent')}")
        summary = run.text.strip().splitlines()[-1]
        saved = re.search(r"saved ([^,;]+)", summary)
        self.rows.append([title, run.count("CACHE MISS"), run.count("CACHE HIT (local)"), run.count("CACHE HIT (remote)"),
                          f"{wall:.2f} s", f"{took:.2f} s", saved.group(1).strip() if saved else "-",
                          "identical" if same else "DIFFERENT"])
        say(f"  {title}: {summary}")
        return tree, took

    def play(self):
        example = self.example
        say(bold(f"\n{example.name}"))
        first = self.clone("first")
        original = self.step("cold: nothing cached anywhere", first)
        self.step("again: nothing to do", first, original)
        for folder in list(first.folder.rglob(example.outputs)):
            if "node_modules" not in folder.parts and ".velocity" not in folder.parts:
                shutil.rmtree(folder)
        self.step("outputs deleted", first, original)
        second = self.clone("second")
        self.step("a second clone", second, original)
        if example.result(first.folder) != example.result(second.folder):
            self.different += 1
            say("  the two clones' programs print different things")
        file, line = example.edited
        source = first.folder / file
        text = source.read_text()
        source.write_text(line + text)
        edited = self.step("one source edited", first)
        shutil.copy(source, second.folder / file)
        self.step("the same edit in the second clone", second, edited)
        source.write_text(text)
        self.step("the edit undone", first, original)
        (first.folder / example.removed).unlink()
        if not (first.folder / example.gone).exists():
            sys.exit(f"{example.gone} should exist before its source is removed")
        self.step("a source file removed", first)
        if (first.folder / example.gone).exists():
            self.different += 1
            say(f"  {example.gone} is stale")


def table(rows):
    head = ["what", "ran", "local", "remote", "wall", "clean build", "saved", "tree"]
    widths = [max(len(str(row[column])) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        say("  " + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)))


def main():
    with tempfile.TemporaryDirectory(prefix="velocitycache-demo-") as scratch:
        scratch = pathlib.Path(scratch)
        gateway = velocity.Gateway(scratch / "gateway-data").start()
        say(f"A gateway runs at {gateway.url}; its data is in a temporary folder.")
        demos = []
        try:
            for example in (TypeScript, C):
                folder = scratch / example.folder
                folder.mkdir()
                demos.append(Demo(example, folder, gateway))
                demos[-1].play()
            hits, misses = gateway.metric("vc_cache_hits"), gateway.metric("vc_cache_misses")
        finally:
            gateway.stop()
    for demo in demos:
        say(bold(f"\n{demo.example.name}"))
        table(demo.rows)
    say()
    say("ran: tasks executed.  local, remote: tasks whose outputs came from, or were already as in, that cache.")
    say("clean build: the same sources built from nothing by their own tools.  tree: modes, links, empty folders and contents")
    say(f"compared with it.  The gateway answered {int(hits)} lookups with a hit and {int(misses)} with a miss.")
    different = sum(demo.different for demo in demos)
    if different:
        sys.exit(f"\n{different} trees differ from a clean build.")
    say(bold("\nEvery tree is identical to a clean build."))


if __name__ == "__main__":
    main()
