"""Ctrl-C, SIGTERM and kill -9, at any moment: the next run is whole."""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import pytest

import shapes
from velocity import BUILD, Gateway, Workspace, tree, wait_for
from test_main_job import clean_build, outputs

KILL_AT = BUILD / "kill_at_syscall"


def process_exists(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def slow_workspace(workspace, tmp_path):
    """base sleeps, and says in a file which process it is."""
    shapes.diamond(workspace)
    workspace.pid_file = tmp_path / "pid"
    workspace.write("packages/base/build.sh", f"set -e\nmkdir -p dist\necho half > dist/a.txt\n{shapes.announced_sleep(workspace.pid_file)}")
    return workspace


def task_pid(workspace):
    return shapes.announced_pid(workspace.pid_file)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_tasks_and_run(slow_workspace, tmp_path, number):
    # B32
    process = slow_workspace.start("run", "build")
    pid = task_pid(slow_workspace)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 128 + number
    wait_for(lambda: not process_exists(pid), what="the task to be gone")
    leftovers = [p for p in (slow_workspace.folder / ".velocity").rglob("*") if "tmp" in p.name.lower() and p.is_file()]
    assert not leftovers
    slow_workspace.write("packages/base/build.sh", shapes.BUILD_SH)
    assert slow_workspace.run("run", "build").status == 0
    assert outputs(slow_workspace) == clean_build(slow_workspace, tmp_path)


def test_tasks_die_with_an_agent_that_is_killed(slow_workspace):
    process = slow_workspace.start("run", "build")
    pid = task_pid(slow_workspace)
    process.kill()
    process.communicate(timeout=30)
    wait_for(lambda: not process_exists(pid), what="the reaper to end the task")


def test_two_runs_in_one_checkout_build_each_task_once(workspace, tmp_path):
    # B25
    shapes.diamond(workspace)
    log = tmp_path / "builds"
    first = workspace.start("run", "build", BUILD_LOG=str(log))
    second = workspace.start("run", "build", BUILD_LOG=str(log))
    for process in (first, second):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, out + err
    assert len(log.read_text().splitlines()) == 4
    assert outputs(workspace) == clean_build(workspace, tmp_path)


RANDOM_ITERATIONS = 36  # About half a minute on two quiet cores.
ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]


@pytest.mark.parametrize("remote", [True, False], ids=["with a remote", "without"])
def test_ended_at_random_moments_the_next_run_is_whole(tmp_path, gateway, remote):
    """A run gets Ctrl-C, SIGTERM or kill -9 at a random moment, many times, from many states; the next whole run gives a clean
    build's tree."""
    workspace = Workspace(tmp_path / "workspace", gateway if remote else None)
    shapes.diamond(workspace)
    seed = int(os.environ.get("VC_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"VC_TEST_SEED={seed}")
    dice = random.Random(seed)
    began = time.monotonic()
    assert workspace.run("run", "build").status == 0
    usual = time.monotonic() - began
    for iteration in range(RANDOM_ITERATIONS // 2):
        where = f"VC_TEST_SEED={seed}, iteration {iteration}"
        if dice.random() < 0.3:
            shutil.rmtree(workspace.folder / ".velocity", ignore_errors=True)
        if dice.random() < 0.2:
            shutil.rmtree(workspace.folder / ".velocity/cache", ignore_errors=True)
        for dist in workspace.folder.glob("packages/*/dist"):
            lot = dice.random()
            if lot < 0.4:
                shutil.rmtree(dist, ignore_errors=True)
            elif lot < 0.6:
                (dist / "stray.txt").write_text("stray\n")
        if dice.random() < 0.5:
            package = dice.choice(["base", "left", "right", "top"])
            workspace.write(f"packages/{package}/src/a.txt", f"edit {dice.randrange(4)}\n")
        process = workspace.start("run", "build")
        time.sleep(dice.random() * min(usual, 1.0))
        number = dice.choice(ENDS)
        process.send_signal(number)
        process.communicate(timeout=60)
        assert process.returncode in (0, 128 + number, -number), where
        if iteration % 3 == 2:
            run = workspace.run("run", "build")
            assert run.status == 0, f"{where}: {run}"
            assert outputs(workspace) == clean_build(workspace, tmp_path, f"clean-{iteration}"), where
            assert workspace.run("run", "build").count("CACHE HIT (local)") == 4, where
            left = [path for path in (workspace.folder / ".velocity/staging").glob("*")]
            assert not left, f"{where}: {left}"


def count_syscalls(command, cwd, environment):
    done = subprocess.run([KILL_AT, "--count", "--", *command], cwd=cwd, env=environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120, check=False)
    if done.returncode == 77:
        pytest.skip(f"processes cannot be traced here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return int(done.stdout.strip().splitlines()[-1])


def one_package(folder, gateway=None):
    workspace = Workspace(folder, gateway)
    workspace.write("velocity.yml", shapes.SHELL)
    workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}\n')
    shapes.package(workspace, "base")
    return workspace


@pytest.mark.parametrize("phase", ["execute, pack and publish", "restore"])
def test_kill_nine_at_every_system_call_of_the_agent(tmp_path, phase):
    """Every file-changing system call of a run (and of its task) is one point of death."""
    template = one_package(tmp_path / "template")
    assert template.run("run", "build").status == 0
    expected = tree(template.folder, only="dist")
    if phase == "restore":
        # Over an older, different tree with a stray file: what a branch switch leaves.
        (template.folder / "packages/base/dist/a.txt").write_text("older\n")
        (template.folder / "packages/base/dist/stray").write_text("stray\n")
    else:
        shutil.rmtree(template.folder / "packages/base/dist")
        shutil.rmtree(template.folder / ".velocity")

    from velocity import CLI
    scratch = tmp_path / "scratch"

    def fresh():
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(template.folder, scratch, symlinks=True)
        return Workspace(scratch)

    workspace = fresh()
    total = count_syscalls([CLI, "run", "build"], workspace.folder, workspace.environment())
    assert total > 10
    for index in range(1, total + 1):
        workspace = fresh()
        subprocess.run([KILL_AT, "--at", str(index), "--", CLI, "run", "build"], cwd=workspace.folder,
                       env=workspace.environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        run = workspace.run("run", "build")
        assert run.status == 0, f"killed at {index} of {total}: {run}"
        assert tree(workspace.folder, only="dist") == expected, f"killed at {index} of {total}: {run}"
        again = workspace.run("run", "build")
        assert again.count("CACHE HIT (local)") == 1, f"killed at {index} of {total}: {again}"


def end_traced(tracer, number):
    """Signals what `tracer` runs, never the tracer: it returns when every thread of the tree is gone, and with them their locks."""
    try:
        children = pathlib.Path(f"/proc/{tracer.pid}/task/{tracer.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), number)
    except (FileNotFoundError, ProcessLookupError):
        pass  # It ended by itself.
    tracer.wait(timeout=30)


def test_kill_nine_at_every_system_call_of_a_publish(tmp_path):
    """The gateway, while it takes one upload: afterwards the key is whole or absent, and the gateway starts."""
    import hashlib
    from test_gateway import KEY, download, staged_files, upload
    body = os.urandom(100_000)

    probe = Gateway(tmp_path / "probe").start(prefix=[KILL_AT, "--count", "--"])
    upload(probe, KEY, body)
    end_traced(probe.process, signal.SIGTERM)
    counted = probe.log_text().strip().splitlines()[-1]
    if not counted.isdigit():
        pytest.skip(f"processes cannot be traced here: {counted}")

    outcomes = {"whole": 0, "absent": 0}
    for index in range(1, int(counted) + 1):
        gateway = Gateway(tmp_path / f"data-{index}")
        try:
            gateway.start(prefix=[KILL_AT, "--at", str(index), "--"])
            _, answer = gateway.negotiate(KEY, "upload", size=len(body), sha256=hashlib.sha256(body).hexdigest())
            gateway.request("PUT", answer["url"], body, token=None, headers=answer["headers"])
        except (RuntimeError, OSError):
            pass  # It died, which is the point.
        end_traced(gateway.process, signal.SIGKILL)
        gateway.start()
        got = download(gateway, KEY)
        assert got in (None, body), f"killed at {index}: a torn object"
        assert not staged_files(gateway), f"killed at {index}: staging is not empty"
        outcomes["absent" if got is None else "whole"] += 1
        assert upload(gateway, KEY, body) in (200, "skipped")
        assert download(gateway, KEY) == body
        assert gateway.stop() == 0
    assert outcomes["absent"] > 3 and outcomes["whole"] >= 1, outcomes
