"""--shard: every requested task runs on exactly one machine, and the machines agree without talking."""

import json
import re

import pytest

from velocity import Workspace

VELOCITY_YML = """\
version: 1
pipeline:
  build:
    command: "echo built > out.txt"
    outputs: ["out.txt"]
    depends_on: ["^build"]
  test:
    command: "echo tested >> $TEST_LOG && echo $PWD >> $TEST_LOG"
    depends_on: ["build"]
    pass_env: ["TEST_LOG"]
"""
PACKAGES = [f"p{number}" for number in range(7)]


@pytest.fixture
def checkout(tmp_path):
    """A function that makes the same workspace once more, as another machine has it."""
    def make(name):
        workspace = Workspace(tmp_path / name)
        workspace.write("velocity.yml", VELOCITY_YML)
        workspace.write("package.json", '{"name": "root", "workspaces": ["packages/*"]}')
        for package in PACKAGES:
            uses = "" if package == "p0" else '"p0": "*"'
            workspace.write(f"packages/{package}/package.json",
                            f'{{"name": "{package}", "version": "1.0.0", "dependencies": {{{uses}}}}}')
            workspace.write(f"packages/{package}/src.txt", package)
        return workspace
    return make


def ran(path):
    lines = path.read_text().splitlines() if path.exists() else []
    return sorted(line.rsplit("/", 1)[1] for line in lines if "/" in line)


def division(run):
    return re.search(r"division ([0-9a-f]{8})", run.text).group(1)


def test_shards_together_run_everything_once(checkout, tmp_path):
    parts, divisions = [], set()
    for number in (1, 2, 3):
        workspace = checkout(f"machine{number}")
        run = workspace.run("run", "test", f"--shard={number}/3", TEST_LOG=tmp_path / f"log{number}")
        assert run.status == 0 and f"shard {number}/3: " in run.err, run
        parts.append(ran(tmp_path / f"log{number}"))
        divisions.add(division(run))
        for package in parts[-1]:
            assert (workspace.folder / "packages" / package / "out.txt").exists(), "what a test needs is there"
    assert sorted(sum(parts, [])) == PACKAGES
    assert {len(part) for part in parts} == {2, 3}
    assert len(divisions) == 1


def test_timings_of_earlier_runs_balance_the_shards(checkout, tmp_path):
    workspace = checkout("plan")
    durations = {"p0": 9000, "p1": 5000, "p2": 4000, "p3": 100, "p4": 100, "p5": 100, "p6": 100}
    halves = [dict(list(durations.items())[:3]), dict(list(durations.items())[3:])]
    for name, half in zip(("a.json", "b.json"), halves):  # As two shards of an earlier run would leave them.
        tasks = [{"task": f"{package}#test", "duration_ms": ms} for package, ms in half.items()]
        workspace.write(name, json.dumps({"tasks": tasks}))
    plans = []
    for number in (1, 2):
        run = workspace.run("plan", "test", "--json", f"--shard={number}/2", "--shard-timings=a.json",
                            "--shard-timings=b.json")
        assert run.status == 0 and "(7 timed)" in run.err, run
        plans.append({task["package"] for task in json.loads(run.out)["tasks"] if task["requested"]})
    assert plans[0] | plans[1] == set(PACKAGES) and not plans[0] & plans[1]
    sums = sorted(sum(durations[package] for package in part) for part in plans)
    assert sums == [9200, 9200]


def test_what_a_run_prints_is_a_file_of_timings(checkout, tmp_path):
    workspace = checkout("ws")
    run = workspace.run("run", "test", "--json", TEST_LOG=tmp_path / "log")
    workspace.write("timings.json", run.out)
    again = workspace.run("plan", "test", "--shard=1/2", "--shard-timings=timings.json", TEST_LOG=tmp_path / "log")
    assert again.status == 0 and "timed)" in again.err, again


def test_a_shard_without_tasks_is_no_failure(checkout, tmp_path):
    run = checkout("ws").run("run", "test", "--filter=p3", "--shard=2/2", TEST_LOG=tmp_path / "log")
    assert run.status == 0 and "shard 2/2: 0 of 1 tasks" in run.err and not (tmp_path / "log").exists(), run


@pytest.mark.parametrize("arguments, named", [
    (["--shard=5/4"], "5/4"), (["--shard=x"], "2/4"), (["--shard-timings=a.json"], "--shard"),
    (["--shard=1/2", "--shard-timings=nobody.json"], "nobody.json"),
    (["--shard=1/2", "--shard-timings=bad.json"], "bad.json"),
])
def test_mistakes_are_told(checkout, arguments, named):
    workspace = checkout("ws")
    workspace.write("bad.json", '{"tasks": [1]}')
    run = workspace.run("run", "test", *arguments)
    assert run.status == 2 and named in run.err, run
