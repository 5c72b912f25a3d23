"""prune: what turbo prune copies, and never anything beside the output folder."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import pytest

import npm_registry
import test_lockfiles
from real_turbo import run_turbo
from test_selection import commit, git, make
from velocity import Workspace, clean_environment, tree, wait_for


@pytest.fixture
def workspace(tmp_path):
    workspace = make(tmp_path / "ws")
    write = workspace.write
    write(".gitignore", "node_modules\n.turbo\n.velocity\ndist\nout*\n")
    write(".npmrc", "fund=false\n")
    write("README.md", "not copied\n")
    write("packages/ui/.gitignore", "/secret\n")
    write("packages/ui/secret", "ignored here\n")
    write("packages/ui/dist/built", "ignored above\n")
    write("packages/ui/node_modules/x/i.js", "installed\n")
    write("packages/ui/.turbo/log", "of a run\n")
    write("packages/ui/untracked", "counts\n")
    write("packages/ui/.hidden", "counts\n")
    write("packages/ui/tool.sh", "#!/bin/sh\n", mode=0o755)
    (workspace.folder / "packages/ui/empty").mkdir()
    (workspace.folder / "packages/ui/link").symlink_to("../../README.md")
    (workspace.folder / "packages/ui/dangling").symlink_to("/nonexistent/x")
    write("apps/docs/local", "of a package that is left out\n")
    return workspace


def files(folder):
    return {path: what for path, what in tree(folder, skip=()).items() if path != ".velocity-prune"}


# What only we copy: our own configuration; and links to what is not there (yet), which turbo drops: a build may make it.
OURS = {"velocity.yml", "full/velocity.yml", "packages/ui/dangling", "full/packages/ui/dangling"}
# Copied by both, written anew by turbo: it narrows the workspaces of the root's manifest, and formats.
REWRITTEN = {"package.json", "full/package.json", "json/package.json", "package-lock.json", "json/package-lock.json",
             "turbo.json", "full/turbo.json"}


@pytest.mark.parametrize("docker", [[], ["--docker"]])
@pytest.mark.parametrize("packages", [["web"], ["docs", "admin"], ["lonely"]])
def test_the_files_are_those_of_turbo(workspace, packages, docker):
    run = workspace.run("prune", *packages, "--out-dir=out-ours", *docker)
    assert run.status == 0, run
    done = run_turbo(workspace.folder, "prune", *packages, "--out-dir=out-turbo", *docker)
    assert done.returncode == 0, done.stderr
    ours, turbos = files(workspace.folder / "out-ours"), files(workspace.folder / "out-turbo")
    assert set(ours) - set(turbos) == OURS & set(ours)
    assert set(turbos) <= set(ours)
    differing = {path for path in turbos if turbos[path] != ours[path]}
    assert differing <= REWRITTEN, differing


def test_what_is_pruned_is_a_workspace(workspace):
    assert workspace.run("prune", "web").status == 0
    out = workspace.folder / "out"
    locked = json.loads((out / "package-lock.json").read_text())["packages"]
    assert sorted(name for name in locked if name and not name.startswith("node_modules/")) == [
        "apps/web", "packages/core", "packages/ui", "packages/utils"]
    run = workspace.run("plan", "lint", "--json", cwd=out)
    planned = sorted(task["package"] for task in json.loads(run.out)["tasks"])
    assert planned == ["@acme/core", "@acme/ui", "utils", "web"], run
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    environment = os.environ | {"npm_config_cache": str(workspace.folder / "cache")}
    done = subprocess.run(["npm", "ci", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=out,
                          capture_output=True, text=True, check=False, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    assert (out / "node_modules/@acme/ui").resolve() == (out / "packages/ui").resolve()


def test_a_change_elsewhere_leaves_the_result_as_it_is(workspace):
    assert workspace.run("prune", "web", "--docker").status == 0
    before = files(workspace.folder / "out")
    workspace.write("apps/docs/new.txt", "elsewhere")
    workspace.write("README.md", "elsewhere")
    run = workspace.run("prune", "web", "--docker")  # Its own output may be made again.
    assert run.status == 0, run
    assert files(workspace.folder / "out") == before


def test_nothing_is_written_beside_the_output_folder(workspace, tmp_path):
    commit(workspace, "all")
    elsewhere = tmp_path / "elsewhere"
    (workspace.folder / "packages/ui/up").symlink_to("../../..")
    before = tree(workspace.folder, skip=())
    run = workspace.run("prune", "web", "--out-dir", elsewhere)
    assert run.status == 0, run
    assert tree(workspace.folder, skip=()) == before
    assert os.readlink(elsewhere / "packages/ui/up") == "../../.."


def test_an_output_folder_inside_a_package_is_no_source(workspace):
    for _ in range(2):
        run = workspace.run("prune", "web", "--out-dir=packages/ui/pruned")
        assert run.status == 0, run
    assert not (workspace.folder / "packages/ui/pruned/packages/ui/pruned").exists()


def test_folders_with_something_in_them_are_refused(workspace, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    run = workspace.run("prune", "web", "--out-dir", full)
    assert run.status == 2 and "is not empty" in run.err and "--force" in run.err, run
    assert list(full.iterdir()) == [full / "mine"]
    assert workspace.run("prune", "web", "--out-dir", full, "--force").status == 0
    assert (full / "mine").read_text() == "mine" and (full / "apps/web/package.json").exists()
    for folder in (".", "..", "/", "apps"):
        run = workspace.run("prune", "web", "--out-dir", folder)
        assert run.status == 2, run
    assert pathlib.Path(workspace.folder / "apps/web/package.json").exists()


def test_mistakes_are_told(workspace):
    run = workspace.run("prune", "wbe")
    assert run.status == 2 and 'did you mean "web"' in run.err and not (workspace.folder / "out").exists(), run
    assert workspace.run("prune").status == 2
    workspace.write("package-lock.json", "{}")
    run = workspace.run("prune", "web")
    assert run.status == 0 and "all of package-lock.json is copied" in run.err, run
    assert (workspace.folder / "out/package-lock.json").read_text() == "{}"


def test_tracked_files_count_even_where_they_are_ignored(workspace):
    workspace.write("packages/ui/dist/kept", "tracked")
    git(workspace.folder, "add", "-f", "packages/ui/dist/kept")
    assert workspace.run("prune", "web").status == 0
    assert (workspace.folder / "out/packages/ui/dist/kept").exists()
    assert not (workspace.folder / "out/packages/ui/dist/built").exists()
    (workspace.folder / ".git").rename(workspace.folder.parent / "away")
    assert workspace.run("prune", "web").status == 0
    assert not (workspace.folder / "out/packages/ui/dist").exists(), "without git the ignore files count alone"


OUTSIDE = ("left", "inner", "right", "shared", "tool")


def named_in(lockfile):
    """Which of the packages from outside a lockfile has entries of."""
    text = lockfile.read_text()
    return {name for name in OUTSIDE if f"{name}@" in text or f"node_modules/{name}" in text}


def install(program, manager, folder, home, registry):
    """As the manager does it in an image: nothing but what the lockfile says."""
    berry = ["install", "--immutable", "--mode=skip-build"]
    frozen = {"npm": ["ci", "--no-audit", "--no-fund"], "pnpm": ["install", "--frozen-lockfile"],
              "yarn1": ["install", "--frozen-lockfile", "--non-interactive"], "yarn3": berry, "yarn4": berry,
              "bun": ["install", "--frozen-lockfile"]}
    environment = clean_environment(**test_lockfiles.settings(registry, home / "installing"))
    frozen = frozen.get(manager.name) or frozen[repr(manager)]
    return subprocess.run([program, *frozen], cwd=folder, env=environment, timeout=240, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


@pytest.mark.parametrize("manager", test_lockfiles.MANAGERS, ids=repr)
def test_the_lockfile_is_cut_down_and_the_manager_installs_from_it(manager, tmp_path):
    program = test_lockfiles.found(manager.name, manager.version)
    if program is None:
        pytest.skip(f"no {manager!r} here")
    workspace, home = Workspace(tmp_path / "ws"), tmp_path / "home"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path)
    with npm_registry.serve() as registry:
        for name in ("left", "inner", "shared", "tool"):
            registry.publish(name, "1.0.0")
        registry.publish("right", "1.0.0", shared="^1.0.0")
        test_lockfiles.write_members(workspace, manager)
        manifest = json.loads((workspace.folder / "package.json").read_text())
        workspace.write("package.json", json.dumps(manifest | {"packageManager": f"{manager.name}@{said.stdout.strip()}"}))
        workspace.write("turbo.json", json.dumps({"tasks": {"build": {}}}))
        workspace.write(".gitignore", "node_modules\n.velocity\nout*\n")
        test_lockfiles.lock(workspace, manager, program, registry, home)
        for wanted, expected in (("web", {"inner", "right", "shared", "tool"}), ("api", {"left", "tool"}),
                                 ("docs", {"tool"})):
            run = workspace.run("prune", wanted, "--out-dir", f"out-{wanted}")
            assert run.status == 0 and run.err == "", run
            out = workspace.folder / f"out-{wanted}"
            assert named_in(out / manager.lockfile) == expected
            done = run_turbo(workspace.folder, "prune", wanted, "--out-dir", f"out-turbo-{wanted}")
            assert done.returncode == 0, done.stderr
            assert named_in(workspace.folder / f"out-turbo-{wanted}" / manager.lockfile) == expected
            elsewhere = tmp_path / wanted  # Not below the workspace, where managers would look for it.
            shutil.copytree(out, elsewhere, symlinks=True)
            before = (elsewhere / manager.lockfile).read_text()
            installed = install(program, manager, elsewhere, home, registry)
            assert installed.returncode == 0, installed.stdout + installed.stderr
            assert (elsewhere / manager.lockfile).read_text() == before
            assert (elsewhere / "node_modules/tool/package.json").exists()
        user = tmp_path / "web/packages/web/node_modules/right" if manager.name == "pnpm" else \
            tmp_path / "web/node_modules/right"
        assert json.loads((user / "package.json").read_text())["version"] == "1.0.0"


PATCH = """\
diff --git a/extra.js b/extra.js
new file mode 100644
index 0000000000000000000000000000000000000000..9daeafb9864cf43055ae93beb0afd6c7d144bfa4
--- /dev/null
+++ b/extra.js
@@ -0,0 +1 @@
+test
"""


@pytest.mark.parametrize("manager", [one for one in test_lockfiles.MANAGERS if one.name == "pnpm"], ids=repr)
def test_patches_of_pnpm_come_along(manager, tmp_path):
    program = test_lockfiles.found(manager.name, manager.version)
    if program is None:
        pytest.skip(f"no {manager!r} here")
    workspace, home = Workspace(tmp_path / "ws"), tmp_path / "home"
    with npm_registry.serve() as registry:
        for name in ("left", "inner", "shared", "tool"):
            registry.publish(name, "1.0.0")
        registry.publish("right", "1.0.0", shared="^1.0.0")
        test_lockfiles.write_members(workspace, manager)
        manifest = json.loads((workspace.folder / "package.json").read_text())
        patched = {"right@1.0.0": "patches/right.patch"}
        workspace.write("package.json", json.dumps(manifest | {"pnpm": {"patchedDependencies": patched}}))
        workspace.write("patches/right.patch", PATCH)
        test_lockfiles.lock(workspace, manager, program, registry, home)
        for wanted in ("web", "api"):
            run = workspace.run("prune", wanted, "--docker", "--out-dir", tmp_path / wanted)
            assert run.status == 0 and run.err == "", run
            installed = install(program, manager, tmp_path / wanted / "json", home, registry)
            assert installed.returncode == 0, installed.stdout + installed.stderr
            assert (tmp_path / wanted / "full/patches/right.patch").read_text() == PATCH
    assert (tmp_path / "web/json/packages/web/node_modules/right/extra.js").exists()


BERRIES = [manager for manager in test_lockfiles.MANAGERS if repr(manager) in ("yarn3", "yarn4")]


@pytest.mark.parametrize("manager", BERRIES, ids=repr)
def test_what_yarn_patches_and_replaces_comes_along(manager, tmp_path):
    program = test_lockfiles.found(manager.name, manager.version)
    if program is None:
        pytest.skip(f"no {manager!r} here")
    workspace, home = Workspace(tmp_path / "ws"), tmp_path / "home"
    at_root, source = ("~/", "npm%3A") if manager.version == "4" else ("./", "")
    with npm_registry.serve() as registry:
        for name in ("left", "inner", "shared", "tool"):
            registry.publish(name, "1.0.0")
        registry.publish("shared", "1.1.0")
        registry.publish("left", "1.1.0")
        registry.publish("right", "1.0.0", shared="^1.0.0")
        registry.publish("fsevents", "2.0.0")  # yarn has patches of its own for it.
        registry.packages["fsevents"]["versions"]["2.0.0"]["os"] = ["darwin"]
        test_lockfiles.write_members(workspace, manager)
        manifest = json.loads((workspace.folder / "package.json").read_text())
        # The root depends on docs, which nobody asks for; each replacement is for one package alone.
        workspace.write("package.json", json.dumps(manifest | {
            "devDependencies": {"tool": "^1.0.0", "docs": "workspace:*"},
            "resolutions": {"right": f"patch:right@{source}1.0.0#{at_root}.yarn/patches/right.patch",
                            "right@npm:1.0.0/shared": "1.0.0", "api/left": "1.0.0"}}))
        for name, wanted in (("ui", {"inner": f"patch:inner@{source}1.0.0#./inner.patch", "fsevents": "^2.0.0"}),
                             ("docs", {"fsevents": "~2.0.0", "alias": "npm:left@^1.0.0", "left": "^1.0.0"})):
            of_it = json.loads((workspace.folder / f"packages/{name}/package.json").read_text())
            workspace.write(f"packages/{name}/package.json", json.dumps(of_it | {"dependencies": wanted}))
        workspace.write("packages/ui/inner.patch", PATCH)
        workspace.write(".yarn/patches/right.patch", PATCH)
        workspace.write(".yarn/plugins/a.cjs", "//\n")
        workspace.write(".yarn/releases/yarn.cjs", "//\n")
        workspace.write(".yarn/cache/big.zip", "not copied\n")
        test_lockfiles.lock(workspace, manager, program, registry, home)
        for wanted, members in (("web", {"docs", "ui", "web"}), ("ui", {"docs", "ui"}), ("api", {"api", "docs"})):
            run = workspace.run("prune", wanted, "--docker", "--out-dir", tmp_path / wanted)
            assert run.status == 0 and run.err == "", run
            out = tmp_path / wanted
            assert {path.name for path in (out / "json/packages").iterdir()} == members
            installed = install(program, manager, out / "json", home, registry)
            assert installed.returncode == 0, installed.stdout + installed.stderr
            for part in ("json", "full"):
                assert {path.name for path in (out / part / ".yarn").iterdir()} >= {"plugins", "releases"}
                assert not (out / part / ".yarn/cache").exists()
        assert (tmp_path / "web/json/node_modules/right/extra.js").exists()
        assert (tmp_path / "web/json/node_modules/inner/extra.js").exists()
        assert not (tmp_path / "ui/json/.yarn/patches").exists(), "nobody there uses right"


def test_what_the_root_depends_on_comes_along(workspace):
    manifest = json.loads((workspace.folder / "package.json").read_text())
    workspace.write("package.json", json.dumps(manifest | {"devDependencies": {"utils": "*"}}))
    assert workspace.run("prune", "lonely", "--out-dir=out-ours").status == 0
    done = run_turbo(workspace.folder, "prune", "lonely", "--out-dir=out-turbo")
    assert done.returncode == 0, done.stderr
    ours, turbos = (os.listdir(workspace.folder / out / "packages") for out in ("out-ours", "out-turbo"))
    assert "utils" in ours and sorted(ours) == sorted(turbos)


def test_a_turbo_json_is_workspace_enough(workspace):
    workspace.write("turbo.json", json.dumps({"globalDependencies": ["shared.json"], "tasks": {"lint": {}, "//#top": {}}}))
    workspace.write("shared.json", "{}")
    assert workspace.run("prune", "web", "--out-dir=out-both").status == 0
    (workspace.folder / "velocity.yml").unlink()
    run = workspace.run("prune", "web", "--out-dir=out-ours")
    assert run.status == 0, run
    done = run_turbo(workspace.folder, "prune", "web", "--out-dir=out-turbo")
    assert done.returncode == 0, done.stderr
    ours, turbos = files(workspace.folder / "out-ours"), files(workspace.folder / "out-turbo")
    assert set(ours) - set(turbos) == {"packages/ui/dangling", "shared.json"} - set(turbos)
    assert set(turbos) <= set(ours)
    planned = workspace.run("plan", "lint", "--json", cwd=workspace.folder / "out-ours")
    assert sorted(task["package"] for task in json.loads(planned.out)["tasks"]) == ["@acme/core", "@acme/ui", "utils", "web"]
    root = workspace.run("prune", "//")
    assert root.status == 2 and "the root of the workspace is a package itself, and needed" in root.err, root
    nowhere = workspace.run("prune", "web", cwd=workspace.folder.parent)
    assert nowhere.status == 2 and "no velocity.yml or turbo.json in" in nowhere.err, nowhere


def test_an_interrupted_prune_is_made_again_by_the_next(workspace):
    for number in range(400):
        workspace.write(f"packages/ui/many/{number % 20}/{number}", f"{number}\n" * 50)
    assert workspace.run("prune", "web", "--out-dir=out-whole").status == 0
    whole = files(workspace.folder / "out-whole")
    out, chance = workspace.folder / "out", random.Random(8)
    for number in range(30):
        is_first = number % 3 == 0
        if is_first:
            shutil.rmtree(out, ignore_errors=True)
        process = workspace.start("prune", "web")
        if is_first:
            wait_for(out.exists, what="the output folder")
        else:
            time.sleep(chance.random() * 0.06)  # Anywhere in it; each place is a good one.
        process.send_signal(signal.SIGKILL if number % 2 else signal.SIGINT)
        process.communicate(timeout=60)
        if number % 5 == 4:
            run = workspace.run("prune", "web")
            assert run.status == 0, run
            assert files(out) == whole


@pytest.mark.parametrize("left", [[".vc-tmp-1"], [".velocity-prune", ".vc-tmp-1", "apps/web/package.json"]])
def test_what_an_interruption_can_leave_is_replaced(workspace, left):
    for path in left:
        workspace.write(f"out/{path}", "half")
    run = workspace.run("prune", "web")
    assert run.status == 0, run
    assert workspace.run("prune", "web", "--out-dir=out-whole").status == 0
    assert files(workspace.folder / "out") == files(workspace.folder / "out-whole")
