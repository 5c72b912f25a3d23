"""The real package managers that tests start: npm from the PATH, the others where scripts/setup puts them."""

import os
import pathlib
import shutil
import subprocess

import pytest

from velocity import ROOT

TOOLS = ROOT / "build" / "package-managers"


class PackageManager:
    """A program called `program` in a folder of its own, ahead of everything else in PATH."""

    def __init__(self, name, program):
        self.name, self.program = name, program

    def bin(self):
        return None if self.name == "npm" else TOOLS / self.name / "node_modules" / ".bin"

    def path(self):
        """PATH with this manager; skips the test where it is not installed."""
        folder, path = self.bin(), os.environ["PATH"]
        if folder is None:
            if shutil.which("npm") is None:
                pytest.skip("npm is not installed")
            return path
        if not (folder / self.program).exists():
            pytest.skip(f"{self.name} is not installed: scripts/setup fetches it with npm")
        return f"{folder}:{path}"

    def start(self, words, folder, environment):
        return subprocess.run([self.program, *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, check=False)


NPM = PackageManager("npm", "npm")
PNPM_9 = PackageManager("pnpm-9.15.9", "pnpm")
PNPM_10 = PackageManager("pnpm-10.12.4", "pnpm")
YARN_1 = PackageManager("yarn-1.22.22", "yarn")
ALL = (NPM, PNPM_9, PNPM_10, YARN_1)


def environment(manager, folder, **variables):
    """What velocity-cli passes to a task of that folder, when it is started with `outer`, and `outer` itself."""
    outer = {"PATH": manager.path(), "HOME": os.environ["HOME"], "LANG": "C.UTF-8", "NO_COLOR": "1"} | variables
    return outer | {"PWD": str(pathlib.Path(folder))}
