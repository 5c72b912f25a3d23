"""The real turbo, which scripts/setup installs, and workspaces for it."""

import json
import pathlib
import subprocess

import pytest

import velocity

VERSION = "2.11.11"
TOOLS = (velocity.ROOT / "build" / "test-tools", velocity.ROOT / "build" / "bench-tools")


def find():
    """The program for this machine, or None."""
    for tools in TOOLS:
        found = [*tools.glob("node_modules/@turbo/linux-*/bin/turbo"), *tools.glob("node_modules/turbo-linux-*/bin/turbo")]
        for binary in found:
            package = json.loads((tools / "node_modules" / "turbo" / "package.json").read_text())
            if package["version"] == VERSION:
                return binary
    return None


def require():
    binary = find()
    if binary is None:
        pytest.skip(f"turbo {VERSION} is not installed (scripts/setup does it where npm is reachable)")
    return binary


def environment(**variables):
    return velocity.clean_environment(TURBO_TELEMETRY_DISABLED=1, DO_NOT_TRACK=1, **variables)


def plan(folder, tasks, **variables):
    """What `turbo run --dry=json` says."""
    done = subprocess.run([require(), "run", *tasks, "--dry=json"], cwd=folder, env=environment(**variables),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def make(folder, turbo, packages, files=None, root=None):
    """A git repository of npm workspaces: {directory: (name, scripts, dependencies, turbo.json or None)}."""
    workspace = velocity.Workspace(folder)
    manifest = {"name": "repository", "private": True, "packageManager": "npm@10.0.0"}
    if packages:
        manifest["workspaces"] = sorted({str(pathlib.PurePath(directory).parent / "*") for directory in packages})
    workspace.write("package.json", json.dumps(manifest | (root or {}), indent=2) + "\n")
    workspace.write("package-lock.json", '{"name": "repository", "lockfileVersion": 3, "packages": {}}\n')
    workspace.write("turbo.json", turbo if isinstance(turbo, str) else json.dumps(turbo, indent=2) + "\n")
    workspace.write(".gitignore", "node_modules\n.turbo\n.velocity\ndist/\n.next/\ncoverage/\n*.log\n")
    for directory, (name, scripts, dependencies, own) in packages.items():
        described = {"name": name, "version": "1.0.0", "scripts": {script: f"echo {script}" for script in scripts},
                     "dependencies": {other: "*" for other in dependencies}}
        workspace.write(f"{directory}/package.json", json.dumps(described, indent=2) + "\n")
        workspace.write(f"{directory}/src/index.ts", f"export const name = '{name}';\n")
        workspace.write(f"{directory}/README.md", f"# {name}\n")
        if own is not None:
            workspace.write(f"{directory}/turbo.json", json.dumps(own, indent=2) + "\n")
    for path, text in (files or {}).items():
        workspace.write(path, text)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"],
                    ["-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *command], cwd=folder, check=True, env=velocity.clean_environment(), timeout=60)
    return workspace
