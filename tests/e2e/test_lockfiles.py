"""Lockfiles as the real package managers write them: a dependency that moves on changes the keys of its users alone."""

import json
import os
import shutil
import subprocess

import pytest

import npm_registry
from velocity import ROOT, clean_environment

# Where scripts/setup puts those that the distribution does not have.
INSTALLED = ROOT / "build" / "package-managers"

VELOCITY = "version: 1\npipeline:\n  build:\n    command: \"true\"\n    inputs: [\"package.json\"]\n"

# name: what it depends on. `web` uses `ui`, which is in the workspace; `right` brings `shared` along.
MEMBERS = {"api": {"left": "^1.0.0"}, "ui": {"inner": "^1.0.0"}, "web": {"right": "^1.0.0"}, "docs": {}}
EVERYONE = set(MEMBERS)


def found(name, version=""):
    """The program, or None: its copy in the build folder, else on PATH if it is of that version."""
    for folder in sorted(INSTALLED.glob(f"{name}-{version}*"), reverse=True):
        program = folder / "node_modules" / ".bin" / name
        if program.exists():
            return str(program)
    program = shutil.which(name)
    if program is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)
    return program if said.returncode == 0 and said.stdout.strip().startswith(version) else None


class Manager:
    """One package manager, and what it calls things."""

    def __init__(self, name, version, lockfile, install, local_range):
        self.name, self.version, self.lockfile = name, version, lockfile
        self.install, self.local_range = install, local_range

    def __repr__(self):
        return f"{self.name}{self.version}"


MANAGERS = [
    Manager("npm", "", "package-lock.json", ["install", "--package-lock-only", "--no-audit", "--no-fund"], "*"),
    Manager("pnpm", "9", "pnpm-lock.yaml", ["install", "--lockfile-only"], "workspace:*"),
    Manager("pnpm", "10", "pnpm-lock.yaml", ["install", "--lockfile-only"], "workspace:*"),
    Manager("yarn", "1", "yarn.lock", ["install", "--non-interactive", "--ignore-scripts"], "*"),
    Manager("yarn", "3", "yarn.lock", ["install", "--no-immutable", "--mode=update-lockfile"], "workspace:*"),
    Manager("yarn", "4", "yarn.lock", ["install", "--no-immutable", "--mode=update-lockfile"], "workspace:^"),
    Manager("bun", "1", "bun.lock", ["install", "--lockfile-only", "--no-frozen-lockfile"], "workspace:*"),
]


def write_members(workspace, manager):
    root = {"name": "shop", "version": "1.0.0", "private": True, "workspaces": ["packages/*"],
            "devDependencies": {"tool": "^1.0.0"}}
    workspace.write("velocity.yml", VELOCITY)
    workspace.write("pnpm-workspace.yaml", "packages: [\"packages/*\"]\n")
    workspace.write("package.json", json.dumps(root))
    for name, dependencies in MEMBERS.items():
        wanted = dependencies | ({"ui": manager.local_range} if name == "web" else {})
        workspace.write(f"packages/{name}/package.json",
                        json.dumps({"name": name, "version": "1.0.0", "dependencies": wanted}))


def settings(registry, home):
    """All that keeps the managers away from this machine's own settings, caches and registry."""
    return {"HOME": home, "CI": "1", "XDG_CACHE_HOME": home / "xdg", "PATH": os.environ["PATH"],
            "npm_config_registry": registry.url, "npm_config_cache": home / "cache",
            "npm_config_store_dir": home / "store", "npm_config_manage_package_manager_versions": "false",
            "yarn_registry": registry.url, "YARN_CACHE_FOLDER": home / "yarn", "YARN_GLOBAL_FOLDER": home / "berry",
            "YARN_NPM_REGISTRY_SERVER": registry.url, "YARN_UNSAFE_HTTP_WHITELIST": "127.0.0.1",
            "YARN_ENABLE_TELEMETRY": "0", "YARN_NODE_LINKER": "node-modules", "YARN_IGNORE_PATH": "1",
            "BUN_INSTALL_CACHE_DIR": home / "bun"}


def lock(workspace, manager, program, registry, home):
    """Resolves everything anew, with a cache of its own, so that what was published since is seen."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    (workspace.folder / manager.lockfile).unlink(missing_ok=True)
    environment = clean_environment(**settings(registry, home))
    extra = ["--no-frozen-lockfile"] if manager.name == "pnpm" else []
    done = subprocess.run([program, *manager.install, *extra], cwd=workspace.folder, env=environment, timeout=240,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def keys(workspace):
    plan = workspace.run("plan", "build", "--json")
    assert plan.status == 0, plan
    assert "VC0207" not in plan.err, plan
    return {task["package"]: task["key"] for task in json.loads(plan.out)["tasks"]}


@pytest.mark.parametrize("manager", MANAGERS, ids=repr)
def test_a_bump_changes_the_keys_of_its_users_alone(manager, lonely_workspace, tmp_path):
    program = found(manager.name, manager.version)
    if program is None:
        pytest.skip(f"no {manager!r} here")
    workspace, home = lonely_workspace, tmp_path / "home"
    with npm_registry.serve() as registry:
        for name in ("left", "inner", "shared", "tool"):
            registry.publish(name, "1.0.0")
        registry.publish("right", "1.0.0", shared="^1.0.0")
        write_members(workspace, manager)
        lock(workspace, manager, program, registry, home)
        before = keys(workspace)
        assert set(before) == EVERYONE
        for published, users in (("left", {"api"}), ("shared", {"web"}), ("inner", {"ui", "web"}),
                                 ("tool", EVERYONE)):
            registry.publish(published, "1.1.0")
            lock(workspace, manager, program, registry, home)
            assert "1.1.0" in (workspace.folder / manager.lockfile).read_text()
            after = keys(workspace)
            assert {name for name in after if after[name] != before[name]} == users, published
            before = after
    assert keys(workspace) == before
