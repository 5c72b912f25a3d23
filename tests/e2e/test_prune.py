"""prune: what turbo prune copies, and never anything beside the output folder."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from real_turbo import run_turbo
from test_selection import commit, git, make
from velocity import tree


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
