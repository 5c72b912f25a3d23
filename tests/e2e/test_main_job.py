"""The main job: cold, from the local cache, from the remote cache, after edits; every tree equal to a clean build."""

import shutil

import pytest

import shapes
from velocity import Workspace, tree


def outputs(workspace):
    return tree(workspace.folder, only="dist")


def clean_build(workspace, tmp_path, name="clean"):
    """The same sources built from nothing, by the commands themselves, without VelocityCache."""
    import subprocess
    copy = tmp_path / name
    shutil.copytree(workspace.folder, copy, symlinks=True,
                    ignore=shutil.ignore_patterns("dist", ".velocity", ".git", "node_modules"))
    for package in ("base", "left", "right", "top"):
        if (copy / "packages" / package / "build.sh").exists():
            subprocess.run(["sh", "build.sh"], cwd=copy / "packages" / package, check=True, capture_output=True)
    return tree(copy, only="dist")


def second_clone(workspace, tmp_path, name="second"):
    copy = tmp_path / name
    shutil.copytree(workspace.folder, copy, symlinks=True,
                    ignore=shutil.ignore_patterns("dist", ".velocity", "node_modules"))
    return Workspace(copy, workspace.gateway)


def test_the_documented_file_works_as_it_is(workspace, tmp_path):
    # B15: the documented `dist/**` has to cache and bring back real files.
    shapes.diamond(workspace, shapes.DOCUMENTED % workspace.gateway.url)
    cold = workspace.run("run", "build")
    assert cold.status == 0, cold
    assert cold.count("CACHE MISS") == 4, cold
    expected = clean_build(workspace, tmp_path)
    assert outputs(workspace) == expected

    shutil.rmtree(workspace.folder / "packages/top/dist")
    warm = workspace.run("run", "build")
    assert (warm.status, warm.count("CACHE HIT (local)"), warm.count("CACHE MISS")) == (0, 4, 0), warm
    assert outputs(workspace) == expected

    other = second_clone(workspace, tmp_path)
    remote = other.run("run", "build")
    assert (remote.status, remote.count("CACHE HIT (remote)")) == (0, 4), remote
    assert outputs(other) == expected


def test_each_task_of_a_diamond_runs_once(workspace, tmp_path):
    # B19
    shapes.diamond(workspace)
    log = tmp_path / "builds"
    assert workspace.run("run", "build", BUILD_LOG=log).status == 0
    assert sorted(line.rsplit("/", 1)[1] for line in log.read_text().splitlines()) == ["base", "left", "right", "top"]


def test_a_second_run_does_nothing_and_asks_nobody(workspace, tmp_path):
    shapes.diamond(workspace)
    log = tmp_path / "builds"
    workspace.run("run", "build", BUILD_LOG=log)
    before = log.read_text()
    stamps = {p: p.stat().st_mtime_ns for p in workspace.folder.rglob("dist/*")}
    lines = workspace.gateway.log_text().count('"route"')
    again = workspace.run("run", "build", BUILD_LOG=log)
    assert again.count("CACHE HIT (local)") == 4, again
    assert log.read_text() == before
    assert {p: p.stat().st_mtime_ns for p in workspace.folder.rglob("dist/*")} == stamps, "outputs were rewritten"
    assert workspace.gateway.log_text().count('"route"') == lines, "a no-op talked to the gateway"


def test_modes_links_and_empty_folders_come_back(workspace, tmp_path):
    # B23
    shapes.diamond(workspace)
    workspace.run("run", "build")
    for dist in workspace.folder.glob("packages/*/dist"):
        shutil.rmtree(dist)
    hit = workspace.run("run", "build")
    assert hit.count("CACHE HIT (local)") == 4, hit
    restored = outputs(workspace)
    assert restored == clean_build(workspace, tmp_path)
    assert restored["packages/top/dist/latest"] == "link tool"
    assert restored["packages/top/dist/empty"] == "folder"
    assert restored["packages/top/dist/tool"].startswith("file 755 ")


def test_stale_files_do_not_survive_a_hit_or_a_run(workspace, tmp_path):
    shapes.diamond(workspace)
    workspace.run("run", "build")
    (workspace.folder / "packages/left/src/b.txt").unlink()
    workspace.run("run", "build")  # An execution: left and top.
    assert not (workspace.folder / "packages/left/dist/b.txt").exists()
    assert outputs(workspace) == clean_build(workspace, tmp_path, "without-b")
    workspace.write("packages/left/src/b.txt", "left b\n")
    workspace.write("packages/left/dist/stray.txt", "a stray file under the globs\n")
    back = workspace.run("run", "build")  # A hit on the first state.
    assert back.count("CACHE HIT (local)") == 4, back
    assert outputs(workspace) == clean_build(workspace, tmp_path, "with-b")


def test_an_edit_runs_only_what_depends_on_it(workspace, tmp_path):
    shapes.diamond(workspace)
    workspace.run("run", "build")
    workspace.write("packages/left/src/a.txt", "edited\n")
    log = tmp_path / "builds"
    run = workspace.run("run", "build", BUILD_LOG=log)
    assert sorted(line.rsplit("/", 1)[1] for line in log.read_text().splitlines()) == ["left", "top"], run
    assert outputs(workspace) == clean_build(workspace, tmp_path)


def test_the_log_of_a_task_is_replayed(workspace):
    # B33
    shapes.diamond(workspace)
    assert workspace.run("run", "build").count("building base") == 1
    assert workspace.run("run", "build").count("building base") == 1
    quiet = workspace.run("run", "build", "--output-logs=none")
    assert quiet.count("building base") == 0


def test_it_runs_from_a_sub_folder(workspace):
    # B33
    shapes.diamond(workspace)
    run = workspace.run("run", "build", cwd=workspace.folder / "packages" / "left" / "src")
    assert (run.status, run.count("CACHE MISS")) == (0, 4), run


def test_changed_outputs_are_repaired(workspace, tmp_path):
    shapes.diamond(workspace)
    workspace.run("run", "build")
    target = workspace.folder / "packages/base/dist/a.txt"
    target.write_text("tampered\n")
    (workspace.folder / "packages/base/dist/tool").chmod(0o644)
    run = workspace.run("run", "build")
    assert run.count("CACHE MISS") == 0, run
    assert outputs(workspace) == clean_build(workspace, tmp_path)


def test_a_failing_task_stops_its_dependents_and_is_not_cached(workspace):
    # B32
    shapes.diamond(workspace)
    workspace.write("packages/left/build.sh", "echo about to fail\nexit 3\n")
    for _ in range(2):
        run = workspace.run("run", "build")
        assert run.status == 1, run
        assert "about to fail" in run.text
        assert "left#build" in run.text.splitlines()[-1] or "failed" in run.text, run
        assert not (workspace.folder / "packages/top/dist").exists()
    workspace.write("packages/left/build.sh", shapes.BUILD_SH)
    assert workspace.run("run", "build").status == 0


def test_force_runs_everything_again_and_writes(workspace, tmp_path):
    shapes.diamond(workspace)
    workspace.run("run", "build")
    log = tmp_path / "builds"
    assert workspace.run("run", "build", "--force", BUILD_LOG=log).status == 0
    assert len(log.read_text().splitlines()) == 4


def test_plan_says_what_would_happen_and_does_nothing(workspace):
    shapes.diamond(workspace)
    plan = workspace.run("plan", "build")
    assert plan.status == 0, plan
    assert not list(workspace.folder.glob("packages/*/dist"))
    assert workspace.run("plan", "build", "--exit-code").status != 0
    workspace.run("run", "build")
    assert workspace.run("plan", "build", "--exit-code").status == 0


def test_clean_removes_the_local_cache_alone(workspace):
    shapes.diamond(workspace)
    workspace.run("run", "build")
    before = outputs(workspace)
    cleaned = workspace.run("clean")
    assert cleaned.status == 0, cleaned
    assert outputs(workspace) == before
    run = workspace.run("run", "build", "--cache=local:rw")
    assert run.count("CACHE HIT (local)") == 0, run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_commands(lonely_workspace, shell):
    run = lonely_workspace.run("completion", shell)
    assert run.status == 0
    assert "plan" in run.out and "clean" in run.out


def test_an_input_edited_while_its_task_runs_is_not_stored(workspace):
    shapes.diamond(workspace)
    workspace.write("packages/base/build.sh", shapes.BUILD_SH + "echo late >> src/a.txt\n")
    first = workspace.run("run", "build")
    assert first.status == 0, first
    second = workspace.run("run", "build")
    assert second.count("CACHE MISS") >= 1, second


def test_hits_and_misses_are_counted_by_the_gateway(workspace, tmp_path):
    shapes.diamond(workspace)
    workspace.run("run", "build")
    assert workspace.gateway.metric("vc_cache_misses") == 4
    second_clone(workspace, tmp_path).run("run", "build")
    assert workspace.gateway.metric("vc_cache_hits") == 4
