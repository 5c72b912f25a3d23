"""The real turbo, for tests that compare with it: the one that `bench/run` installs, else from npm."""

import functools
import pathlib
import shutil
import subprocess

import pytest

from velocity import ROOT, clean_environment

VERSION = "2.11.11"
TOOLS = ROOT / "build" / "bench-tools"


@functools.cache
def _binary():
    """(path, "") or (None, why there is none)."""
    def found():
        return next(iter(TOOLS.glob("node_modules/@turbo/linux-*/bin/turbo")), None)
    if found() is None:
        if shutil.which("npm") is None:
            return None, "npm is not installed"
        TOOLS.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "install", "--prefix", TOOLS, "--no-audit", "--no-fund", f"turbo@{VERSION}"],
                              capture_output=True, text=True, check=False, timeout=300)
        if done.returncode != 0 or found() is None:
            return None, f"npm cannot install turbo {VERSION} here"
    return found(), ""


def turbo_or_skip():
    binary, why = _binary()
    if binary is None:
        print(f"skipped: {why}")
        pytest.skip(why)
    return binary


def run_turbo(folder, *arguments, **variables):
    kept = {name: value for name, value in clean_environment().items() if not name.startswith("TURBO_")}
    environment = kept | {name: str(value) for name, value in variables.items()} | {"TURBO_TELEMETRY_DISABLED": "1"}
    return subprocess.run([turbo_or_skip(), *arguments], cwd=pathlib.Path(folder), env=environment, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
