"""How tasks are run: retries, timeout, weight, mutex."""

import json

import pytest

from test_interruption import process_exists
from velocity import wait_for


def package(workspace, name, script):
    workspace.write(f"packages/{name}/package.json", json.dumps({"name": name}))
    workspace.write(f"packages/{name}/task.sh", script)


def configure(workspace, rules, **keys):
    lines = "".join(f"    {key}: {value}\n" for key, value in (rules | keys).items())
    workspace.write("velocity.yml", f"version: 1\npipeline:\n  build:\n    command: sh task.sh\n{lines}")
    workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}')


def test_a_flaky_task_is_tried_again(lonely_workspace, tmp_path):
    count = tmp_path / "count"
    configure(lonely_workspace, {"retries": 2, "outputs": '["out/**"]'})
    package(lonely_workspace, "web", f"""echo x >> {count}
n=$(wc -l < {count}); echo "this is try $n"
mkdir out || exit 9   # Only when the outputs of the try before are gone.
touch out/$n
[ $n -eq 2 ]
""")
    run = lonely_workspace.run("run", "build")
    assert run.status == 0, run
    assert "web#build: 1st attempt failed: exit status 1" in run.out
    assert "(2nd attempt)" in run.out
    assert [f.name for f in (lonely_workspace.folder / "packages/web/out").iterdir()] == ["2"]
    again = lonely_workspace.run("run", "build")
    assert "this is try 2" in again.out and "this is try 1" not in again.out, again


def test_after_the_last_attempt_the_task_has_failed(lonely_workspace, tmp_path):
    count = tmp_path / "count"
    configure(lonely_workspace, {"retries": 2})
    package(lonely_workspace, "web", f"echo x >> {count}; exit 7\n")
    run = lonely_workspace.run("run", "build", "--json")
    assert run.status == 1, run
    assert count.read_text() == "x\n" * 3
    task = json.loads(run.out)["tasks"][0]
    assert (task["result"], task["exit_status"], task["attempts"]) == ("failed", 7, 3)


@pytest.mark.parametrize("stubborn", ["sleep 1000", "trap '' TERM; while :; do sleep 0.1; done"])
def test_a_timeout_ends_the_task_and_what_it_has_started(lonely_workspace, tmp_path, stubborn):
    pid = tmp_path / "pid"
    configure(lonely_workspace, {"timeout": "1s"})
    package(lonely_workspace, "web", f"""(exec >/dev/null 2>&1; echo $(exec sh -c 'echo $PPID') > {pid}; {stubborn}) &
while [ ! -s {pid} ]; do sleep 0.01; done
{stubborn}
""")
    run = lonely_workspace.run("run", "build")
    assert run.status == 1, run
    assert "web#build: FAILED: timed out after 1.0 s\n" in run.out
    if pid.exists() and pid.read_text():  # A very slow machine may not have come this far.
        wait_for(lambda: not process_exists(int(pid.read_text())), what="the child in the background to be gone")


ALONE = """mkdir {folder} || {{ echo another one runs; exit 5; }}
sleep 0.1
rmdir {folder}
"""


def test_tasks_of_one_mutex_never_run_at_once(lonely_workspace, tmp_path):
    configure(lonely_workspace, {"mutex": "[database]"})
    for index in range(6):
        package(lonely_workspace, f"p{index}", ALONE.format(folder=tmp_path / "lock"))
    run = lonely_workspace.run("run", "build", "--concurrency=6")
    assert run.status == 0, run
    assert run.count("CACHE MISS") == 6


def test_a_task_that_weighs_more_than_there_is_runs_alone(lonely_workspace, tmp_path):
    configure(lonely_workspace, {"weight": 9})
    for index in range(4):
        package(lonely_workspace, f"p{index}", ALONE.format(folder=tmp_path / "lock"))
    run = lonely_workspace.run("run", "build", "--concurrency=4")
    assert run.status == 0, run


def test_a_package_has_rules_of_its_own(lonely_workspace, tmp_path):
    count = tmp_path / "count"
    configure(lonely_workspace, {"retries": 5})
    package(lonely_workspace, "web", f"echo x >> {count}; exit 1\n")
    lonely_workspace.write("packages/web/velocity.yml", "pipeline:\n  build:\n    retries: 1\n")
    assert lonely_workspace.run("run", "build").status == 1
    assert count.read_text() == "x\n" * 2


def test_mistakes_are_shown_where_they_are(lonely_workspace):
    configure(lonely_workspace, {"retries": 11, "timeout": 30, "weight": '"2"', "mutex": '"a b"'})
    run = lonely_workspace.run("run", "build")
    assert run.status == 2, run
    assert 'velocity.yml:5:14: error[VC0111]: "retries" must be a whole number from 0 to 10' in run.err
    assert 'help: did you mean "30s"?' in run.err
    assert "help: remove the quotes" in run.err
    assert run.count("error[") == 4


def test_the_rules_are_no_part_of_the_key(lonely_workspace):
    configure(lonely_workspace, {})
    package(lonely_workspace, "web", "echo built\n")
    assert lonely_workspace.run("run", "build").count("CACHE MISS") == 1
    configure(lonely_workspace, {"retries": 1, "timeout": "5m", "weight": 2, "mutex": "x"})
    run = lonely_workspace.run("run", "build")
    assert run.count("CACHE HIT (local)") == 1, run
