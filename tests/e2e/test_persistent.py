"""Tasks that do not end by themselves: started, waited for until they are ready, ended."""

import json
import signal
import socket
import sys

import pytest

from package_managers import NPM as PACKAGE_MANAGER
from test_interruption import process_exists
from velocity import wait_for

# Says who it is and that it listens, and stays.
SERVER = """trap 'exit 0' TERM
echo $$ > {pid}.new; mv {pid}.new {pid}
echo warming up
echo "now listening on 3000"
while :; do sleep 0.05; done
"""


@pytest.fixture
def served(lonely_workspace, tmp_path):
    """`serve` is persistent, `check` needs it."""
    lonely_workspace.pid = tmp_path / "pid"

    def configure(serve='ready_when: "listening on"', check="depends_on: [serve]"):
        lonely_workspace.write("velocity.yml", f"""version: 1
pipeline:
  serve:
    command: sh serve.sh
    inputs: [serve.sh]
    persistent: true
    {serve}
  check:
    command: sh check.sh
    inputs: [check.sh]
    {check}
""")
    lonely_workspace.configure = configure
    configure()
    lonely_workspace.write("package.json", '{"name": "app"}')
    lonely_workspace.write("serve.sh", SERVER.format(pid=lonely_workspace.pid))
    lonely_workspace.write("check.sh", f"kill -0 $(cat {lonely_workspace.pid}) && echo the server is there\n")
    return lonely_workspace


def server_pid(workspace):
    wait_for(lambda: workspace.pid.exists(), what="the server to start")
    return int(workspace.pid.read_text())


def test_what_needs_it_starts_when_it_is_ready_and_it_ends_with_the_run(served):
    run = served.run("run", "check")
    assert run.status == 0, run
    assert "app#serve: ready after" in run.out
    assert run.out.index("app#serve: ready after") < run.out.index("the server is there")
    assert "app#serve: ended\n" in run.out
    assert not process_exists(server_pid(served))


def test_it_is_not_started_for_what_is_cached(served):
    assert served.run("run", "check").status == 0
    served.pid.unlink()
    run = served.run("run", "check")
    assert run.status == 0 and run.count("CACHE HIT (local)") == 1, run
    assert not served.pid.exists()
    served.run("run", "check", "--force")
    assert served.pid.exists(), "a persistent task is never cached"


@pytest.mark.parametrize("ready", ['"/listening on [0-9]+$/"', '"on 3000"'])
def test_ready_is_what_its_output_says(served, ready):
    served.configure(f"ready_when: {ready}")
    run = served.run("run", "check")
    assert run.status == 0 and "app#serve: ready after" in run.out, run


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_ready_is_a_port_that_somebody_listens_on(served):
    port = free_port()
    served.configure(f"ready_when: {{port: {port}}}")
    served.write("serve.sh", f"exec {sys.executable} -m http.server --bind 127.0.0.1 {port}\n")
    served.write("check.sh", f"""exec {sys.executable} -c '
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:{port}/check.sh", timeout=60).status)'
""")
    run = served.run("run", "check")
    assert run.status == 0 and "app#check: 200" in run.out, run
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server is still there"


def test_a_port_that_is_taken_is_not_ours(served):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        served.configure(f"ready_when: {{port: {port}}}")
        run = served.run("run", "check")
    assert run.status == 1, run
    assert f"app#serve: FAILED: port {port} is taken by something else" in run.out
    assert "app#check: FAILED: app#serve, which it needs, has failed" in run.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_alone_it_runs_until_it_is_interrupted(served, number):
    served.configure("description: no ready_when is needed here", check="")
    process = served.start("run", "serve")
    pid = server_pid(served)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, out + err
    assert "by itself" not in out, out
    assert not process_exists(pid)


def test_beside_other_tasks_it_ends_with_them_and_takes_no_place(served):
    served.configure("description: beside", check="")
    served.write("check.sh", f"while [ ! -s {served.pid} ]; do sleep 0.01; done; echo both run\n")
    run = served.run("run", "serve", "check", "--concurrency=1")
    assert run.status == 0 and "both run" in run.out, run
    assert not process_exists(server_pid(served))


def test_it_fails_when_it_ends_by_itself(served):
    served.write("serve.sh", "echo cannot bind; exit 0\n")
    run = served.run("run", "check", "--json")
    assert run.status == 1, run
    results = {task["task"]: task for task in json.loads(run.out)["tasks"]}
    assert results["app#serve"]["why"] == "ended by itself: exit status 0"
    assert results["app#check"]["result"] == "failed"
    assert "cannot bind" in run.err
    alone = served.run("run", "serve")
    assert alone.status == 1 and "ended by itself: exit status 0" in alone.out, alone


def test_getting_ready_may_take_no_longer_than_its_timeout(served):
    served.configure('ready_when: "never printed"\n    timeout: 1s')
    run = served.run("run", "check")
    assert run.status == 1, run
    assert "app#serve: FAILED: not ready after 1" in run.out
    assert not process_exists(server_pid(served))


def test_who_ignores_sigterm_is_killed(served):
    served.write("serve.sh", SERVER.format(pid=served.pid).replace("'exit 0'", "''"))
    assert served.run("run", "check").status == 0
    assert not process_exists(server_pid(served))


def test_it_dies_with_an_agent_that_is_killed(served):
    served.configure("description: stays", check="")
    process = served.start("run", "serve")
    pid = server_pid(served)
    process.kill()
    process.communicate(timeout=30)
    wait_for(lambda: not process_exists(pid), what="the reaper to end the server")


def test_nobody_can_wait_for_what_never_says_that_it_is_ready(served):
    served.configure("description: no ready_when")
    run = served.run("run", "check")
    assert run.status == 2, run
    assert "error[VC0309]: app#check waits for app#serve" in run.err
    assert 'help: give "serve" a ready_when' in run.err
    served.configure('ready_when: x\n    retries: 2')
    run = served.run("run", "serve")
    assert run.status == 2 and '"retries" means nothing for "serve", which is persistent' in run.err, run


def test_a_script_of_a_manifest_runs_without_its_manager(served):
    PACKAGE_MANAGER.path()  # Skips without npm.
    parents = served.pid.parent / "parents"
    served.write("package.json", json.dumps({"name": "app", "scripts": {"preserve": "true", "serve": f"ps -o comm= $PPID > {parents}; sh serve.sh"}}))
    config = served.folder / "velocity.yml"
    config.write_text(config.read_text().replace("command: sh serve.sh", "command: npm run serve"))
    run = served.run("run", "check")
    assert run.status == 0, run
    assert parents.read_text() == "velocity-cli\n"
    assert not process_exists(server_pid(served))
