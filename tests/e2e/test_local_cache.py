"""The local cache: its limits, damage in it, and several processes at it: runs, worktrees, gc."""

import json
import shutil
import subprocess

import pytest

import shapes
from velocity import Workspace
from test_main_job import clean_build, outputs


def forget_outputs(workspace):
    for dist in workspace.folder.glob("packages/*/dist"):
        shutil.rmtree(dist)


def entries(folder):
    return sorted(folder.rglob("*.tar.zst"))


def gc(workspace, *arguments, **variables):
    run = workspace.run("gc", "--json", *arguments, **variables)
    assert run.status == 0, run
    return json.loads(run.out)


@pytest.fixture
def built(lonely_workspace):
    shapes.diamond(lonely_workspace)
    run = lonely_workspace.run("run", "build")
    assert run.status == 0, run
    return lonely_workspace


def test_gc_brings_the_cache_under_the_limits_it_is_given(built):
    cache = built.folder / ".velocity/cache"
    sizes = [entry.stat().st_size for entry in entries(cache)]
    assert len(sizes) == 4
    nothing = gc(built)
    assert (nothing["removed"]["entries"], nothing["left"]) == (0, {"entries": 4, "bytes": sum(sizes)})
    would = gc(built, "--dry-run", "--max-size=0")
    assert (would["dry_run"], would["removed"]["entries"], len(entries(cache))) == (True, 4, 4)
    done = gc(built, "--max-size", str(max(sizes)))
    assert done["left"]["entries"] == 1 == len(entries(cache))
    assert gc(built, VELOCITY_CACHE_MAX_SIZE="0")["left"]["entries"] == 0

    text = built.run("gc", "--dry-run")
    assert "would remove 0 results" in text.out and str(cache) in text.out, text


@pytest.mark.parametrize("arguments, named", [(["--max-size=lots"], "--max-size"), (["--max-age=-3d"], "--max-age"),
                                              (["--max-size"], "--max-size"), (["--every"], "--every")])
def test_bad_limits_are_usage_errors_and_remove_nothing(built, arguments, named):
    run = built.run("gc", *arguments)
    assert run.status == 2 and named in run.err and "help" in run.err, run
    assert len(entries(built.folder / ".velocity/cache")) == 4


def test_gc_outside_a_workspace_says_what_to_do(tmp_path):
    run = Workspace(tmp_path / "nowhere").run("gc")
    assert run.status == 2 and "VELOCITY_CACHE_DIR" in run.err, run
    elsewhere = Workspace(tmp_path / "nowhere").run("gc", VELOCITY_CACHE_DIR=tmp_path / "none")
    assert elsewhere.status == 0 and not (tmp_path / "none").exists(), elsewhere


def test_damage_and_leftovers_go_and_what_is_not_ours_stays(built, tmp_path):
    cache = built.folder / ".velocity/cache"
    expected = outputs(built)
    header, body, whole, flipped = entries(cache)
    header.write_bytes(b"\0" * 100 + header.read_bytes()[100:])
    body.write_bytes(body.read_bytes()[:-10])
    content = bytearray(flipped.read_bytes())
    content[-10] ^= 1
    flipped.write_bytes(content)
    foreign = [cache / "notes.txt", whole.parent / "notes.txt", cache / "v1/.tmp/mine"]
    for file in foreign:
        file.write_text("mine\n")
    report = gc(built)
    assert (report["damaged"], report["left"]["entries"]) == (2, 2), "a flipped byte is seen by whoever unpacks it"

    forget_outputs(built)
    shutil.rmtree(built.folder / ".velocity/outputs")
    run = built.run("run", "build")
    assert run.status == 0 and run.count("CACHE HIT (local)") == 1 and run.count("warning") == 1, run
    assert outputs(built) == expected
    assert len(entries(cache)) == 4, "what was damaged has been put in again"
    assert gc(built, "--max-size=0")["left"]["entries"] == 0
    assert all(file.read_text() == "mine\n" for file in foreign)


def test_gc_beside_runs_that_restore(built, tmp_path):
    """Whatever gc takes away under their hands, runs end well and with a clean build's tree."""
    expected = clean_build(built, tmp_path)
    for _ in range(8):
        forget_outputs(built)
        run = built.start("run", "build")
        while run.poll() is None:
            assert built.run("gc", "--max-size=0").status == 0
        out, err = run.communicate()
        assert run.returncode == 0, out + err
        assert outputs(built) == expected


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t.invalid", *arguments], cwd=folder, check=True,
                   capture_output=True)


def worktrees(workspace):
    """The workspace as a repository's main worktree, and two linked ones."""
    git(workspace.folder, "init", "-q")
    git(workspace.folder, "add", "-A")
    git(workspace.folder, "commit", "-qm", "first")
    linked = []
    for name in ("one", "two"):
        folder = workspace.folder.with_name(name)
        git(workspace.folder, "worktree", "add", "-q", folder)
        linked.append(Workspace(folder, workspace.gateway))
    return linked


def test_worktrees_share_the_cache_of_the_main_one(lonely_workspace, tmp_path):
    shapes.diamond(lonely_workspace)
    one, two = worktrees(lonely_workspace)
    assert one.run("run", "build").count("CACHE MISS") == 4
    assert len(entries(lonely_workspace.folder / ".velocity/cache")) == 4
    assert not (one.folder / ".velocity/cache").exists()
    hit = two.run("run", "build")
    assert hit.count("CACHE HIT (local)") == 4, hit
    assert outputs(two) == outputs(one) == clean_build(one, tmp_path)
    assert lonely_workspace.run("run", "build").count("CACHE HIT (local)") == 4
    status = subprocess.run(["git", "status", "--porcelain"], cwd=lonely_workspace.folder, capture_output=True, text=True, check=True)
    assert status.stdout == ""
    own = two.run("run", "build", "--force", VELOCITY_CACHE_DIR="here")
    assert own.status == 0 and len(entries(two.folder / "here")) == 4, own


def test_runs_at_once_in_one_checkout_and_in_two_worktrees(lonely_workspace, tmp_path):
    shapes.diamond(lonely_workspace)
    one, two = worktrees(lonely_workspace)
    expected = clean_build(one, tmp_path)
    for attempt in range(3):
        log = tmp_path / f"builds-{attempt}"
        for workspace in (one, two):
            workspace.write("packages/base/src/a.txt", f"attempt {attempt}\n")
        runs = [workspace.start("run", "build", BUILD_LOG=log) for workspace in (one, one, two, two)]
        for run in runs:
            out, err = run.communicate(timeout=120)
            assert run.returncode == 0, out + err
        builds = log.read_text().splitlines()
        assert len(builds) == len(set(builds)) <= 8, "a task was built twice in one checkout"
        assert outputs(one) == outputs(two)
        assert outputs(one)["packages/base/dist/a.txt"] != expected["packages/base/dist/a.txt"]
        assert gc(one)["damaged"] == 0
    assert outputs(one) == clean_build(one, tmp_path, "clean-again")
