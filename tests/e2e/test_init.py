"""`velocity-cli init` in projects of every kind it knows: what it writes is valid, runs with the real tools, and keeps results."""

import json
import pathlib
import shutil
import subprocess

import pytest

import turbo
import velocity


def make_project(workspace):
    workspace.write("Makefile", "all: out.txt\n\nout.txt: in.txt\n\ttr a-z A-Z < in.txt > out.txt\n\ntest:\n\tgrep -q hello in.txt\n")
    workspace.write("in.txt", "hello\n")
    return ["make"], ["build", "test"], None


def cmake_project(workspace):
    workspace.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.20)\nproject(hello C)\nenable_testing()\n"
                    "add_executable(hello main.c)\nadd_test(NAME hello COMMAND hello)\ninstall(TARGETS hello)\n")
    workspace.write("main.c", "int main(void) { return 0; }\n")
    return ["cmake", "cc", "c++"], ["build", "test"], "dist"


def python_project(workspace):
    workspace.write("pyproject.toml", '[project]\nname = "hello"\nversion = "1.0.0"\n')
    workspace.write("test_hello.py", "def test_hello():\n    assert 1 + 1 == 2\n")
    return ["python"], ["test"], None


def cargo_project(workspace):
    workspace.write("Cargo.toml", '[package]\nname = "hello"\nversion = "0.1.0"\nedition = "2021"\n')
    workspace.write("src/main.rs", 'fn main() {\n    println!("hello");\n}\n\n#[test]\nfn adds() {\n    assert_eq!(1 + 1, 2);\n}\n')
    return ["cargo"], ["build", "test"], "target/release/hello"


def go_project(workspace):
    workspace.write("go.mod", "module example.test/hello\n\ngo 1.21\n")
    workspace.write("main.go", 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n')
    workspace.write("main_test.go", 'package main\n\nimport "testing"\n\nfunc TestHello(t *testing.T) {}\n')
    return ["go"], ["build", "test", "lint"], "bin"


def npm_project(workspace):
    workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}\n')
    workspace.write("package-lock.json", '{"name": "root", "lockfileVersion": 3, "packages": {}}\n')
    build = "mkdir -p dist && cp src/a.txt dist/"
    for name, uses in (("lib", {}), ("app", {"lib": "*"})):
        manifest = {"name": name, "version": "1.0.0", "scripts": {"build": build, "test": "test -f dist/a.txt"}, "dependencies": uses}
        workspace.write(f"packages/{name}/package.json", json.dumps(manifest))
        workspace.write(f"packages/{name}/src/a.txt", name + "\n")
    return ["npm"], ["build", "test"], "packages/app/dist"


PROJECTS = {"make": make_project, "cmake": cmake_project, "python": python_project, "cargo": cargo_project, "go": go_project,
            "npm": npm_project}


def states(workspace, tasks):
    run = workspace.run("plan", *tasks, "--json")
    assert run.status == 0, run
    return {task["task"]: task["state"] for task in json.loads(run.out)["tasks"]}


@pytest.mark.parametrize("kind", PROJECTS)
def test_what_it_writes_runs_and_keeps_its_results(tmp_path, kind):
    workspace = velocity.Workspace(tmp_path / "project")
    tools, tasks, output = PROJECTS[kind](workspace)
    absent = [tool for tool in tools if shutil.which(tool) is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")
    if kind == "python" and subprocess.run(["python", "-m", "pytest", "--version"], cwd=workspace.folder, check=False,
                                           capture_output=True, env=velocity.clean_environment(), timeout=60).returncode != 0:
        pytest.skip("python has no pytest")
    workspace.write(".gitignore", "build/\ndist/\ntarget/\nbin/\n__pycache__/\n.pytest_cache/\nCargo.lock\nout.txt\n")
    written = workspace.run("init")
    assert written.status == 0, written
    assert "Found " in written.out and "Next: " in written.out
    first = workspace.run("run", *tasks, timeout=300)
    assert first.status == 0, first
    kept = states(workspace, tasks)
    assert set(kept.values()) <= {"hit_local", "never_cached"}, kept
    assert "hit_local" in kept.values()
    if output is not None:
        place = workspace.folder / output
        before = velocity.tree(place) if place.is_dir() else place.read_bytes()
        assert before
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        again = workspace.run("run", *tasks, timeout=300)
        assert again.status == 0 and "CACHE MISS" not in again.text, again
        assert (velocity.tree(place) if place.is_dir() else place.read_bytes()) == before


def test_a_file_that_is_there_stays(tmp_path):
    workspace = velocity.Workspace(tmp_path / "project")
    make_project(workspace)
    workspace.write("velocity.yml", "mine\n")
    assert workspace.run("init").status == 2
    assert pathlib.Path(workspace.folder / "velocity.yml").read_text() == "mine\n"
    assert workspace.run("init", "--force").status == 0
    assert "version: 1" in (workspace.folder / "velocity.yml").read_text()


def test_a_turbo_workspace_keeps_its_graph(tmp_path):
    """The tasks that velocity.yml gives are those that turbo.json gave: commands, inputs, outputs, variables."""
    root = {"globalDependencies": ["tsconfig.json"], "globalEnv": ["STAGE"], "tasks": {
        "build": {"dependsOn": ["^build"], "outputs": ["dist/**", "!dist/cache/**"], "env": ["VITE_*", "!VITE_SECRET"],
                  "inputs": ["$TURBO_DEFAULT$", "!README.md", "$TURBO_ROOT$/jest.config.js"]},
        "test": {"dependsOn": ["build"], "inputs": ["src/**", "!src/**/*.md"], "passThroughEnv": ["TOKEN"]},
        "lint": {"cache": False}}}
    workspace = turbo.make(tmp_path / "repository", root, {
        "packages/lib": ("lib", ["build", "lint"], [], None),
        "packages/app": ("app", ["build", "test", "lint"], ["lib"], None)},
        {"tsconfig.json": "{}\n", "jest.config.js": "//\n", "packages/app/src/note.md": "#\n"})
    variables = {"VITE_A": "1", "VITE_SECRET": "2", "STAGE": "3"}

    def described():
        run = workspace.run("plan", "build", "test", "lint", "--json", **variables)
        assert run.status == 0, run
        return {task["task"]: {key: task[key] for key in ("command", "outputs", "inputs", "env", "dependencies")} | {"cached": task["state"]}
                for task in json.loads(run.out)["tasks"] if "command" in task}

    before = described()
    written = workspace.run("init")
    assert written.status == 0, written
    after = described()
    # Beside velocity.yml itself, nothing is new: it lies in the root, which is no package.
    assert after == before
    assert set(after["app#build"]["env"]) >= {"VITE_A", "STAGE"} and "VITE_SECRET" not in after["app#build"]["env"]


def test_a_workspace_of_nx_runs_with_the_file_that_was_written(lonely_workspace):
    if not shutil.which("npm"):
        pytest.skip("not installed: npm")
    lonely_workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}')
    lonely_workspace.write("nx.json", json.dumps({
        "namedInputs": {"production": ["default", "!{projectRoot}/**/*.test.txt", "{workspaceRoot}/shared.txt"]},
        "targetDefaults": {"build": {"cache": True, "dependsOn": ["^build"], "inputs": ["production", "^production"],
                                     "outputs": ["{projectRoot}/dist"]},
                           "test": {"dependsOn": ["build"]}, "deploy": {}}}))
    lonely_workspace.write("shared.txt", "shared\n")
    build = "mkdir -p dist && cat src.txt ../../shared.txt > dist/out.txt"
    for name, depends in (("lib", {}), ("web", {"lib": "1.0.0"})):
        lonely_workspace.write(f"packages/{name}/package.json", json.dumps({
            "name": name, "version": "1.0.0", "dependencies": depends,
            "scripts": {"build": build, "test": "grep -q shared dist/out.txt"}}))
        lonely_workspace.write(f"packages/{name}/src.txt", f"{name}\n")
    init = lonely_workspace.run("init")
    assert init.status == 0 and "tasks build, test" in init.out, init
    assert "Left out: deploy. No package.json has a script of this name." in init.out
    first = lonely_workspace.run("run", "build", "test")
    assert first.status == 0 and first.count("CACHE MISS") == 4, first
    again = lonely_workspace.run("run", "build", "test")
    assert again.count("CACHE HIT (local)") == 2 and again.count("CACHE MISS") == 2, again
    lonely_workspace.write("packages/web/a.test.txt", "no input of build\n")
    assert lonely_workspace.run("run", "build").count("CACHE HIT (local)") == 2
    lonely_workspace.write("packages/lib/src.txt", "edited\n")
    assert lonely_workspace.run("run", "build").count("CACHE MISS") == 2
