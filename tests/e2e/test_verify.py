"""`run --verify`: is what the cache has what the tasks make?"""

import json
import shutil
import signal

import pytest

import shapes
from test_interruption import process_exists
from test_main_job import clean_build, outputs
from velocity import tree, wait_for

CONFIG = """\
version: 1
remote: {{enabled: true, url: "${{VC_URL}}", token: "${{VC_AUTH_TOKEN}}"}}
packages: ["web"]
pipeline:
  build:
    command: "sh build.sh"
    inputs: ["build.sh", "src/**"]
    outputs: [{outputs}]
    pass_env: ["UNDECLARED"]
"""
LONELY = "\n".join(line for line in CONFIG.splitlines() if not line.startswith("remote")) + "\n"


def one_task(workspace, script, outputs='"dist/**"'):
    workspace.write("velocity.yml", (CONFIG if workspace.gateway else LONELY).format(outputs=outputs))
    workspace.write("web/build.sh", f"set -e\necho building\n{script}")
    workspace.write("web/src/in.txt", "in\n")


def build(workspace, **variables):
    run = workspace.run("run", "build", **variables)
    assert run.status == 0 and run.count("CACHE MISS") == 1, run
    return tree(workspace.folder / "web")


def verify(workspace, *arguments, **variables):
    run = workspace.run("run", "build", "--verify=all", "--json", *arguments, **variables)
    assert run.out, run
    return run, json.loads(run.out)


def differences(summary):
    return [(found["kind"], found["path"]) for found in summary["tasks"][0]["verification"]["differences"]]


def entries(workspace):
    return sorted((workspace.folder / ".velocity/cache").rglob("*.tar.zst"))


@pytest.mark.parametrize("forget", [[], ["web/dist"], ["web/dist", ".velocity"]], ids=["in place", "local", "remote"])
def test_what_is_made_alike_is_a_hit_and_nothing_is_sent(workspace, gateway, tmp_path, forget):
    log = tmp_path / "log"
    one_task(workspace, f"echo ran >> {log}\nmkdir -p dist/empty\ncp src/in.txt dist/a.txt\nln -s a.txt dist/link\n")
    made = build(workspace)
    for path in forget:
        shutil.rmtree(workspace.folder / path)
    stored = tree(gateway.root)
    run, summary = verify(workspace)
    assert run.status == 0, run
    assert (summary["verified"], summary["not_reproduced"], summary["executed"]) == (1, 0, 0)
    task = summary["tasks"][0]
    assert task["result"] == ("hit_remote" if ".velocity" in forget else "hit_local")
    assert task["verification"] == {"outcome": "same", "differences_total": 0, "differences": []}
    assert "verified 1 of 1 cached results: run again they are the same" in run.err
    assert log.read_text() == "ran\n" * 2
    assert tree(workspace.folder / "web") == made and tree(gateway.root) == stored
    # What is in place now is known: the next run has nothing to do.
    again = workspace.run("run", "build")
    assert again.status == 0 and again.count("CACHE HIT (local)") == 1 and log.read_text() == "ran\n" * 2, again


def test_a_task_that_is_not_deterministic_is_named_with_its_files(workspace, gateway):
    one_task(workspace, "mkdir dist\necho same > dist/same.txt\ncat /proc/sys/kernel/random/uuid > dist/id.txt\n")
    made = build(workspace)
    shutil.rmtree(workspace.folder / "web/dist")
    stored = tree(gateway.root)
    run = workspace.run("run", "build", "--verify")
    assert run.status == 3, run
    assert "web#build: NOT REPRODUCED: what it made differs" in run.out
    assert "changed  dist/id.txt: content, 37 bytes in both" in run.out and "same.txt" not in run.out
    assert "velocity-cli run web#build --trace" in run.out
    assert "verified 1 of 1 cached results: 0 the same, 1 not" in run.out
    # The cached outputs are in place, the local cache believes in them no longer, the remote one was left alone.
    assert tree(workspace.folder / "web") == made and entries(workspace) == [] and tree(gateway.root) == stored
    alone = workspace.run("run", "build", "--remote=off")
    assert alone.count("CACHE MISS") == 1, alone


def test_undeclared_inputs_are_found_out(lonely_workspace):
    one_task(lonely_workspace, 'mkdir dist\necho "$UNDECLARED" > dist/variable.txt\ncp ../outside.txt dist/file.txt\n')
    lonely_workspace.write("outside.txt", "one\n")
    made = build(lonely_workspace, UNDECLARED="one")
    run, summary = verify(lonely_workspace, UNDECLARED="two and more")
    assert run.status == 3 and differences(summary) == [("changed", "dist/variable.txt")], run
    build(lonely_workspace, UNDECLARED="one")
    lonely_workspace.write("outside.txt", "two\n")
    run, summary = verify(lonely_workspace, UNDECLARED="one")
    assert run.status == 3 and differences(summary) == [("changed", "dist/file.txt")], run
    assert summary["exit_code"] == 3 and tree(lonely_workspace.folder / "web") == made


def test_extra_and_missing_files_and_a_flipped_exec_bit_are_told(lonely_workspace, tmp_path):
    second = tmp_path / "second"
    one_task(lonely_workspace, f"""mkdir dist
if [ -e {second} ]; then touch dist/extra dist/tool; chmod 755 dist/tool; ln -s tool dist/kind
else touch dist/gone dist/tool; mkdir dist/kind; fi
""")
    build(lonely_workspace)
    second.touch()
    run, summary = verify(lonely_workspace)
    assert run.status == 3, run
    assert differences(summary) == [("extra", "dist/extra"), ("missing", "dist/gone"), ("changed", "dist/kind"),
                                    ("changed", "dist/tool")]
    details = [found["detail"] for found in summary["tasks"][0]["verification"]["differences"]]
    assert details == ["", "", "a link (cached: a folder)", "executable (cached: not executable)"]


def test_many_differences_are_counted_and_twenty_named(lonely_workspace):
    one_task(lonely_workspace, 'mkdir dist\nfor i in $(seq 30); do echo "$UNDECLARED" > dist/$i.txt; done\n')
    build(lonely_workspace, UNDECLARED="one")
    run, summary = verify(lonely_workspace, UNDECLARED="two")
    assert run.status == 3 and "  and 10 more\n" in run.err, run
    found = summary["tasks"][0]["verification"]
    assert (found["differences_total"], len(found["differences"])) == (30, 20)


def test_logs_do_not_count(lonely_workspace):
    one_task(lonely_workspace, "cat /proc/sys/kernel/random/uuid\n", outputs="")
    build(lonely_workspace)
    run, summary = verify(lonely_workspace)
    assert run.status == 0 and summary["tasks"][0]["verification"]["outcome"] == "same", run


def test_a_task_that_fails_when_it_runs_again_is_a_mismatch(lonely_workspace):
    one_task(lonely_workspace, 'mkdir dist\necho made > dist/a.txt\n'
             '[ -z "$UNDECLARED" ] || { echo too bad; exit 7; }\n')
    made = build(lonely_workspace)
    run, summary = verify(lonely_workspace, "--output-logs=errors-only", UNDECLARED="yes")
    assert run.status == 3, run
    found = summary["tasks"][0]["verification"]
    assert (found["outcome"], found["why"], summary["failed"]) == ("failed", "exit status 7", 0)
    assert "NOT REPRODUCED: its cached result is a success, and run again it ended so: exit status 7" in run.err
    assert run.err.count("too bad") == 1
    assert tree(lonely_workspace.folder / "web") == made and entries(lonely_workspace) == []


def test_an_incremental_task_is_made_from_nothing(lonely_workspace):
    one_task(lonely_workspace, "mkdir -p dist\necho x >> dist/log.txt\n")
    config = lonely_workspace.folder / "velocity.yml"
    config.write_text(config.read_text() + "    incremental: true\n")
    build(lonely_workspace)
    run, summary = verify(lonely_workspace)
    assert run.status == 0 and summary["verified"] == 1, run


def test_an_input_edited_meanwhile_is_no_verdict(lonely_workspace):
    one_task(lonely_workspace, 'mkdir dist\ncp src/in.txt dist/\n[ -z "$UNDECLARED" ] || echo edited > src/in.txt\n')
    build(lonely_workspace)
    run, summary = verify(lonely_workspace, UNDECLARED="yes")
    assert run.status == 0 and summary["tasks"][0]["verification"]["outcome"] == "not_compared", run
    assert "changed meanwhile" in run.err and "0 the same, 0 not, 1 not compared" in run.err
    assert (lonely_workspace.folder / "web/dist/in.txt").read_text() == "in\n"


def test_a_failure_of_another_task_counts_more(lonely_workspace):
    one_task(lonely_workspace, 'mkdir dist\necho "$UNDECLARED" > dist/a.txt\n')
    build(lonely_workspace, UNDECLARED="one")
    config = lonely_workspace.folder / "velocity.yml"
    config.write_text(config.read_text() + "  test:\n    command: 'false'\n    inputs: [src/**]\n    outputs: []\n")
    run = lonely_workspace.run("run", "build", "test", "--verify", "--continue", UNDECLARED="two")
    assert run.status == 1 and "NOT REPRODUCED" in run.out, run


@pytest.fixture
def built(workspace, tmp_path):
    """base <- left, right <- top, and a log of what ran."""
    shapes.diamond(workspace)
    workspace.log = tmp_path / "build-log"
    assert workspace.run("run", "build", BUILD_LOG=workspace.log).status == 0
    return workspace


def ran(workspace):
    names = [line.rsplit("/", 1)[1] for line in workspace.log.read_text().splitlines()]
    workspace.log.write_text("")
    return sorted(names)


def test_a_task_made_again_finds_what_it_depends_on(built, tmp_path):
    top = built.folder / "packages/top/build.sh"
    top.write_text(top.read_text() + "test -e ../left/dist/a.txt; test -e ../base/dist/a.txt\n")
    assert built.run("run", "build", BUILD_LOG=built.log).status == 0
    ran(built)
    for dist in built.folder.glob("packages/*/dist"):
        shutil.rmtree(dist)
    run = built.run("run", "build", "--verify=all", "--concurrency=2", BUILD_LOG=built.log)
    assert run.status == 0 and ran(built) == ["base", "left", "right", "top"], run
    assert outputs(built) == clean_build(built, tmp_path)


def test_the_sample_is_the_same_every_time_and_narrowed_by_filters(built):
    ran(built)
    samples = []
    for _ in range(2):
        assert built.run("run", "build", "--verify=50%", BUILD_LOG=built.log).status == 0
        samples.append(ran(built))
    assert len(samples[0]) == 2 and samples[0] == samples[1]
    run = built.run("run", "build", "--verify=all", "--filter=left", "--json", BUILD_LOG=built.log)
    assert run.status == 0 and ran(built) == ["base", "left"], run
    assert json.loads(run.out)["verified"] == 2
    assert built.run("run", "build", "--verify", BUILD_LOG=built.log).status == 0 and len(ran(built)) == 1


def test_one_fault_is_not_found_again_in_what_depends_on_it(built):
    script = built.folder / "packages/base/build.sh"
    script.write_text(script.read_text() + "cat /proc/sys/kernel/random/uuid > dist/id\n")
    for name in ("left", "right"):
        path = built.folder / f"packages/{name}/build.sh"
        path.write_text(path.read_text() + "cp ../base/dist/id dist/base-id\n")
    assert built.run("run", "build").status == 0
    made = outputs(built)
    run = built.run("run", "build", "--verify=all")
    assert run.status == 3 and run.count(": NOT REPRODUCED: ") == 1 and "base#build: NOT REPRODUCED" in run.out, run
    assert outputs(built) == made


def test_ctrl_c_while_a_task_is_made_again_leaves_a_cache_that_is_whole(lonely_workspace, tmp_path):
    pid_file = tmp_path / "pid"
    one_task(lonely_workspace, f"""mkdir dist; echo made > dist/a.txt
[ -z "$UNDECLARED" ] || {{ echo half > dist/a.txt; echo $$ > {pid_file}.new
mv {pid_file}.new {pid_file}; exec sleep 1000; }}
""")
    made = build(lonely_workspace)
    process = lonely_workspace.start("run", "build", "--verify", UNDECLARED="yes")
    wait_for(pid_file.exists, what="the task to start")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    wait_for(lambda: not process_exists(int(pid_file.read_text())), what="the task to be gone")
    again = lonely_workspace.run("run", "build")
    assert again.status == 0 and again.count("CACHE HIT (local)") == 1, again
    assert tree(lonely_workspace.folder / "web") == made


def test_with_nothing_cached_there_is_nothing_to_verify(lonely_workspace):
    one_task(lonely_workspace, "mkdir dist; touch dist/a\n")
    run = lonely_workspace.run("run", "build", "--verify")
    assert run.status == 0 and "verified nothing" in run.out and run.count("CACHE MISS") == 1, run
    shutil.rmtree(lonely_workspace.folder / ".velocity/cache")
    run = lonely_workspace.run("run", "build", "--verify")
    assert run.status == 0 and "verified nothing" in run.out and run.count("CACHE HIT") == 1, run


@pytest.mark.parametrize("arguments, named", [
    (["run", "build", "--verify=half"], "1% to 100%, or all"), (["run", "build", "--verify=0%"], "1% to 100%, or all"),
    (["run", "build", "--verify", "--force"], "--force uses no cached result"),
    (["run", "build", "--verify", "--trace"], "--trace uses no cached result"),
    (["plan", "build", "--verify"], "plan runs nothing")])
def test_what_cannot_be_verified_is_a_usage_error(lonely_workspace, arguments, named):
    one_task(lonely_workspace, "mkdir dist; touch dist/a\n")
    run = lonely_workspace.run(*arguments)
    assert run.status == 2 and named in run.err and "help: " in run.err, run
    assert not (lonely_workspace.folder / "web/dist").exists()
