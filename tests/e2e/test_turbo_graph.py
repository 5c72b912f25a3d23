"""A repository with a turbo.json and no velocity.yml: our task graph is the one that turbo itself plans.

The shapes are those of well-known public repositories, written anew. Whatever differs is declared below with its reason;
a difference that is not declared fails, and so does a declared one that is not there.
"""

import json
import os

import pytest

import turbo

# Hashed by us for every task (docs/environment.md).
ALWAYS = {"LANG", "TZ", "NODE_ENV", "NODE_OPTIONS", "CC", "CXX", "CFLAGS", "CXXFLAGS", "RUSTFLAGS", "GOFLAGS"}
VARIABLES = {"NEXT_PUBLIC_URL": "u", "VITE_MODE": "m", "VITE_SECRET": "s", "API_URL": "a", "API_KEY_LIVE": "k", "SERVICE_A_TOKEN": "t",
             "DEPLOY_TARGET": "d", "UNRELATED": "x"}

STARTER = """{
  // As written by people: comments, and a comma too many.
  "$schema": "https://turborepo.com/schema.json",
  "ui": "tui",
  "tasks": {
    "build": {"dependsOn": ["^build"], "inputs": ["$TURBO_DEFAULT$", ".env*"], "outputs": [".next/**", "!.next/cache/**"]},
    "lint": {"dependsOn": ["^lint"]},
    "check-types": {"dependsOn": ["^check-types"]},
    "dev": {"cache": false, "persistent": true},
  },
}
"""


def starter(folder):
    """Two Next.js applications over a component library and shared configuration."""
    app = ["build", "lint", "check-types", "dev"]
    return turbo.make(folder, STARTER, {
        "apps/web": ("web", app, ["@repo/ui", "next", "@repo/eslint-config", "@repo/typescript-config"], None),
        "apps/docs": ("docs", app, ["@repo/ui", "next", "@repo/eslint-config", "@repo/typescript-config"], None),
        "packages/ui": ("@repo/ui", ["lint", "check-types"], ["@repo/eslint-config", "@repo/typescript-config"], None),
        "packages/eslint-config": ("@repo/eslint-config", [], [], None),
        "packages/typescript-config": ("@repo/typescript-config", [], [], None),
    }, {"apps/web/.env.example": "A=1\n", "apps/web/.next/old": "1\n"}), ["build", "lint", "check-types", "dev"]


def library(folder):
    """Published libraries: a task that only carries changes on (transit), and tasks of single packages."""
    tasks = {
        "transit": {"dependsOn": ["^transit"]},
        "build": {"dependsOn": ["^build"], "inputs": ["src/**", "!src/**/*.test.ts", "tsconfig.json", "../../tsconfig.base.json"],
                  "outputs": ["dist/**", "*.tsbuildinfo"]},
        "core#build": {"dependsOn": ["codegen#generate"], "outputs": ["dist/**", "types"], "env": ["API_URL"]},
        "generate": {"outputs": ["src/generated/**"], "inputs": ["schema/*.json"]},
        "test": {"dependsOn": ["transit", "build"], "inputs": ["$TURBO_DEFAULT$", "!README.md"], "outputs": ["coverage/**"]},
        "lint": {"dependsOn": ["transit"], "outputs": []},
        "cli#test": {"dependsOn": ["core#build", "plugin#build"], "cache": False},
        "serve": {"cache": False, "persistent": True, "with": ["core#watch"]},
        "watch": {"cache": False, "persistent": True},
    }
    return turbo.make(folder, {"tasks": tasks}, {
        "packages/codegen": ("codegen", ["generate", "test", "lint"], [], None),
        "packages/core": ("core", ["build", "test", "lint", "watch"], [], None),
        "packages/plugin": ("plugin", ["build", "test", "lint"], ["core"], None),
        "packages/cli": ("cli", ["build", "test", "lint", "serve"], ["core", "plugin"], None),
        "packages/docs": ("docs", ["lint"], ["cli"], None),
    }, {"tsconfig.base.json": "{}\n", "packages/core/tsconfig.json": "{}\n", "packages/core/src/a.test.ts": "//\n",
        "packages/codegen/schema/a.json": "{}\n", "packages/core/dist/old.js": "//\n"}), ["build", "test", "lint", "serve"]


def layered(folder):
    """A product: files of packages on top of the root's, tasks of the root, variables with wildcards."""
    root = {
        "globalDependencies": ["tsconfig.json", ".env", "!unused.json"],
        "globalEnv": ["DEPLOY_TARGET"],
        "globalPassThroughEnv": ["HOME_*"],
        "envMode": "strict",
        "remoteCache": {"signature": True},
        "tasks": {
            "build": {"dependsOn": ["^build", "//#prepare"], "outputs": ["dist/**"], "env": ["VITE_*", "!VITE_SECRET", "SERVICE_*_TOKEN"]},
            "test": {"dependsOn": ["build"], "inputs": ["$TURBO_DEFAULT$", "$TURBO_ROOT$/jest.config.js"], "passThroughEnv": ["API_KEY_LIVE"]},
            "lint": {"inputs": ["src/**", "$TURBO_ROOT$/*.json", "!$TURBO_ROOT$/package*.json"]},
            "deploy": {"dependsOn": ["build", "test", "^deploy"], "cache": False},
            "//#prepare": {"inputs": ["scripts/**"], "outputs": [".prepared/**"]},
            "//#lint": {"dependsOn": ["^lint"]},
        },
    }
    api = {"extends": ["//"], "tasks": {"build": {"outputs": ["$TURBO_EXTENDS$", "openapi.json"], "env": ["API_*"]},
                                        "migrate": {"dependsOn": ["build"], "cache": False},
                                        "test": {"dependsOn": ["$TURBO_EXTENDS$", "migrate"]}}}
    site = {"extends": ["//", "@acme/api"], "tasks": {"build": {"outputs": [".next/**", "!.next/cache/**"]},
                                                      "lint": {"extends": False}}}
    return turbo.make(folder, root, {
        "apps/site": ("@acme/site", ["build", "test", "deploy"], ["@acme/shared", "@acme/api", "next"], site),
        "apps/admin": ("@acme/admin", ["build", "test", "lint", "deploy"], ["@acme/shared", "vite"], None),
        "services/api": ("@acme/api", ["build", "test", "lint", "migrate", "deploy"], ["@acme/shared"], api),
        "libs/shared": ("@acme/shared", ["build", "lint"], [], None),
    }, {"tsconfig.json": "{}\n", "unused.json": "{}\n", "jest.config.js": "//\n", ".env": "A=1\n", "scripts/a.sh": "true\n"},
        root={"scripts": {"build": "turbo run build", "prepare": "echo p", "lint": "echo l"}}), ["build", "test", "lint", "deploy"]


def single(folder):
    """No workspaces: the repository is one package."""
    tasks = {"build": {"dependsOn": ["generate"], "outputs": ["dist/**"]}, "generate": {"inputs": ["src/*.ts"]}, "test": {"dependsOn": ["build"]}}
    return turbo.make(folder, {"tasks": tasks}, {}, {"src/a.ts": "//\n", "README.md": "#\n"},
                      root={"scripts": {"build": "echo b", "generate": "echo g", "test": "echo t"}}), ["build", "test"]


SHAPES = {"starter": starter, "library": library, "layered": layered, "single": single}

# turbo counts its own file among the inputs of a task that names others; we count what it says of the task instead.
OWN_FILES = ("turbo.json",)
NOTHING_RUNS = "a task without a script depends on all files of its package here, whatever its inputs say: a wider key"
# (shape, task or "*", what): reason. "*" holds where there is a difference at all.
DECLARED = {
    ("library", "without command", "inputs"): NOTHING_RUNS,
    ("layered", "without command", "inputs"): NOTHING_RUNS,
}


def planned_by_turbo(plan, names):
    """{task: {dependencies, has_command, outputs, inputs, env}}"""
    found = {}
    everywhere = set(plan["globalCacheInputs"]["files"]) - {"package.json", "package-lock.json"}
    variables = {text.split("=")[0] for text in plan["globalCacheInputs"]["environmentVariables"]["configured"]}
    for task in plan["tasks"]:
        directory = task.get("directory", "")
        seen = task["environmentVariables"]
        found[task.get("taskId", task["task"])] = {
            "dependencies": sorted(task.get("dependencies", [])),
            "has_command": task["command"] != "<NONEXISTENT>",
            "outputs": sorted(task["outputs"] or []) + sorted("!" + pattern for pattern in task["excludedOutputs"] or []),
            "inputs": sorted({os.path.normpath(os.path.join(directory, path)) for path in task["inputs"]} | everywhere),
            "env": sorted({text.split("=")[0] for text in seen["configured"] + seen["inferred"]} | variables),
        }
    return found


def planned_by_us(plan, shape):
    found = {}
    for task in plan["tasks"]:
        excluded = [pattern for pattern in task["outputs"] if pattern.startswith("!")]
        label = task["task"] if shape != "single" else task["task"].split("#")[1]
        found[label] = {
            "dependencies": sorted(name if shape != "single" else name.split("#")[1] for name in task["dependencies"]),
            "has_command": "command" in task,
            "outputs": sorted(set(task["outputs"]) - set(excluded)) + sorted(excluded),
            "inputs": task["inputs"],
            "env": sorted(name for name in task["env"] if name not in ALWAYS and not name.startswith("LC_") and name in VARIABLES),
        }
        if "command" in task:
            assert task["command"] == f"npm run {task['task'].split('#')[1]}"
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_the_graph_is_the_one_turbo_plans(tmp_path, shape):
    turbo.require()
    workspace, tasks = SHAPES[shape](tmp_path / "repository")
    run = workspace.run("plan", *tasks, "--json", **VARIABLES)
    assert run.status == 0, run
    ours = planned_by_us(json.loads(run.out), shape)
    theirs = planned_by_turbo(turbo.plan(workspace.folder, tasks, **VARIABLES), tasks)
    assert sorted(ours) == sorted(theirs)
    differences = {}
    for task, expected in theirs.items():
        for what, value in expected.items():
            if not expected["has_command"] and what in ("outputs", "env"):
                continue  # Nothing runs that could read or write them.
            mine = ours[task][what]
            if what == "inputs":
                mine, value = ([path for path in paths if os.path.basename(path) not in OWN_FILES] for paths in (mine, value))
            if mine != value:
                kind = task if expected["has_command"] else "without command"
                differences[(shape, kind, what)] = (task, sorted(set(mine) - set(value)), sorted(set(value) - set(mine)), mine, value)
    undeclared = {key: pair for key, pair in differences.items() if key not in DECLARED}
    assert not undeclared
    assert {key for key in DECLARED if key[0] == shape} == set(differences)


FRAMEWORKS = {"blitz": "NEXT_PUBLIC_A", "next": "NEXT_PUBLIC_A", "gatsby": "GATSBY_A", "astro": "PUBLIC_A", "solid-start solid-js": "VITE_A",
              "@vue/cli-service": "VUE_APP_A", "@sveltejs/kit": "PUBLIC_A", "react-scripts": "REACT_APP_A", "nitropack": "NITRO_A",
              "nuxt": "NUXT_A", "@redwoodjs/core": "REDWOOD_ENV_A", "vite": "VITE_A", "@sanity/cli": "SANITY_STUDIO_A",
              "expo": "EXPO_PUBLIC_A", "@remix-run/dev": "REMIX_A", "left-pad": "NEXT_PUBLIC_A"}


def test_frameworks_bring_the_variables_that_turbo_infers(tmp_path):
    """Where turbo hashes a variable because of a framework, so do we."""
    turbo.require()
    packages = {f"packages/p{number}": (f"p{number}", ["build"], framework.split(), None) for number, framework in enumerate(FRAMEWORKS)}
    workspace = turbo.make(tmp_path / "repository", {"tasks": {"build": {}}}, packages)
    variables = {name: "1" for name in FRAMEWORKS.values()}
    run = workspace.run("plan", "build", "--json", **variables)
    assert run.status == 0, run
    ours = {task["task"]: {name for name in task["env"] if name in variables} for task in json.loads(run.out)["tasks"]}
    for task in turbo.plan(workspace.folder, ["build"], **variables)["tasks"]:
        inferred = {text.split("=")[0] for text in task["environmentVariables"]["inferred"]}
        framework = list(FRAMEWORKS)[int(task["package"][1:])]
        assert ours[task["taskId"]] == inferred, framework


def test_it_runs_as_it_is(tmp_path):
    """The scripts run, in order; the second run has nothing left to do, and lost outputs come back."""
    turbo.require()
    build = "mkdir -p dist && cat src/index.ts > dist/out.txt"
    workspace = turbo.make(tmp_path / "repository", STARTER.replace(".next/**\", \"!.next/cache/**", "dist/**"), {
        "apps/web": ("web", [], ["ui"], None), "packages/ui": ("ui", [], [], None), "packages/plain": ("plain", [], [], None)})
    for directory in ("apps/web", "packages/ui"):
        manifest = json.loads((workspace.folder / directory / "package.json").read_text())
        manifest["scripts"] = {"build": build}
        workspace.write(f"{directory}/package.json", json.dumps(manifest))
    first = workspace.run("run", "build")
    assert first.status == 0 and first.count("CACHE MISS") == 2, first
    made = (workspace.folder / "apps/web/dist/out.txt").read_text()
    again = workspace.run("run", "build", cwd=workspace.folder / "apps/web")
    assert again.status == 0 and again.count("CACHE HIT (local)") == 2, again
    (workspace.folder / "apps/web/dist/out.txt").unlink()
    restored = workspace.run("run", "build")
    assert restored.count("CACHE HIT (local)") == 2, restored
    assert (workspace.folder / "apps/web/dist/out.txt").read_text() == made
    workspace.write("packages/ui/src/index.ts", "export const name = 'other';\n")
    changed = workspace.run("run", "build")
    assert changed.count("CACHE MISS") == 2, changed


def test_what_has_no_effect_is_said_once(tmp_path):
    workspace = turbo.make(tmp_path / "repository", {
        "remoteCache": {"signature": True}, "futureTelepathy": True,
        "tasks": {"build": {"outputLogs": "errors-only", "interactive": True}}},
        {"packages/a": ("a", ["build"], [], None)})
    run = workspace.run("run", "build")
    assert run.status == 0, run
    assert run.err.count("without effect here: interactive, outputLogs, remoteCache") == 1
    assert 'turbo.json:5:3: warning[VC0107]: unknown key "futureTelepathy"' in run.err


def test_mistakes_are_shown_where_they_are(tmp_path):
    workspace = turbo.make(tmp_path / "repository", '{\n  "tasks": {\n    "build": {"dependsOn": "^build", "cache": "no"}\n  }\n}\n',
                           {"packages/a": ("a", ["build"], [], {"extends": ["//"], "tasks": {"b#build": {}}})})
    run = workspace.run("run", "build")
    assert run.status == 2
    assert 'turbo.json:3:28: error[VC0105]: "dependsOn" must be a list' in run.err
    assert 'turbo.json:3:47: error[VC0105]: "cache" must be true or false' in run.err
    workspace.write("turbo.json", '{"tasks": {"build": {}}}')
    run = workspace.run("run", "build")
    assert run.status == 2
    assert 'packages/a/turbo.json:6:5: error[VC0117]: "b#build" names a package in the file of one' in run.err


def test_files_of_what_the_root_depends_on_are_in_every_key_as_they_are_to_turbo(tmp_path):
    workspace = turbo.make(tmp_path / "repository", {"tasks": {"build": {"outputs": ["dist/**"]}}},
                           {"packages/app": ("app", ["build"], [], None), "packages/rules": ("rules", [], ["base"], None),
                            "packages/base": ("base", [], [], None)}, root={"devDependencies": {"rules": "*"}})

    def hashes():
        theirs = turbo.plan(workspace.folder, ["build"])["tasks"]
        ours = json.loads(workspace.run("plan", "build", "--json").out)["tasks"]
        return ({task["hash"] for task in theirs if task["taskId"] == "app#build"},
                {task["key"] for task in ours if task["task"] == "app#build"})

    before = hashes()
    assert all(len(found) == 1 for found in before), before
    workspace.write("packages/rules/src/index.ts", "export const name = 'other';\n")
    after = hashes()
    assert before[0] != after[0], "turbo's"
    assert before[1] != after[1], "ours"
