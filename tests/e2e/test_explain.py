"""`why` and its relatives name what changed, in workspaces with real files, variables and tools."""

import json

import pytest

import shapes

LONELY = """\
version: 1
pipeline:
  build:
    command: "sh build.sh"
    inputs: ["src/**", "build.sh"]
    outputs: ["dist/**"]
    depends_on: ["^build"]
    env: ["MODE"]
    tools: ["%s/tool"]
    pass_env: ["BUILD_LOG"]
"""


@pytest.fixture
def built(lonely_workspace):
    """The diamond, built once."""
    workspace = lonely_workspace
    workspace.write("tool", "#!/bin/sh\necho tool 1.0\n", mode=0o755)
    shapes.diamond(workspace, LONELY % workspace.folder)
    first = workspace.run("run", "build")
    assert first.status == 0, first
    assert first.count("first run here") == 4, first
    return workspace


def why(workspace, task, *arguments, **variables):
    run = workspace.run("why", task, "--json", *arguments, **variables)
    assert run.status == 0, run
    return json.loads(run.out)["tasks"]


def append(workspace, path, text="more\n"):
    with open(workspace.folder / path, "a") as file:
        file.write(text)


def test_why_without_an_earlier_run_says_so(lonely_workspace):
    shapes.diamond(lonely_workspace, LONELY % lonely_workspace.folder)
    lonely_workspace.write("tool", "#!/bin/sh\necho tool 1.0\n", mode=0o755)
    run = lonely_workspace.run("why", "top#build")
    assert run.status == 0, run
    assert run.out == "top#build would run: no earlier run of it is known here\n"


def test_why_follows_a_change_to_its_root(built):
    append(built, "packages/base/src/a.txt")
    run = built.run("why", "top#build")
    assert run.status == 0, run
    first = run.out.splitlines()[0]
    assert first == "top#build would run: packages/base/src/a.txt changed (base#build -> left#build -> top#build)", run
    assert "right#build" in run.out, "the list has every difference"
    [task] = why(built, "top#build")
    assert task["cause"]["task"] == "base#build"
    assert task["cause"]["name"] == "src/a.txt"
    assert task["cause"]["through"] == ["left#build", "top#build"]
    assert task["state"] == "miss"


def test_a_miss_says_why_when_it_starts(built):
    append(built, "packages/base/src/a.txt")
    run = built.run("run", "build")
    assert "base#build: CACHE MISS" in run.out
    assert run.count(", src/a.txt changed\n") == 1, run
    assert run.count(", dependency base#build changed (src/a.txt changed)\n") == 3, run


def test_after_the_run_why_says_why_it_ran(built):
    append(built, "packages/left/src/a.txt")
    assert built.run("run", "build").status == 0
    [task] = why(built, "left#build")
    assert task["state"] == "current"
    assert "cause" not in task
    assert task["earlier_cause"]["name"] == "src/a.txt"


CHANGES = {
    "added": (lambda w: w.write("packages/left/src/new.txt", "n\n"), "packages/left/src/new.txt added", {}),
    "removed": (lambda w: (w.folder / "packages/left/src/b.txt").unlink(), "packages/left/src/b.txt removed", {}),
    "exec bit": (lambda w: (w.folder / "packages/left/build.sh").chmod(0o755),
                 "packages/left/build.sh became executable", {}),
    "manifest": (lambda w: append(w, "packages/left/package.json", "\n"), "packages/left/package.json changed", {}),
    "tool": (lambda w: w.write("tool", "#!/bin/sh\necho tool 2.0\n"), "tool 1.0 -> tool 2.0", {}),
    "command": (lambda w: w.write("velocity.yml", (LONELY % w.folder).replace("sh build.sh", "sh -e build.sh")),
                "the command changed: sh build.sh -> sh -e build.sh", {}),
    "outputs": (lambda w: w.write("velocity.yml", (LONELY % w.folder).replace('"dist/**"', '"dist/**", "lib/**"')),
                "output pattern lib/** added", {}),
    "variable": (lambda w: None, "variable MODE set", {"MODE": "hunter2-hunter2"}),
    "lockfile": (lambda w: w.write("package-lock.json", '{"lockfileVersion": 3, "packages": {}}\n'),
                 "package-lock.json added", {}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_why_names_each_kind_of_change(built, change):
    make, expected, variables = CHANGES[change]
    make(built)
    # base runs first: what concerns all packages is its own there.
    label = "base#build" if change in ("tool", "command", "outputs", "variable", "lockfile") else "left#build"
    run = built.run("why", label, **variables)
    assert run.status == 0, run
    assert expected in run.out, run
    assert "hunter2" not in run.text
    assert f"{label} would run" in run.out, run


def test_arguments_are_told_without_their_values(built):
    run = built.run("why", "left#build", "--", "--password=hunter2-hunter2")
    assert "the arguments after -- changed" in run.out, run
    assert built.run("run", "left#build", "--", "--password=hunter2-hunter2").status == 0
    for file in (built.folder / ".velocity/notes").iterdir():
        assert b"hunter2" not in file.read_bytes()


def test_a_failure_is_remembered(built):
    built.write("packages/left/build.sh", "exit 3\n")
    assert built.run("run", "left#build").status == 1
    run = built.run("why", "left#build")
    assert "it failed the last time, and nothing has changed since" in run.out, run
    again = built.run("run", "left#build")
    assert "it failed the last time" in again.out, again


def test_a_lost_result_is_no_mystery(built):
    assert built.run("clean").status == 0
    for folder in built.folder.glob("packages/*/dist"):
        (folder / "tool").unlink()
    run = built.run("why", "left#build")
    assert "nothing has changed since the last run, but its result is in no cache" in run.out, run


def test_a_run_that_does_nothing_writes_no_notes(built):
    def names():
        return sorted(file.name for file in (built.folder / ".velocity/notes").iterdir())
    before = names()
    assert built.run("run", "build").status == 0
    assert names() == before
    append(built, "packages/top/src/a.txt")
    assert built.run("run", "build").status == 0
    assert len(names()) == len(before) + 1


def test_long_lists_are_cut_unless_all_is_asked_for(built):
    for number in range(30):
        built.write(f"packages/left/src/n{number:02}.txt", "x\n")
    brief = built.run("why", "left#build")
    assert brief.out.count(" added") == 21, brief  # The sentence and twenty lines.
    assert "and 10 more (--all shows them)" in brief.out
    assert built.run("why", "left#build", "--all").out.count(" added") == 31


def test_source_only_packages_are_causes_too(lonely_workspace):
    workspace = lonely_workspace
    workspace.write("velocity.yml", 'version: 1\npipeline:\n  build:\n    command: "npm run build"\n    inputs: ["src/**"]\n'
                    '    outputs: ["dist/**"]\n    depends_on: ["^build"]\n')
    workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}\n')
    workspace.write("packages/types/package.json", '{"name": "types", "version": "1.0.0"}\n')
    workspace.write("packages/types/index.d.ts", "export type A = 1;\n")
    shapes.package(workspace, "web", ["types"])
    first = workspace.run("run", "build")
    assert first.status == 0, first
    append(workspace, "packages/types/index.d.ts")
    run = workspace.run("why", "web#build")
    assert "packages/types/index.d.ts changed (types#build -> web#build)" in run.out, run


def test_a_damaged_memory_is_no_memory(built):
    for file in (built.folder / ".velocity/notes").iterdir():
        file.write_bytes(b"velocity notes 1\n" + b"\xff" * 100)
    run = built.run("why", "left#build")
    assert run.status == 0, run
    assert "no earlier run of it is known here" in run.out
    append(built, "packages/left/src/a.txt")
    assert built.run("run", "build").status == 0


def test_an_unknown_task_is_a_usage_error(built):
    run = built.run("why", "biuld")
    assert run.status == 2, run
    assert "did you mean" in run.err
