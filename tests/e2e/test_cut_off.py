"""`on: outputs`: what a dependency has made counts, not what it is made of."""

import json
import random
import re
import shutil
import signal
import subprocess

import pytest

import shapes
from test_watch import Watch
from velocity import BUILD, CLI, Workspace, tree

# Lines that begin with # are comments: what is built does not have them. The log says who ran.
BUILD_SH = """\
set -e
mkdir -p dist
for used in $USES; do cat ../$used/dist/out.txt; done > dist/out.txt
sed '/^#/d' src/a.txt >> dist/out.txt
echo "$(basename "$PWD")" >> "${BUILD_LOG:-/dev/null}"
"""

REMOTE = """\
remote:
  enabled: true
  url: "${VC_URL}"
  token: "${VC_AUTH_TOKEN}"
"""

KILL_AT = BUILD / "kill_at_syscall"

PIPELINE = """\
pipeline:
  build:
    command: "sh build.sh"
    inputs: ["src/**", "build.sh"]
    outputs: ["dist/**"]
    depends_on: [{task: ^build, on: outputs}]
    pass_env: ["BUILD_LOG"]
"""


def package(workspace, name, uses=(), reads=()):
    shapes.package(workspace, name, uses, files={"src/a.txt": f"{name}\n"},
                   script=BUILD_SH.replace("$USES", " ".join(reads)))


def chain(workspace, names, config=None, reads=True):
    """Each package uses the one before it, and its output holds that one's."""
    workspace.write("velocity.yml", config or "version: 1\n" + (REMOTE if workspace.gateway else "") + PIPELINE)
    workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}\n')
    workspace.write(".gitignore", "dist/\n.velocity/\nnode_modules/\n")
    before = []
    for name in names:
        package(workspace, name, before, before if reads else [])
        before = [name]
    return workspace


def ran(workspace, *arguments, status=0, **variables):
    """Who executed in `run build`, sorted, and the run."""
    log = workspace.folder.parent / f"{workspace.folder.name}.log"
    log.write_text("")
    run = workspace.run(*(arguments or ("run", "build")), BUILD_LOG=log, **variables)
    assert run.status == status, run
    return sorted(log.read_text().split()), run


def edit(workspace, name, text):
    workspace.write(f"packages/{name}/src/a.txt", text)


def planned(workspace, *arguments):
    run = workspace.run("plan", "build", "--json", *arguments)
    assert run.status == 0, run
    return {task["task"].split("#")[0]: task for task in json.loads(run.out)["tasks"]}


def batches(gateway):
    status, _, body = gateway.request("GET", "/metrics")
    assert status == 200
    return sum(float(line.rsplit(" ", 1)[1]) for line in body.decode().splitlines()
               if line.startswith("vc_http_requests_total{") and "batch" in line)


def clone(workspace, tmp_path, name="clone"):
    folder = tmp_path / name
    shutil.copytree(workspace.folder, folder, ignore=shutil.ignore_patterns("dist", ".velocity"))
    return Workspace(folder, workspace.gateway)


def test_a_comment_runs_the_library_and_nobody_else(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib", "mid", "app"])
    assert ran(workspace)[0] == ["app", "lib", "mid"]
    assert ran(workspace)[0] == []
    edit(workspace, "lib", "# a comment\nlib\n")
    executed, run = ran(workspace)
    assert executed == ["lib"]
    assert run.count("CACHE HIT (local)") == 2, run
    assert ran(workspace)[0] == []
    edit(workspace, "lib", "another\n")
    assert ran(workspace)[0] == ["app", "lib", "mid"]
    assert (workspace.folder / "packages/app/dist/out.txt").read_text() == "another\nmid\napp\n"


def test_a_change_stops_where_outputs_stay(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib", "mid", "app"], reads=False)
    ran(workspace)
    edit(workspace, "lib", "another\n")
    assert ran(workspace)[0] == ["lib", "mid"], "mid makes what it made before"


def test_a_comment_in_c_runs_the_compiler_once(lonely_workspace):
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc")
    workspace = lonely_workspace
    workspace.write("velocity.yml", "version: 1\n" + PIPELINE.replace("build.sh", "Makefile").replace("sh Make", "make -f Make"))
    workspace.write("package.json", '{"workspaces": ["packages/*"]}')
    workspace.write("packages/lib/package.json", '{"name": "lib"}')
    workspace.write("packages/app/package.json", '{"name": "app", "dependencies": {"lib": "*"}}')
    workspace.write("packages/lib/src/lib.c", "int answer(void) { return 42; }\n")
    workspace.write("packages/lib/Makefile", "all:\n\tmkdir -p dist\n\tgcc -O1 -c src/lib.c -o dist/lib.o\n")
    workspace.write("packages/app/src/app.c", "int answer(void);\nint main(void) { return answer(); }\n")
    workspace.write("packages/app/Makefile", "all:\n\tmkdir -p dist\n\tgcc -O1 src/app.c ../lib/dist/lib.o -o dist/app\n")
    program = workspace.folder / "packages/app/dist/app"
    assert workspace.run("run", "build").status == 0
    assert subprocess.run([program], check=False).returncode == 42
    workspace.write("packages/lib/src/lib.c", "// The answer, as everybody knows.\nint answer(void) { return 42; }\n")
    run = workspace.run("run", "build")
    assert run.count("CACHE MISS") == 1 and run.count("CACHE HIT (local)") == 1, run
    workspace.write("packages/lib/src/lib.c", "int answer(void) { return 43; }\n")
    run = workspace.run("run", "build")
    assert run.count("CACHE MISS") == 2, run
    assert subprocess.run([program], check=False).returncode == 43


def test_a_fresh_clone_takes_everything_with_one_batch_a_wave(workspace, tmp_path):
    chain(workspace, ["lib", "mid", "app"])
    assert ran(workspace)[0] == ["app", "lib", "mid"]
    other = clone(workspace, tmp_path)
    before = batches(workspace.gateway)
    executed, run = ran(other)
    assert executed == []
    assert run.count("CACHE HIT (remote)") == 3, run
    assert batches(workspace.gateway) - before == 3
    assert tree(other.folder, only="dist") == tree(workspace.folder, only="dist")


def test_a_comment_in_a_fresh_clone_takes_the_rest_from_the_remote(workspace, tmp_path):
    chain(workspace, ["lib", "mid", "app"])
    for name in ("one", "two", "three"):
        package(workspace, name, ["lib"], ["lib"])
    assert len(ran(workspace)[0]) == 6
    other = clone(workspace, tmp_path)
    edit(other, "lib", "# a comment\nlib\n")
    before = batches(workspace.gateway)
    executed, run = ran(other)
    assert executed == ["lib"]
    assert run.count("CACHE HIT (remote)") == 5, run
    assert batches(workspace.gateway) - before == 3, "lib; its four users at once; app"
    assert tree(other.folder, only="dist") == tree(workspace.folder, only="dist")


def test_what_nobody_needs_is_not_fetched_and_known_all_the_same(workspace, tmp_path):
    chain(workspace, ["lib", "mid", "app"])
    ran(workspace)
    other = clone(workspace, tmp_path)
    executed, run = ran(other, "run", "app#build")
    assert executed == []
    assert run.count("not restored: nothing needs it") == 2, run
    assert not (other.folder / "packages/lib/dist").exists()
    third = clone(workspace, tmp_path, "third")
    edit(third, "app", "changed\n")
    assert ran(third, "run", "app#build")[0] == ["app"]
    assert (third.folder / "packages/mid/dist/out.txt").read_text() == "lib\nmid\n"


def test_plan_says_what_is_deferred(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib", "mid", "app"])
    tasks = planned(workspace)
    assert {name: task["state"] for name, task in tasks.items()} == {"lib": "miss", "mid": "deferred", "app": "deferred"}
    assert tasks["mid"]["key"] is None and re.fullmatch("[0-9a-f]{64}", tasks["lib"]["key"])
    ran(workspace)
    assert workspace.run("plan", "build", "--exit-code").status == 0
    keys = {name: task["key"] for name, task in planned(workspace).items()}
    edit(workspace, "lib", "# a comment\nlib\n")
    plan = workspace.run("plan", "build", "--exit-code")
    assert plan.status == 1, plan
    assert plan.count("deferred (until its dependencies are done)") == 2, plan
    assert "3 tasks, 0 cached" in plan.out, plan
    ran(workspace)
    after = {name: task["key"] for name, task in planned(workspace).items()}
    assert workspace.run("plan", "build", "--exit-code").status == 0
    assert after["lib"] != keys["lib"] and after["mid"] == keys["mid"] and after["app"] == keys["app"]


def test_keys_are_the_same_in_any_folder_and_after_any_history(lonely_workspace, tmp_path):
    workspace = chain(lonely_workspace, ["lib", "mid", "app"])
    ran(workspace)
    other = clone(workspace, tmp_path, "somewhere-else/with a blank")
    edit(other, "lib", "first\n")
    ran(other)
    edit(other, "lib", "lib\n")
    ran(other, "run", "build", "--force")
    assert ({name: task["key"] for name, task in planned(other).items()}
            == {name: task["key"] for name, task in planned(workspace).items()})


def test_twenty_layers_of_a_diamond_run_each_task_once(workspace, tmp_path):
    chain(workspace, [])
    layers, width = 20, 3
    for layer in range(layers):
        below = [f"p{layer - 1}-{i}" for i in range(width)] if layer else []
        for i in range(width):
            package(workspace, f"p{layer}-{i}", below, below[i:i + 1])
    everyone = sorted(f"p{layer}-{i}" for layer in range(layers) for i in range(width))
    assert ran(workspace)[0] == everyone
    edit(workspace, "p0-1", "# comment\np0-1\n")
    assert ran(workspace)[0] == ["p0-1"]
    other = clone(workspace, tmp_path)
    before = batches(workspace.gateway)
    assert ran(other)[0] == []
    assert batches(workspace.gateway) - before == layers
    edit(other, "p0-0", "other\n")
    executed = ran(other)[0]
    assert executed == sorted(["p0-0"] + [name for name in everyone if not name.startswith("p0-")]), \
        "each layer uses all of the one below, of which one has changed"


def test_two_runs_at_once_agree(workspace):
    chain(workspace, ["lib", "mid", "app"])
    log = workspace.folder.parent / "both.log"
    runs = [workspace.start("run", "build", BUILD_LOG=log) for _ in range(2)]
    for run in runs:
        out, err = run.communicate(timeout=120)
        assert run.returncode == 0, out + err
    assert sorted(log.read_text().split()) == ["app", "lib", "mid"], "the second one waits and takes"
    assert ran(workspace)[0] == []


@pytest.mark.parametrize("victim", ["lib", "mid", "app"])
def test_kill_nine_in_the_middle_and_the_next_run_is_whole(workspace, tmp_path, victim):
    chain(workspace, ["lib", "mid", "app"])
    pid_file = tmp_path / "pid"
    script = workspace.folder / f"packages/{victim}/build.sh"
    good = script.read_text()
    script.write_text(f"{good}[ -n \"$BUILD_LOG\" ] || exit 0\n{shapes.announced_sleep(pid_file)}")
    process = workspace.start("run", "build", BUILD_LOG=tmp_path / "log")
    shapes.announced_pid(pid_file)
    process.kill()
    process.communicate(timeout=30)
    # The same sources: what was done before stays, and counts.
    run = workspace.run("run", "build")
    assert run.status == 0, run
    done = ["lib", "mid", "app"].index(victim)
    assert run.count("CACHE HIT (local)") == done and run.count("CACHE MISS") == 3 - done, run
    assert (workspace.folder / "packages/app/dist/out.txt").read_text() == "lib\nmid\napp\n"
    assert workspace.run("run", "build").count("CACHE HIT (local)") == 3


def test_why_names_the_output_that_changed(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib", "app"])
    ran(workspace)
    edit(workspace, "lib", "another\n")
    assert workspace.run("why", "app#build").out.startswith(
        "app#build is deferred: outputs of lib#build are not known yet\n")
    run = ran(workspace)[1]
    assert "outputs of lib#build changed: dist/out.txt" in run.out, run
    edit(workspace, "lib", "a third\n")
    assert ran(workspace, "run", "lib#build")[0] == ["lib"]
    why = workspace.run("why", "app#build")
    assert why.out.splitlines()[0] == "app#build would run: outputs of lib#build changed: dist/out.txt", why
    cause = json.loads(workspace.run("why", "app#build", "--json").out)["tasks"][0]["cause"]
    assert (cause["kind"], cause["name"]) == ("dependency outputs", "lib#build")


def test_a_trace_reports_what_is_read_past_the_outputs(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib", "mid", "app"])
    script = workspace.folder / "packages/app/build.sh"
    script.write_text(script.read_text() + "cat ../mid/src/a.txt ../lib/dist/out.txt ../mid/dist/out.txt > /dev/null\n")
    run = workspace.run("run", "app#build", "--trace")
    assert run.status == 0, run
    shown = workspace.run("trace", "app#build", "--json")
    findings = {(finding["kind"], finding["path"])
                for report in json.loads(shown.out)["tasks"] for finding in report["findings"]}
    if not findings and "cannot be traced" in run.text:
        pytest.skip("tasks cannot be traced here")
    assert findings == {("read", "packages/mid/src/a.txt"), ("dependency_output", "packages/lib/dist/out.txt")}, run


def test_never_cached_and_failed_dependencies(workspace):
    config = "version: 1\n" + REMOTE + PIPELINE
    chain(workspace, ["lib", "app"], config)
    workspace.write("packages/lib/velocity.yml", "pipeline:\n  build: {cache: false}\n")
    assert ran(workspace)[0] == ["app", "lib"]
    executed, run = ran(workspace)
    assert executed == ["lib"] and run.count("CACHE HIT (local)") == 1, run
    (workspace.folder / "packages/lib/velocity.yml").unlink()
    workspace.write("packages/lib/build.sh", "exit 3\n")
    executed, run = ran(workspace, "run", "build", "--continue", status=1)
    assert executed == [], run
    report = json.loads(workspace.run("run", "build", "--json").out)
    assert {task["task"]: task["key"] is None for task in report["tasks"]} == {"lib#build": False, "app#build": True}


def test_mistakes_in_the_file_are_told_with_their_place(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib"], "version: 1\n" + PIPELINE.replace("on: outputs", "on: output"))
    run = workspace.run("run", "build")
    assert run.status == 2, run
    assert "velocity.yml:7:37: error[VC0111]: \"on\" is \"output\"" in run.err, run
    assert "did you mean \"outputs\"?" in run.err, run


def test_graph_and_config_show_the_edges(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib", "app"])
    assert "style=dashed" in workspace.run("graph", "build", "--format", "dot").out
    assert "-.->" in workspace.run("graph", "build", "--format", "mermaid").out
    graph = json.loads(workspace.run("graph", "build", "--format", "json").out)
    assert {task["task"]: task.get("on_outputs") for task in graph["tasks"]} == {"lib#build": None, "app#build": ["lib#build"]}
    shown = workspace.run("config", "show").out
    assert "^build, on its outputs" in shown, shown


def test_watch_cuts_off_too(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib", "mid", "app"])
    watch = Watch(workspace, "build")
    try:
        watch.rounds(1)
        assert watch.count("CACHE MISS") == 3, watch.lines
        edit(workspace, "lib", "# a comment\nlib\n")
        watch.rounds(2)
        watch.wait_for("round 2: lib#build changed")
        assert watch.count("CACHE MISS") == 4, watch.lines
        edit(workspace, "mid", "another\n")
        watch.rounds(3)
        watch.wait_for("round 3: mid#build changed")
        assert watch.count("CACHE MISS") == 6, watch.lines
    finally:
        assert watch.end() == 130


def test_interrupted_while_others_wait_for_their_keys(workspace, tmp_path):
    chain(workspace, ["lib", "mid", "app"])
    script = workspace.folder / "packages/lib/build.sh"
    good = script.read_text()
    script.write_text(shapes.announced_sleep(tmp_path / "pid"))
    process = workspace.start("run", "build", "--json")
    shapes.announced_pid(tmp_path / "pid")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM, out + err
    assert {task["task"]: (task["result"], task["key"] is None) for task in json.loads(out)["tasks"]} == {
        "lib#build": ("interrupted", False), "mid#build": ("not_run", True), "app#build": ("not_run", True)}
    script.write_text(good)
    assert ran(workspace)[0] == ["app", "lib", "mid"]
    assert (workspace.folder / "packages/app/dist/out.txt").read_text() == "lib\nmid\napp\n"


def test_a_library_of_sources_between_counts_with_its_files(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib"], "version: 1\n" + PIPELINE.replace("sh build.sh", "npm run build"))
    workspace.write("packages/sources/package.json", '{"name": "sources", "dependencies": {"lib": "*"}}')
    workspace.write("packages/sources/index.txt", "sources\n")
    package(workspace, "app", ["sources"], ["lib"])
    assert ran(workspace)[0] == ["app", "lib"]
    edit(workspace, "lib", "# a comment\nlib\n")
    assert ran(workspace)[0] == ["lib"], "what lib makes counts by way of the sources"
    edit(workspace, "lib", "another\n")
    assert ran(workspace)[0] == ["app", "lib"]
    workspace.write("packages/sources/index.txt", "changed\n")
    assert ran(workspace)[0] == ["app"]


class Model:
    """What the outputs of a random graph of packages have to be, worked out without any cache."""

    def __init__(self, workspace, dice, packages):
        self.workspace, self.dice = workspace, dice
        self.names = [f"p{i}" for i in range(packages)]
        self.uses = {name: dice.sample(self.names[:i], dice.randint(0, min(i, 3))) for i, name in enumerate(self.names)}
        self.text = {name: f"{name}\n" for name in self.names}
        chain(workspace, [])
        # One in three reads nothing of what it depends on: there the change ends.
        self.reads = {name: used if dice.random() < 0.7 else [] for name, used in self.uses.items()}
        for name in self.names:
            package(workspace, name, self.uses[name], self.reads[name])

    def expected(self):
        made = {}
        for name in self.names:
            own = "".join(line + "\n" for line in self.text[name].splitlines() if not line.startswith("#"))
            made[name] = "".join(made[used] for used in self.reads[name]) + own
        return made

    def change_something(self):
        for name in self.dice.sample(self.names, self.dice.randint(1, 3)):
            self.text[name] = self.dice.choice([f"# {self.dice.random()}\n{name}\n", f"{self.dice.random()}\n", f"{name}\n"])
            edit(self.workspace, name, self.text[name])
        for name in self.dice.sample(self.names, 2):
            if self.dice.random() < 0.3:
                shutil.rmtree(self.workspace.folder / f"packages/{name}/dist", ignore_errors=True)
        if self.dice.random() < 0.15:
            shutil.rmtree(self.workspace.folder / ".velocity", ignore_errors=True)

    def disturb(self):
        """A run that ends badly, or two at once; whatever they leave behind."""
        mishap = self.dice.choice(["none", "kill", "kill", "two", "force"])
        environment = self.workspace.environment()
        if mishap == "kill":
            at = str(self.dice.randint(1, 600))
            subprocess.run([KILL_AT, "--at", at, "--", CLI, "run", "build"], cwd=self.workspace.folder, env=environment,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        elif mishap == "two":
            for run in [self.workspace.start("run", "build") for _ in range(2)]:
                out, err = run.communicate(timeout=120)
                assert run.returncode == 0, out + err
        elif mishap == "force":
            assert self.workspace.run("run", self.dice.choice(self.names) + "#build", "--force").status == 0
        return mishap


def test_whatever_happens_the_next_run_equals_a_clean_build(workspace):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    model = Model(workspace, random.Random(seed), 9)
    for step in range(25):
        model.change_something()
        mishap = model.disturb()
        executed, run = ran(workspace)
        made = {name: (workspace.folder / f"packages/{name}/dist/out.txt").read_text() for name in model.names}
        assert made == model.expected(), f"step {step} after {mishap}: {run}"
        assert len(executed) == len(set(executed)), f"step {step} after {mishap}: {run}"
        assert ran(workspace)[0] == [], f"step {step} after {mishap}: a no-op"


def test_a_sample_that_is_verified_changes_no_key(lonely_workspace):
    workspace = chain(lonely_workspace, ["lib", "mid", "app"])
    ran(workspace)
    executed, run = ran(workspace, "run", "build", "--verify=all")
    assert executed == ["app", "lib", "mid"], run
    assert ran(workspace)[0] == []
    edit(workspace, "lib", "# a comment\nlib\n")
    assert ran(workspace)[0] == ["lib"]
