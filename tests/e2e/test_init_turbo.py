"""What `init` makes of a turbo.json plans what the turbo.json itself plans: tasks, commands, files, variables, order."""

import json
import os
import shutil

import pytest

import turbo
from test_turbo_graph import SHAPES, VARIABLES

# The variables of a framework are named once, for the packages without it as well.
FRAMEWORKS = ("NEXT_PUBLIC_URL", "VITE_MODE", "VITE_SECRET")


def special(folder):
    """Each thing that packages can say for themselves, and tasks beside others."""
    root = {"globalPassThroughEnv": ["HOME_*"], "globalEnv": ["STAGE"], "tasks": {
        "build": {"dependsOn": ["^build", "//#prepare"], "outputs": ["dist/**"], "env": ["MODE"], "passThroughEnv": ["TOKEN"]},
        "test": {"dependsOn": ["build"], "inputs": ["src/**"]},
        "lint": {"inputs": ["$TURBO_DEFAULT$", "../../eslint.config.js"]},
        "dev": {"cache": False, "persistent": True, "with": ["api#dev"]},
        "deploy": {"dependsOn": ["^deploy"], "cache": False, "outputs": ["deployed.txt"]},
        "//#prepare": {"inputs": ["scripts/**"], "outputs": [".prepared/**"]},
        "//#lint": {"cache": False},
        "web#build": {"dependsOn": ["api#generate", "^build"], "outputs": [".out/**"], "cache": True},
        "web#deploy": {"dependsOn": ["test"]},
        "api#generate": {"inputs": ["schema/*.json"], "outputs": ["generated/**"]},
    }}
    api = {"extends": ["//"], "tasks": {"test": {"dependsOn": ["$TURBO_EXTENDS$", "generate"], "inputs": ["$TURBO_DEFAULT$"],
                                                 "env": ["API_*"]},
                                        "build": {"dependsOn": [], "outputs": ["$TURBO_EXTENDS$", "api.json"]},
                                        "dev": {"with": []}, "migrate": {"cache": False}}}
    shared = {"extends": ["//"], "tasks": {"deploy": {"dependsOn": ["build"]}, "lint": {"cache": False}, "dev": {"persistent": False}}}
    every = ["build", "test", "lint", "dev", "deploy"]
    return turbo.make(folder, root, {
        "apps/web": ("web", every, ["shared"], None),
        "apps/plain": ("plain", ["build", "test", "lint"], ["shared"], None),
        "services/api": ("api", [*every, "generate", "migrate"], ["shared"], api),
        "libs/shared": ("shared", ["build", "lint", "dev"], [], shared),
    }, {"eslint.config.js": "//\n", "scripts/a.sh": "true\n", "services/api/schema/a.json": "{}\n"},
        root={"scripts": {"build": "turbo run build", "test": "turbo run test", "prepare": "echo p", "lint": "echo l"}}), \
        [*every, "generate", "migrate", "prepare"]


ALL = SHAPES | {"special": special}


def planned(workspace, tasks):
    """{task: what it is}; what it waits for directly or not, so that tasks that run nothing do not matter."""
    run = workspace.run("plan", *tasks, "--json", STAGE="1", **VARIABLES)
    assert run.status == 0, run
    described = {task["task"]: task for task in json.loads(run.out)["tasks"]}

    def waits_for(label):
        found, waiting = set(), [label]
        while waiting:
            new = set(described[waiting.pop()]["dependencies"]) - found
            found |= new
            waiting.extend(new)
        return sorted(other for other in found if "command" in described[other])

    return {label: {"command": task["command"], "outputs": task["outputs"], "state": task["state"], "requested": task["requested"],
                    "inputs": [path for path in task["inputs"] if not is_ours(path)],
                    "env": sorted(name for name in task["env"] if name not in FRAMEWORKS), "waits_for": waits_for(label)}
            for label, task in described.items() if "command" in task}


def is_ours(path):
    return os.path.basename(path) == "velocity.yml" or path.startswith(".velocity/")


@pytest.mark.parametrize("shape", ALL)
def test_the_written_files_plan_what_turbo_json_planned(tmp_path, shape):
    workspace, tasks = ALL[shape](tmp_path / "repository")
    before = planned(workspace, tasks)
    written = workspace.run("init")
    assert written.status == 0, written
    after = planned(workspace, tasks)
    assert sorted(after) == sorted(before), written
    assert after == before, written


def test_what_no_file_can_say_is_told(tmp_path):
    tasks = {"build": {"outputs": ["dist/**"]}, "web#lint": {}, "gone#build": {}, "//#absent": {}, "serve": {"with": ["gone#serve"]}}
    workspace = turbo.make(tmp_path / "repository", {"tasks": tasks, "remoteCache": {"signature": True}}, {
        "apps/web": ("web", ["build", "serve"], [], None),
        "apps/out": ("out", ["build"], [], {"extends": ["//"], "tasks": {"build": {"extends": False}}})},
        root={"dependencies": {"web": "*"}})
    written = workspace.run("init")
    assert written.status == 0, written
    for line in ("Left out: web#lint. apps/web/package.json has no such script.", "Left out: gone#build. No package has this name.",
                 "Left out: //#absent. package.json has no such script.", "serve: Left out of with: gone#serve.",
                 "Left out: remoteCache. It has no effect here.", "apps/out: build: Its turbo.json leaves it out: it does nothing here.",
                 "The root depends on packages in apps/web"):
        assert f"Check: {line}" in written.out, written
    files = [workspace.folder / path for path in ("velocity.yml", "apps/out/velocity.yml")]
    for line in (line.removeprefix("Check: ").split(": ")[-1] for line in written.out.splitlines() if line.startswith("Check: ")):
        assert any(f"# {line}" in path.read_text() or f"{line}" in path.read_text() for path in files), line
    run = workspace.run("run", "build")
    assert run.status == 0 and "echo build" not in (workspace.folder / "apps/out/velocity.yml").read_text(), run


def test_what_runs_beside_a_task_is_started(tmp_path):
    tasks = {"build": {"with": ["lib#serve"]}, "serve": {"persistent": True, "cache": False}}
    workspace = turbo.make(tmp_path / "repository", {"tasks": tasks}, {
        "apps/web": ("web", [], [], None), "apps/lib": ("lib", [], [], None)})
    # Without the server the build would wait in vain; it gives up then.
    workspace.write("apps/web/package.json", json.dumps({"name": "web", "scripts": {
        "build": "i=0; until [ -e ../../served ]; do i=$((i+1)); [ $i -lt 600 ] || exit 1; sleep 0.1; done"}}))
    workspace.write("apps/lib/package.json", json.dumps({"name": "lib", "scripts": {"serve": "touch ../../served; exec sleep 300"}}))
    for _ in ("from turbo.json", "from velocity.yml"):
        run = workspace.run("run", "build", timeout=120)
        assert run.status == 0, run
        (workspace.folder / "served").unlink()
        shutil.rmtree(workspace.folder / ".velocity")
        if not (workspace.folder / "velocity.yml").exists():
            assert workspace.run("init").status == 0


def test_a_package_file_that_is_there_stays(tmp_path):
    workspace = turbo.make(tmp_path / "repository", {"tasks": {"build": {}, "web#build": {"cache": False}}},
                           {"apps/web": ("web", ["build"], [], None)}, {"apps/web/velocity.yml": "# mine\n"})
    refused = workspace.run("init")
    assert refused.status == 2 and "apps/web/velocity.yml exists already" in refused.text, refused
    assert not (workspace.folder / "velocity.yml").exists()
    assert (workspace.folder / "apps/web/velocity.yml").read_text() == "# mine\n"
    assert workspace.run("init", "--force").status == 0
    assert "cache: false" in (workspace.folder / "apps/web/velocity.yml").read_text()
