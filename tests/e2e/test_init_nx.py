"""What `init` makes of a workspace of Nx has the task graph that the real Nx plans, and does what its targets do."""

import json
import shutil
import subprocess

import pytest

import velocity

NX = velocity.ROOT / "build" / "bench-tools" / "node_modules"


def require_nx():
    if shutil.which("node") is None or not (NX / "nx" / "package.json").exists():
        pytest.skip("nx is not installed (scripts/setup --bench and bench/run do it where npm is reachable)")
    return NX / "nx" / "dist" / "bin" / "nx.js"


def nx(workspace, *arguments):
    environment = velocity.clean_environment(NX_DAEMON="false", NX_NO_CLOUD="true", CI="1", HOME=str(workspace.folder / ".home"))
    done = subprocess.run(["node", require_nx(), *arguments], cwd=workspace.folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def projects(workspace):
    """Targets in each form: scripts, commands, project.json, the nx member of package.json, defaults of nx.json."""
    write = workspace.write
    write("package.json", '{"name": "repository", "private": true, "workspaces": ["packages/*"]}\n')
    write(".gitignore", "node_modules\n.nx\n.home\n.velocity\ndist\nout\n")
    write("nx.json", json.dumps({"neverConnectToCloud": True, "analytics": False, "namedInputs": {
        "default": ["{projectRoot}/**/*"], "production": ["default", "!{projectRoot}/**/*.test.txt"]}, "targetDefaults": {
            "build": {"cache": True, "dependsOn": ["^build"], "inputs": ["production", "^production"], "outputs": ["{projectRoot}/dist"]},
            "test": {"cache": True, "dependsOn": ["build"], "inputs": ["default"]}}}))
    scripts = {"build": "mkdir -p dist && cat src.txt > dist/out.txt", "test": "test -f dist/out.txt"}
    for name, uses, more in (
            ("lib", {}, {"scripts": scripts}),
            ("tool", {}, {"nx": {"targets": {"generate": {
                "executor": "nx:run-commands", "cache": True, "outputs": ["{options.cwd}/dist"], "inputs": ["default"],
                "options": {"command": "mkdir -p dist && echo {projectName} > dist/out.txt", "cwd": "packages/tool"}}}}}),
            ("api", {"lib": "*"}, {"scripts": scripts, "nx": {"implicitDependencies": ["tool"], "targets": {
                "build": {"dependsOn": ["^build", "tool:generate"]}, "test": {"inputs": ["{projectRoot}/src.txt"]}}}}),
            ("web", {"api": "*"}, {"scripts": {"test": "test -f out/all.txt"}})):
        write(f"packages/{name}/package.json", json.dumps({"name": name, "version": "1.0.0", "dependencies": uses} | more))
        write(f"packages/{name}/src.txt", f"{name}\n")
    write("packages/web/project.json", json.dumps({"name": "web", "targets": {
        "build": {"command": "mkdir -p {projectRoot}/out && "
                             "cat packages/api/dist/out.txt {projectRoot}/src.txt > {projectRoot}/out/all.txt",
                  "outputs": ["{workspaceRoot}/packages/web/out"]},
        "check": {"executor": "nx:noop", "dependsOn": [{"target": "test", "projects": ["api"]}, "build"]}}}))
    for command in (["init", "-q", "-b", "main"], ["add", "-A"],
                    ["-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=workspace.folder, check=True, env=velocity.clean_environment(), timeout=60)
    return workspace


TASKS = ["build", "test", "generate", "check"]


def closure(dependencies, runs):
    """{task: what it waits for, directly or not}, of tasks that run something."""
    found = {}
    for task in runs:
        seen, waiting = set(), [task]
        while waiting:
            new = set(dependencies[waiting.pop()]) - seen
            seen |= new
            waiting.extend(new)
        found[task] = sorted(seen & runs)
    return found


def test_the_task_graph_is_the_one_nx_plans(tmp_path):
    require_nx()
    workspace = projects(velocity.Workspace(tmp_path / "repository"))
    (workspace.folder / "node_modules").symlink_to(NX)
    nx(workspace, "run-many", "-t", *TASKS, "--graph=graph.json")
    theirs = json.loads((workspace.folder / "graph.json").read_text())["tasks"]
    (workspace.folder / "graph.json").unlink()
    waited = {label: [other if isinstance(other, str) else other["id"] for other in others]
              for label, others in theirs["dependencies"].items()}
    expected = closure(waited, set(theirs["tasks"]))
    written = workspace.run("init")
    assert written.status == 0, written
    run = workspace.run("plan", *TASKS, "--json")
    assert run.status == 0, run
    ours = {task["task"].replace("#", ":"): task for task in json.loads(run.out)["tasks"]}
    dependencies = {label: [other.replace("#", ":") for other in task["dependencies"]] for label, task in ours.items()}
    assert closure(dependencies, {label for label, task in ours.items() if "command" in task}) == expected, written
    outputs = {label: sorted(path.removesuffix("/**") for path in task["outputs"]) for label, task in ours.items() if "command" in task}
    for label, task in theirs["tasks"].items():
        root = task["projectRoot"]
        assert outputs[label] == sorted(path.removeprefix(f"{root}/") for path in task["outputs"]), label


def test_it_builds_what_the_targets_build(tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    workspace = projects(velocity.Workspace(tmp_path / "repository"))
    written = workspace.run("init")
    assert written.status == 0, written
    first = workspace.run("run", *TASKS)
    assert first.status == 0, first
    assert (workspace.folder / "packages/web/out/all.txt").read_text() == "api\nweb\n"
    assert (workspace.folder / "packages/tool/dist/out.txt").read_text() == "tool\n"
    shutil.rmtree(workspace.folder / "packages/web/out")
    again = workspace.run("run", "build", "generate")
    assert again.count("CACHE MISS") == 0, again
    assert (workspace.folder / "packages/web/out/all.txt").exists()
    # Only `test` of api names its files; a change of another is none to it.
    workspace.write("packages/api/note.md", "#\n")
    planned = workspace.run("plan", "build", "test", "generate", "--json")
    states = {task["task"]: task["state"] for task in json.loads(planned.out)["tasks"]}
    assert states["api#build"] == "miss" and states["lib#build"] == "hit_local" and states["tool#generate"] == "hit_local", states


def test_what_cannot_be_said_is_told_and_run_by_nx(tmp_path):
    workspace = projects(velocity.Workspace(tmp_path / "repository"))
    workspace.write("tools/gen/project.json", '{"name": "gen"}\n')
    workspace.write("packages/lib/project.json", json.dumps({"name": "lib", "implicitDependencies": ["!api"], "targets": {
        "pack": {"executor": "@nx/js:tsc", "outputs": ["{workspaceRoot}/dist/lib"], "cache": True,
                 "options": {"main": "x.ts"}},
        "two": {"executor": "nx:run-commands", "options": {"commands": ["a", "b"]}}, "empty": {"dependsOn": ["build"]},
        "a b": {"command": "x"}}}))
    written = workspace.run("init")
    assert written.status == 0, written
    text = (workspace.folder / "packages/lib/velocity.yml").read_text()
    assert "npx nx run 'lib:pack' --excludeTaskDependencies --skipNxCache" in text and "Nx runs it: executor @nx/js:tsc." in text
    assert "Nx runs it: options that no single command says." in text
    for line in ("Left out: tools/gen/project.json. Its folder is no package here.",
                 "Left out: target empty of packages/lib. It names nothing that runs.",
                 "Left out: target a b of packages/lib.",
                 "Left out: implicitDependencies of packages/lib: !api.",
                 "Not cached: {workspaceRoot}/dist/lib is not inside"):
        assert line in written.out, written
