"""`why` and its relatives name what changed, in workspaces with real files, variables and tools."""

import json
import shutil
import subprocess

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


def test_graph_in_four_forms(built):
    built.write("packages/top/package.json", '{"name": "</script><b>\\"quote", "version": "1.0.0", '
                '"scripts": {"build": "sh build.sh"}, "dependencies": {"left": "1.0.0", "right": "1.0.0"}}\n')
    graph = json.loads(built.run("graph", "build", "--format", "json").out)
    assert [task["task"] for task in graph["tasks"]][0] == "base#build"
    assert {task["state"] for task in graph["tasks"]} == {"current", "miss"}
    assert graph["critical_ms"] > 0
    page = built.run("graph", "build").out
    assert page.startswith("<!doctype html>") and page.count("</script>") == 2
    assert "https:" not in page and "src=" not in page
    mermaid = built.run("graph", "build", "--format=mermaid").out
    assert mermaid.startswith("flowchart LR\n") and "</script>" not in mermaid
    dot = built.run("graph", "build", "--format=dot").out
    assert dot.count(" -> ") == 4
    written = built.run("graph", "build", "-o", "graph.html")
    assert written.out.strip().endswith("/graph.html"), written
    assert (built.folder / "graph.html").read_text() == page


def test_graphviz_reads_the_graph(built):
    if shutil.which("dot") is None:
        pytest.skip("dot (graphviz) is not installed")
    built.write("packages/top/package.json", '{"name": "a\\\\\\"];b", "version": "1.0.0", '
                '"scripts": {"build": "sh build.sh"}, "dependencies": {"left": "1.0.0"}}\n')
    text = built.run("graph", "build", "--format=dot").out
    drawn = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True, check=False, timeout=60)
    assert drawn.returncode == 0, drawn.stderr
    assert len([line for line in drawn.stdout.splitlines() if line.startswith("node ")]) == 4


def test_a_browser_shows_the_graph(built):
    browser = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium is installed")
    hostile = "</script><script>document.title='owned'</script>"
    built.write("packages/top/package.json", json.dumps({
        "name": hostile, "version": "1.0.0", "scripts": {"build": "sh build.sh"}, "dependencies": {"left": "1.0.0"}}))
    assert built.run("graph", "build", "-o", "graph.html").status == 0
    shown = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
                            f"file://{built.folder}/graph.html"], capture_output=True, text=True, check=False, timeout=120)
    assert shown.stdout.count('class="node ') == 4, shown.stderr[-500:]
    assert shown.stdout.count('class="edge') == 3
    assert "<title>build</title>" in shown.stdout, "a name became markup"


def test_stats_count_the_runs(built):
    append(built, "packages/top/src/a.txt")
    assert built.run("run", "build").status == 0
    assert built.run("run", "build").status == 0
    stats = json.loads(built.run("stats", "--json").out)
    assert (stats["runs"], stats["hits"], stats["executions"]) == (3, 7, 5)
    assert stats["least_cached"][0]["task"] == "top#build"
    text = built.run("stats")
    assert "7 of 12 results from a cache (58 %)" in text.out, text


def test_stats_without_runs(lonely_workspace):
    shapes.diamond(lonely_workspace, LONELY % lonely_workspace.folder)
    assert lonely_workspace.run("stats").out == "no run is recorded here\n"


def test_ls_lists_packages_with_their_tasks(built):
    built.write("packages/types/package.json", '{"name": "types", "version": "1.0.0"}\n')
    listed = json.loads(built.run("ls", "--json").out)["packages"]
    assert {package["name"]: package["directory"] for package in listed}["left"] == "packages/left"
    assert all("build" in package["tasks"] for package in listed if package["name"] in ("left", "right"))
    assert "packages/types" in built.run("ls").out


def test_logs_replay_the_last_run(built):
    run = built.run("logs", "left#build")
    assert (run.status, run.out) == (0, "building left\n"), run
    built.write("packages/left/build.sh", "echo to the error stream >&2; exit 3\n")
    assert built.run("run", "left#build").status == 1
    failed = built.run("logs", "left#build")
    assert failed.err == "to the error stream\n", failed
    built.write("packages/left/build.sh", shapes.BUILD_SH)
    assert built.run("run", "left#build").status == 0
    assert built.run("logs", "left#build").out == "building left\n"
    unknown = built.run("logs", "left#nothing")
    assert unknown.status == 2 and "help:" in unknown.err, unknown
    for word, said in (("left#biuld", 'help: did you mean "left#build"?'), ("build", "help: say of which package; known tasks: "),
                       ("left#build", "help: a run here leaves it")):
        built.run("clean")
        unknown = built.run("logs", word)
        assert unknown.status == 2 and said in unknown.err, unknown


def test_last_failed_runs_only_what_failed(built):
    for name in ("left", "top"):
        append(built, f"packages/{name}/src/a.txt")
    broken = (built.folder / "packages/left/build.sh").read_text()
    built.write("packages/left/build.sh", "exit 3\n")
    assert built.run("run", "build", "--continue").status == 1
    built.write("packages/left/build.sh", broken)
    again = json.loads(built.run("run", "--last-failed", "--json").out)
    assert {task["task"]: task["result"] for task in again["tasks"]} == {"base#build": "hit_local", "left#build": "executed"}
    nothing = built.run("run", "--last-failed")
    assert (nothing.status, nothing.out) == (0, "nothing failed in the last run here\n"), nothing
    assert built.run("run", "build", "--last-failed").status == 2
    assert built.run("run").status == 2


def test_summarize_keeps_a_file_and_names_it(built):
    append(built, "packages/top/src/a.txt")
    run = built.run("run", "build", "--summarize")
    [line] = [line for line in run.out.splitlines() if line.startswith("summary: ")]
    with open(line.removeprefix("summary: ")) as file:
        summary = json.load(file)
    assert summary["version"] == 1 and summary["exit_code"] == 0
    tasks = {task["task"]: task for task in summary["tasks"]}
    assert tasks["top#build"]["result"] == "executed" and tasks["base#build"]["source"] == "local"
    assert {"kind": "definition", "name": "command", "value": "sh build.sh"} in tasks["top#build"]["ingredients"]
    assert summary["totals"]["executed"] == 1
    assert len(list((built.folder / ".velocity/runs").iterdir())) == 1


def test_the_step_summary_is_written_where_github_wants_it(built):
    file = built.folder / "step.md"
    file.write_text("")
    append(built, "packages/top/src/a.txt")
    assert built.run("run", "build", GITHUB_STEP_SUMMARY=file).status == 0
    text = file.read_text()
    assert "| top&#35;build | executed |" in text, text
    assert text.startswith("### ✅ build\n")
    unwritable = built.run("run", "build", GITHUB_STEP_SUMMARY=built.folder / "no/such/folder/file")
    assert unwritable.status == 0 and "no step summary" in unwritable.err, unwritable


def test_doctor_in_a_healthy_workspace(workspace):
    shapes.diamond(workspace)
    run = workspace.run("doctor", "--json")
    findings = {finding["subject"]: finding for finding in json.loads(run.out)["findings"]}
    assert run.status == 0, run
    for subject in ("configuration", "workspace", "local cache", "remote", "rights", "clock"):
        assert findings[subject]["health"] in ("ok", "warn"), findings[subject]
    assert findings["clock"]["health"] == "ok"
    assert "reads default" in findings["rights"]["text"], findings["rights"]


def test_doctor_names_what_is_wrong_and_the_remedy(workspace):
    shapes.diamond(workspace)
    wrong_token = workspace.run("doctor", VC_AUTH_TOKEN="wrong-token-0000")
    assert wrong_token.status == 1 and "answers 401" in wrong_token.out and "help: check VC_AUTH_TOKEN" in wrong_token.out
    workspace.gateway.stop()
    assert "help: check remote.url" in workspace.run("doctor").out
    workspace.write("velocity.yml", "version: 7\n")
    broken = workspace.run("doctor")
    assert broken.status == 1 and broken.out.count("fail") == 1, broken


def test_config_show_never_shows_the_token(workspace):
    shapes.diamond(workspace)
    run = workspace.run("config", "show")
    assert run.status == 0 and "set by VC_AUTH_TOKEN" in run.out, run
    assert workspace.gateway.url in run.out
    assert "an-end-to-end-test-token" not in run.text
    settings = json.loads(workspace.run("config", "show", "--json").out)["settings"]
    assert {"name": "pipeline.build", "value": "sh build.sh"} in settings
