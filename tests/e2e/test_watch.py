"""`velocity-cli watch`: one round for every change that counts, and none for others."""

import json
import os
import shutil
import signal
import subprocess
import threading

import pytest

import shapes
from test_interruption import process_exists
from velocity import CLI, wait_for


class Watch:
    """A running `watch`, and what it has said so far."""

    def __init__(self, workspace, *arguments, prefix=()):
        self.process = subprocess.Popen([*prefix, CLI, "watch", *arguments], cwd=workspace.folder,
                                        env=workspace.environment(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def count(self, words):
        return sum(words in line for line in self.lines)

    def wait_for(self, words, times=1):
        wait_for(lambda: self.count(words) >= times or self.process.poll() is not None, seconds=60,
                 what=f"{words!r} {times} times in {self.lines}")
        assert self.count(words) >= times, self.lines

    def rounds(self, number):
        """Waits until so many rounds have ended."""
        self.wait_for("for changes", number)

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        self.reader.join(timeout=10)
        return self.process.returncode


@pytest.fixture
def watched(lonely_workspace):
    started = []
    lonely_workspace.write("velocity.yml", "version: 1\n" + shapes.SHELL[shapes.SHELL.index("pipeline:"):])
    lonely_workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}')
    shapes.package(lonely_workspace, "base")
    shapes.package(lonely_workspace, "top", ["base"])

    def start(*arguments, **options):
        started.append(Watch(lonely_workspace, *arguments, **options))
        return started[-1]
    lonely_workspace.watch = start
    yield lonely_workspace
    for watch in started:
        if watch.process.poll() is None:
            watch.process.kill()
            watch.process.wait(timeout=30)


def output(workspace, package):
    return (workspace.folder / "packages" / package / "dist/a.txt").read_text()


def test_an_edit_runs_what_depends_on_it_and_nothing_else(watched):
    watch = watched.watch("build")
    watch.rounds(1)
    assert watch.count("CACHE MISS") == 2
    watched.write("packages/top/src/a.txt", "edited\n")
    watch.rounds(2)
    assert watch.count("round 2: top#build changed") == 1, watch.lines
    assert output(watched, "top") == "EDITED\n"
    assert watch.count("base#build: CACHE MISS") == 1 and watch.count("top#build: CACHE MISS") == 2
    watched.write("packages/base/src/a.txt", "edited\n")
    watch.rounds(3)
    assert watch.count("round 3: base#build changed") == 1
    assert watch.end() == 130
    assert watch.count("round 4") == 0, watch.lines


def test_what_is_no_input_runs_nothing(watched):
    watch = watched.watch("build")
    watch.rounds(1)
    for path in ("packages/base/notes.txt", "packages/base/dist/a.txt", ".velocity/x", "node_modules/x/y.js",
                 "packages/base/src.txt~", "other/folder/file"):
        watched.write(path, "changed\n")
    watched.write("packages/base/src/a.txt", "edited\n")
    watch.rounds(2)
    assert watch.count("round 2: base#build changed") == 1
    assert watch.end() == 130
    assert watch.count("round 3") == 0, watch.lines


def test_editors_new_folders_and_removed_ones(watched):
    watch = watched.watch("build")
    watch.rounds(1)
    source = watched.folder / "packages/base/src"
    (source / ".a.txt.tmp").write_text("saved by an editor\n")
    os.replace(source / ".a.txt.tmp", source / "a.txt")
    watch.rounds(2)
    assert output(watched, "base") == "SAVED BY AN EDITOR\n"
    watched.write("packages/base/src/new/deep.txt", "in a new folder\n")
    watch.rounds(3)
    shutil.rmtree(source / "new")
    watch.rounds(4)
    assert watch.count("round 4: base#build changed") == 1, watch.lines


def test_a_branch_switch_is_one_round(watched):
    for index in range(2000):
        watched.write(f"packages/base/src/{index % 40}/{index}.txt", "one\n")
    watch = watched.watch("build")
    watch.rounds(1)
    for index in range(2000):
        watched.write(f"packages/base/src/{index % 40}/{index}.txt", "two\n")
    watch.rounds(2)
    watched.write("packages/top/src/a.txt", "later\n")
    watch.wait_for("top#build changed")
    assert watch.count("base#build changed") <= 2, "at most one more, when writing takes longer than the patience"


def test_a_change_during_a_round_leads_to_one_more(watched, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    watched.write("packages/base/build.sh", f"cat {gate}\n" + shapes.BUILD_SH)
    watch = watched.watch("build")
    watch.wait_for("base#build: CACHE MISS")
    watched.write("packages/base/src/a.txt", "meanwhile\n")
    gate.write_text("go on\n")
    watch.wait_for("base#build: CACHE MISS", 2)
    gate.write_text("go on\n")
    watch.rounds(2)
    assert output(watched, "base") == "MEANWHILE\n"
    assert watch.end() == 130
    assert watch.count("round 3") == 0, watch.lines


def test_a_task_that_writes_what_it_reads_does_not_run_for_ever(watched):
    watched.write("packages/base/build.sh", shapes.BUILD_SH + "date +%N >> src/a.txt\n")
    watch = watched.watch("build")
    watch.wait_for("whenever it runs")
    assert watch.end() == 130


def test_a_failure_and_a_broken_file_are_no_end(watched):
    watch = watched.watch("build")
    watch.rounds(1)
    watched.write("packages/base/build.sh", "exit 3\n")
    watch.rounds(2)
    assert watch.count("FAILED: exit status 3") >= 1
    good = (watched.folder / "velocity.yml").read_text()
    watched.write("velocity.yml", good.replace("command:", "comand:"))
    watch.wait_for('did you mean "command"?')
    watched.write("velocity.yml", good)
    watched.write("packages/base/build.sh", shapes.BUILD_SH)
    watch.wait_for("2 tasks, 2 cached")


def test_a_mistake_at_the_start_is_one(watched):
    watch = watched.watch("biuld")
    watch.process.wait(timeout=60)
    assert watch.process.returncode == 2


def test_servers_stay_until_their_own_inputs_change(watched, tmp_path):
    pid = tmp_path / "pid"
    text = (watched.folder / "velocity.yml").read_text()
    watched.write("velocity.yml", text + """  dev:
    command: "sh dev.sh"
    inputs: ["dev.sh"]
    persistent: true
    ready_when: "up"
    depends_on: ["^build"]
""")
    server = f"echo $$ > {pid}.new; mv {pid}.new {pid}; echo up; while :; do sleep 0.05; done\n"
    watched.write("packages/top/dev.sh", server)
    watched.write("packages/base/dev.sh", server)
    watch = watched.watch("top#dev")
    watch.wait_for("top#dev: ready after")
    watch.rounds(1)
    first = int(pid.read_text())
    watched.write("packages/base/src/a.txt", "rebuilt\n")
    watch.rounds(2)
    assert process_exists(first), "a library is rebuilt beside the server"
    watched.write("packages/top/dev.sh", "# edited\n" + server)
    watch.wait_for("top#dev: ready after", 2)
    wait_for(lambda: not process_exists(first), what="the former server to be gone")
    second = int(pid.read_text())
    assert watch.end(signal.SIGTERM) == 143
    assert not process_exists(second)


def test_ctrl_c_in_a_round_ends_its_tasks(watched, tmp_path):
    pid = tmp_path / "pid"
    watched.write("packages/base/build.sh", shapes.announced_sleep(pid))
    watch = watched.watch("build")
    number = shapes.announced_pid(pid)
    assert watch.end() == 130
    assert not process_exists(number)


def test_without_enough_watches_it_looks_every_second(watched):
    limit = ["unshare", "-Ur", "sh", "-c", 'echo 3 > /proc/sys/user/max_inotify_watches && exec "$@"', "sh"]
    probe = subprocess.run([*limit, "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"no user namespace with a limit of its own: {probe.stderr.strip()}")
    watch = watched.watch("build", prefix=limit)
    watch.rounds(1)
    assert watch.count("fs.inotify.max_user_watches") == 1, watch.lines
    watched.write("packages/top/src/a.txt", "seen all the same\n")
    watch.wait_for("round 2: top#build changed")
    watch.rounds(2)
    assert output(watched, "top") == "SEEN ALL THE SAME\n"


def test_json_is_one_object_a_round(watched):
    watch = watched.watch("build", "--json")
    watch.rounds(1)
    objects = [json.loads(line) for line in watch.lines if line.startswith("{")]
    assert len(objects) == 1 and objects[0]["tasks_total"] == 2
