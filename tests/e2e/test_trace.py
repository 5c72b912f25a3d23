"""`run --trace` sees what real tools do with files, and changes nothing about what they do."""

import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import pytest

from velocity import CLI, Workspace, tree, wait_for

NPM_PACKAGES = ("typescript@5", "esbuild@0.25")


def task(command, inputs=("src/**",), outputs=("dist/**",), **keys):
    lines = ["  build:", f"    command: {json.dumps(command)}"]
    lines += [f"    {name}: {json.dumps(value)}" for name, value in
              ({"inputs": list(inputs), "outputs": list(outputs)} | keys).items()]
    return "version: 1\npipeline:\n" + "\n".join(lines) + "\n"


def traced(workspace, *arguments, status=0, **keywords):
    """What the trace of `build` found: {(kind, path)}."""
    run = workspace.run("run", "build", "--trace", *arguments, **keywords)
    assert run.status == status, run
    return found(workspace)


def found(workspace, label=None):
    shown = workspace.run("trace", *([label] if label else []), "--json")
    assert shown.status == 0, shown
    return {(finding["kind"], finding["path"])
            for report in json.loads(shown.out)["tasks"] for finding in report["findings"]}


def reports(workspace):
    return json.loads(workspace.run("trace", "--json").out)["tasks"]


def script(workspace, text, name="task.sh", **definition):
    """A workspace whose task is a shell script."""
    workspace.write(name, text)
    workspace.write("src/a.txt", "a\n")
    definition.setdefault("inputs", ["src/**", name])
    workspace.write("velocity.yml", task(f"sh {name}", **definition))
    return workspace


def untraced_tree(workspace, only):
    run = workspace.run("run", "build", "--force")
    assert run.status == 0, run
    return tree(workspace.folder, only=only)


@pytest.fixture(scope="session")
def npm_modules(tmp_path_factory):
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"name": "tools", "private": true}')
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", *NPM_PACKAGES], cwd=folder,
                          capture_output=True, text=True, timeout=240, check=False)
    if done.returncode != 0:
        pytest.skip(f"npm cannot install {' '.join(NPM_PACKAGES)}: {done.stderr.strip().splitlines()[-1:]}")
    return folder


def with_modules(workspace, npm_modules):
    shutil.copytree(npm_modules / "node_modules", workspace.folder / "node_modules", symlinks=True)
    shutil.copy(npm_modules / "package-lock.json", workspace.folder / "package-lock.json")
    workspace.write("package.json", '{"name": "app", "private": true}')
    return workspace


# What is found.

def test_each_kind_of_access_is_found(lonely_workspace):
    workspace = script(lonely_workspace, """
        mkdir -p dist
        cat src/a.txt undeclared.txt > dist/out.txt
        ls config > /dev/null
        cat .env 2> /dev/null
        test -e config/c.txt
        echo x > stray.txt
        echo t > work.tmp; mv work.tmp renamed.txt
        echo t > gone.tmp; rm gone.tmp
        rm old.txt
        echo x > work/made/by-task.txt || { mkdir -p work/made && echo x > work/made/by-task.txt; }
        cat dist/out.txt > /dev/null
        exit 0
        """)
    for name in ("undeclared.txt", "config/c.txt", "old.txt"):
        workspace.write(name, "x\n")
    assert traced(workspace) == {
        ("read", "undeclared.txt"), ("listed", "config/"), ("checked", "config/c.txt"), ("absent", ".env"),
        ("written", "stray.txt"), ("written", "renamed.txt"), ("written", "work/made/by-task.txt"),
        ("removed", "old.txt")}
    report = reports(workspace)[0]
    assert report["calls"] > 50 and report["outside"] > 10 and report["unreadable"] == 0
    made = [finding for finding in report["findings"] if finding["path"] == "work/made/by-task.txt"]
    assert made[0]["created"] == "work"


def test_a_declared_task_reports_nothing_and_its_result_is_stored(lonely_workspace):
    workspace = script(lonely_workspace, "mkdir -p dist && cat src/*.txt > dist/out.txt\n")
    run = workspace.run("run", "build", "--trace")
    assert run.status == 0 and "all they read and wrote is declared" in run.out, run
    assert found(workspace) == set()
    shutil.rmtree(workspace.folder / "dist")
    assert workspace.run("run", "build").count("CACHE HIT (local)") == 1
    assert (workspace.folder / "dist/out.txt").read_text() == "a\n"
    again = workspace.run("run", "build", "--trace")
    assert again.count("CACHE MISS") == 1, "a traced run executes"


def test_outputs_of_other_tasks_need_depends_on(lonely_workspace):
    workspace = lonely_workspace
    workspace.write("package.json", '{"workspaces": ["packages/*"]}')
    workspace.write("package-lock.json", "{}")
    for name, uses in (("ui", {}), ("web", {"ui": "*"}), ("other", {})):
        workspace.write(f"packages/{name}/package.json", json.dumps({"name": name, "dependencies": uses}))
        workspace.write(f"packages/{name}/src/a.txt", name)
    workspace.write("packages/ui/velocity.yml", 'pipeline:\n  build:\n    command: "mkdir -p dist && cp src/a.txt dist/a.txt"\n')
    # By way of the link that the package manager makes, as tools do.
    link = workspace.folder / "node_modules/ui"
    link.parent.mkdir()
    link.symlink_to("../packages/ui")
    command = "mkdir -p dist && cat ../../node_modules/ui/dist/a.txt > dist/a.txt || true"
    workspace.write("velocity.yml", task(command))
    assert workspace.run("run", "ui#build").status == 0
    run = workspace.run("run", "web#build", "--trace")
    assert run.status == 0, run
    assert found(workspace, "web#build") == {("dependency_output", "packages/ui/dist/a.txt")}
    assert "made by ui#build, which is not in depends_on" in run.err
    fixed = workspace.run("trace", "web#build", "--fix", "--write")
    assert fixed.status == 0 and '+       - "^build"' in fixed.out, fixed
    assert "^build" in (workspace.folder / "packages/web/velocity.yml").read_text()
    assert workspace.run("run", "web#build", "--trace").status == 0
    assert found(workspace, "web#build") == set()
    # Sources of what it depends on are in its key.
    workspace.write("velocity.yml", task(command + "; cat ../ui/src/a.txt ../other/src/a.txt", depends_on=["^build"]))
    (workspace.folder / "packages/web/velocity.yml").unlink()
    assert workspace.run("run", "web#build", "--trace").status == 0
    assert found(workspace, "web#build") == {("read", "packages/other/src/a.txt")}


def test_ignored_files_are_no_default_inputs_even_while_absent(lonely_workspace):
    workspace = lonely_workspace
    subprocess.run(["git", "init", "-q"], cwd=workspace.folder, check=True)
    workspace.write(".gitignore", ".env\ndist/\ngenerated/\n")
    workspace.write("generated/g.txt", "g\n")
    workspace.write("velocity.yml", 'version: 1\npipeline:\n  build:\n    command: "cat .env other.env generated/g.txt; '
                                    'cat .git/HEAD; mkdir -p dist && echo > dist/x"\n    outputs: ["dist/**"]\n')
    assert traced(workspace) == {("absent", ".env"), ("read", "generated/g.txt"), ("read", ".git/")}


def test_what_is_proposed_makes_the_task_clean(lonely_workspace):
    workspace = script(lonely_workspace, """
        mkdir -p dist cache/deep
        cat src/a.txt data/*.json lone.cfg > dist/out.txt
        for i in 1 2 3 4; do echo $i > cache/deep/$i.bin; done
        """)
    for i in range(5):
        workspace.write(f"data/{i}.json", "{}")
    workspace.write("lone.cfg", "x")
    workspace.write("velocity.yml", "# Kept as it is.\n" + (workspace.folder / "velocity.yml").read_text())
    before = (workspace.folder / "velocity.yml").read_text()
    traced(workspace)
    fix = workspace.run("trace", "--fix")
    assert fix.status == 0 and (workspace.folder / "velocity.yml").read_text() == before, "it only proposes"
    proposal = json.loads(workspace.run("trace", "--fix", "--json").out)["tasks"][0]
    assert proposal["inputs"] == ["data/*", "lone.cfg"] and proposal["outputs"] == ["cache/**"], proposal
    assert workspace.run("trace", "--fix", "--write").status == 0
    after = (workspace.folder / "velocity.yml").read_text()
    assert after.startswith("# Kept as it is.\n") and '"src/**", "task.sh", "data/*", "lone.cfg"' in after, after
    shutil.rmtree(workspace.folder / "cache")
    assert traced(workspace) == set()


def test_a_long_report_is_cut_and_says_how_to_see_it_all(lonely_workspace):
    workspace = script(lonely_workspace, "for i in $(seq 100 149); do cat $i.txt; done; mkdir dist; echo > dist/x\n")
    for i in range(100, 150):
        workspace.write(f"{i}.txt", "")
    run = workspace.run("run", "build", "--trace")
    table = [line for line in run.err.splitlines() if line.startswith("  ")]
    assert len(table) == 20 and table[-1].strip() == "... and 31 more: velocity-cli trace .#build", run
    assert workspace.run("trace", "build").out.count("  read ") == 50


def test_hostile_names_and_ways_to_a_file(lonely_workspace):
    workspace = lonely_workspace
    workspace.write("task.py", """
import os
long = "/".join(["d" * 200] * 10)
os.makedirs("dist", exist_ok=True)
open("dist/x", "w").close()
root = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
deep = os.open("deep", os.O_RDONLY | os.O_DIRECTORY)
os.close(os.open("by-descriptor.txt", os.O_RDONLY, dir_fd=deep))
os.close(os.open("../deep/./../deep//by-dots.txt", os.O_RDONLY, dir_fd=deep))
os.close(os.open(b"not-\\xff-utf8", os.O_RDONLY))
os.close(os.open("new\\nline\\x1b[31m", os.O_RDONLY))
os.close(os.open("link-to-file", os.O_RDONLY))
for path in ("./" * 2036 + "deep/by-length.txt", "./" * 2048 + "too-long"):
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        pass
os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
for attempt in (lambda: open("in-deleted"), lambda: os.listdir("."), lambda: os.stat("..")):
    try:
        attempt()
    except OSError:
        pass
os.fchdir(root)
if os.fork() == 0:
    os.chdir("deep")
    open("by-child.txt").close()
    os._exit(0)
os.wait()
""")
    for name in ("by-descriptor", "by-dots", "by-length", "by-child"):
        workspace.write(f"deep/{name}.txt", "")
    (workspace.folder / "link-to-file").symlink_to("deep/by-link.txt")
    workspace.write("deep/by-link.txt", "")
    workspace.write("new\nline\x1b[31m", "")
    pathlib.Path(os.fsdecode(os.fsencode(workspace.folder) + b"/not-\xff-utf8")).touch()
    workspace.write("velocity.yml", task(f"{sys.executable} -S -B task.py", inputs=["task.py"]))
    run = workspace.run("run", "build", "--trace")
    assert run.status == 0 and "\x1b" not in run.text, run
    assert {path for kind, path in found(workspace) if kind == "read"} == {
        "deep/by-descriptor.txt", "deep/by-dots.txt", "deep/by-length.txt", "deep/by-child.txt", "deep/by-link.txt",
        "link-to-file", r"not-\xff-utf8", r"new\x0aline\x1b[31m"}
    fix = workspace.run("trace", "--fix", "--write")
    assert fix.status == 0, fix
    assert not [path for kind, path in traced(workspace) if kind == "read"]


# Real tools.

def test_gcc_and_make(lonely_workspace):
    workspace = lonely_workspace
    workspace.write("src/main.c", '#include <stdio.h>\n#include "shared.h"\nint main(void) { return f(); }\n')
    for name in ("one", "two"):
        workspace.write(f"src/{name}.c", f'#include <stdlib.h>\n#include "shared.h"\nint {name}(void) {{ return ONE; }}\n')
    workspace.write("include/shared.h", "#define ONE 1\nstatic inline int f(void) { return ONE; }\n")
    workspace.write("Makefile", "dist/app: $(patsubst src/%.c,dist/%.o,$(wildcard src/*.c))\n\tgcc -o $@ $^\n"
                                "dist/%.o: src/%.c\n\t@mkdir -p dist\n\tgcc -O1 -Iinclude -c $< -o $@\n")
    # `*`: make and ld look for files of many names beside the Makefile.
    declared = ["*", "src/**", "!dist/**"]
    workspace.write("velocity.yml", task("make -j2", inputs=declared))
    plain = untraced_tree(workspace, "dist")
    assert len([path for path in plain if path.endswith(".o")]) == 3
    findings = traced(workspace)
    assert ("read", "include/shared.h") in findings, findings
    assert {path for _, path in findings} <= {"include/shared.h", "include/"} | {
        path for kind, path in findings if kind == "absent" and path.startswith("include/")}, findings
    assert tree(workspace.folder, only="dist") == plain, "the trace changed what was built"
    workspace.write("velocity.yml", task("make -j2", inputs=declared + ["include/**"]))
    assert traced(workspace) == set()


def test_tsc(lonely_workspace, npm_modules):
    workspace = with_modules(lonely_workspace, npm_modules)
    workspace.write("tsconfig.base.json", '{"compilerOptions": {"strict": true}}')
    workspace.write("tsconfig.json", '{"extends": "./tsconfig.base.json", "include": ["src/**/*"], "compilerOptions": '
                                     '{"outDir": "dist", "types": [], "module": "nodenext", "target": "es2022"}}')
    workspace.write("src/index.ts", 'import { two } from "./deep/two.js";\nimport { other } from "../other/other.js";\n'
                                    "export const x: number = two + other;\n")
    workspace.write("src/deep/two.ts", "export const two = 2;\n")
    workspace.write("other/other.ts", "export const other = 3;\n")
    workspace.write("velocity.yml", task("node node_modules/typescript/bin/tsc", inputs=["src/**", "tsconfig.json"]))
    plain = untraced_tree(workspace, "dist")
    assert any(path.endswith("index.js") for path in plain)
    findings = traced(workspace)
    assert {("read", "tsconfig.base.json"), ("read", "other/other.ts")} <= findings, findings
    assert not {path for kind, path in findings if kind in ("written", "removed")}, findings
    assert tree(workspace.folder, only="dist") == plain
    workspace.write("velocity.yml", task("node node_modules/typescript/bin/tsc",
                                         inputs=["src/**", "other/**", "tsconfig*.json"]))
    assert traced(workspace) == set()


def test_esbuild(lonely_workspace, npm_modules):
    workspace = with_modules(lonely_workspace, npm_modules)
    workspace.write("src/index.ts", 'import { shared } from "../shared/shared";\nimport data from "./data.json";\n'
                                    "console.log(shared, data.x);\n")
    workspace.write("src/data.json", '{"x": 1}')
    workspace.write("shared/shared.ts", "export const shared = 1;\n")
    command = "node_modules/.bin/esbuild src/index.ts --bundle --minify --outfile=dist/bundle.js"
    workspace.write("velocity.yml", task(command))
    plain = untraced_tree(workspace, "dist")
    findings = traced(workspace)
    assert ("read", "shared/shared.ts") in findings, findings
    assert tree(workspace.folder, only="dist") == plain
    workspace.write("velocity.yml", task(command, inputs=["src/**", "shared/**", "*.json", "!dist/**"]))
    left = traced(workspace)
    assert not {finding for finding in left if finding[0] not in ("listed", "absent")}, left


def test_go(lonely_workspace, tmp_path):
    if not shutil.which("go"):
        pytest.skip("go is not installed")
    workspace = lonely_workspace
    workspace.write("go.mod", "module example.test/app\n\ngo 1.19\n")
    workspace.write("main.go", 'package main\n\nimport "example.test/app/lib"\n\nfunc main() { println(lib.One) }\n')
    workspace.write("lib/lib.go", "package lib\n\nconst One = 1\n")
    caches = {"GOCACHE": str(tmp_path / "go-cache"), "GOPATH": str(tmp_path / "go"), "GOFLAGS": "-buildvcs=false",
              "GOTELEMETRY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    workspace.variables = caches
    definition = {"outputs": ["dist/**"], "pass_env": [name for name in caches if name != "GOFLAGS"]}
    workspace.write("velocity.yml", task("go build -trimpath -o dist/app .", inputs=["main.go", "go.mod"], **definition))
    plain = untraced_tree(workspace, "dist")
    assert "dist/app" in plain
    findings = traced(workspace, timeout=500)
    assert ("read", "lib/lib.go") in findings, findings
    assert tree(workspace.folder, only="dist") == plain
    workspace.write("velocity.yml", task("go build -trimpath -o dist/app .", inputs=["*", "lib/**", "!dist/**"],
                                         **definition))
    assert traced(workspace) == set()


# What must not break.

def test_two_hundred_processes_at_once(lonely_workspace):
    workspace = script(lonely_workspace, """
        mkdir dist
        for i in $(seq 200); do (cat in/$i.txt > dist/$i.txt) & done
        wait
        """)
    for i in range(1, 201):
        workspace.write(f"in/{i}.txt", f"{i}\n")
    assert traced(workspace) == {("read", f"in/{i}.txt") for i in range(1, 201)}
    assert sorted(int(path.read_text()) for path in (workspace.folder / "dist").iterdir()) == list(range(1, 201))


def test_a_failing_task_fails_as_ever(lonely_workspace):
    workspace = script(lonely_workspace, "cat undeclared.txt; echo to-stderr >&2; exit 7\n")
    workspace.write("undeclared.txt", "")
    run = workspace.run("run", "build", "--trace")
    assert run.status == 1 and "exit status 7" in run.text and "to-stderr" in run.text, run
    assert found(workspace) == {("read", "undeclared.txt")}
    assert reports(workspace)[0]["succeeded"] is False
    workspace.write("velocity.yml", task("no-such-program"))
    run = workspace.run("run", "build", "--trace")
    assert run.status == 1 and "no-such-program: command not found" in run.text, run


def test_scripts_without_an_interpreter_line_and_loader_variables(lonely_workspace):
    workspace = lonely_workspace
    workspace.write("bare", 'mkdir -p dist; echo "$LD_LIBRARY_PATH" > dist/x\n', mode=0o755)
    workspace.write("velocity.yml", task("./bare", inputs=["bare"], env=["LD_LIBRARY_PATH"]))
    run = workspace.run("run", "build", "--trace", LD_LIBRARY_PATH="/nowhere")
    assert run.status == 0, run
    assert (workspace.folder / "dist/x").read_text() == "/nowhere\n"
    workspace.write("notrun", b"\x7fELFbroken".decode("latin-1"), mode=0o755)
    workspace.write("velocity.yml", task("./notrun", inputs=["notrun"]))
    assert workspace.run("run", "build", "--trace").status == 1


SECCOMP_TASK = """
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
# Every call is allowed: what matters is that a filter of its own can be added.
program = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 0x7fff0000))
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_void_p)]
assert libc.prctl(22, 2, ctypes.byref(Program(1, ctypes.addressof(program))), 0, 0) == 0, ctypes.get_errno()
os.makedirs("dist"); open("dist/x", "w").write(open("undeclared.txt").read())
ctypes.set_errno(0)
assert libc.syscall(425, 8, 0) == -1 and ctypes.get_errno() == 38, "io_uring would go round the trace"
"""


def test_a_task_with_a_filter_of_its_own(lonely_workspace):
    workspace = lonely_workspace
    workspace.write("task.py", SECCOMP_TASK)
    workspace.write("undeclared.txt", "x")
    workspace.write("velocity.yml", task(f"{sys.executable} -S -B task.py", inputs=["task.py"]))
    assert ("read", "undeclared.txt") in traced(workspace)


def test_setuid_programs_and_users_without_rights(lonely_workspace, tmp_path):
    """Somebody without any rights gets the same report; a setuid program still runs, if without its owner's rights."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    workspace = script(lonely_workspace, "mkdir -p dist; cat undeclared.txt > dist/x; ./own-id > dist/id\n",
                       inputs=["task.sh", "own-id", "src/**"])
    workspace.write("undeclared.txt", "x")
    shutil.copy(shutil.which("id"), workspace.folder / "own-id")
    everything = [workspace.folder, *workspace.folder.rglob("*")]
    for path in everything:
        os.chown(path, 65534, 65534)
    os.chown(workspace.folder / "own-id", 0, 0)
    (workspace.folder / "own-id").chmod(0o4755)
    for parent in workspace.folder.parents:
        if str(parent).startswith(str(tmp_path.parents[1])):
            parent.chmod(0o755)
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if subprocess.run([*prefix, CLI, "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("the binary cannot be reached by other users")
    run = workspace.run("run", "build", "--trace", prefix=prefix)
    assert run.status == 0, run
    assert found(workspace) == {("read", "undeclared.txt")}
    assert "uid=65534" in (workspace.folder / "dist/id").read_text()


def deny_seccomp():
    """In a child: seccomp(2) fails with EPERM from here on, as a strict container makes it."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
    lines = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]

    class Line(ctypes.Structure):
        _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.POINTER(Line))]

    array = (Line * len(lines))(*[Line(*line) for line in lines])
    libc.prctl(38, 1, 0, 0, 0)
    assert libc.prctl(22, 2, ctypes.byref(Program(len(lines), array)), 0, 0) == 0


def test_where_it_is_not_allowed_the_run_goes_on_untraced(lonely_workspace):
    workspace = script(lonely_workspace, "mkdir dist; cat undeclared.txt > dist/x\n")
    workspace.write("undeclared.txt", "x")
    done = subprocess.run([CLI, "run", "build", "--trace"], cwd=workspace.folder, env=workspace.environment(),
                          preexec_fn=deny_seccomp, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    assert "tasks run untraced: seccomp user notification is not to be had here" in done.stderr, done
    assert (workspace.folder / "dist/x").read_text() == "x"
    assert workspace.run("trace").status == 2, "nothing was traced"


def test_a_trace_inside_a_trace_runs_untraced(lonely_workspace, tmp_path):
    inner = script(Workspace(tmp_path / "inner"), "mkdir dist; echo > dist/x\n")
    workspace = script(lonely_workspace, f"mkdir dist; cd {inner.folder} && {CLI} run build --trace\n")
    workspace.write("velocity.yml", task("sh task.sh", inputs=["task.sh"], outputs=[]))
    run = workspace.run("run", "build", "--trace")
    assert run.status == 0 and "already around it" in run.text, run
    assert (inner.folder / "dist/x").exists()


def processes_in(folder):
    out = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd") == str(folder):
                out.append(int(entry.name))
        except OSError:
            pass
    return out


def busy(workspace):
    """A task that makes traced calls without end."""
    return script(workspace, "mkdir -p dist; for i in 1 2 3 4; do (while :; do cat src/a.txt > /dev/null; done) & done; "
                             "echo > started; while :; do cat src/a.txt > /dev/null; done\n")


def test_kill_9_in_the_middle_leaves_nobody_waiting(lonely_workspace):
    workspace = busy(lonely_workspace)
    process = workspace.start("run", "build", "--trace")
    wait_for((workspace.folder / "started").exists, what="the task")
    process.kill()
    process.communicate()
    wait_for(lambda: not processes_in(workspace.folder), what="the task's processes to end")


def test_ctrl_c_ends_a_traced_task(lonely_workspace):
    workspace = busy(lonely_workspace)
    process = workspace.start("run", "build", "--trace")
    wait_for((workspace.folder / "started").exists, what="the task")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    # Killed is not gone: the kernel takes down others than the agent's own children after it has ended.
    wait_for(lambda: not processes_in(workspace.folder), what="the task's processes to end")


def test_a_daemon_of_a_traced_task_is_ended_with_the_run(lonely_workspace):
    workspace = script(lonely_workspace, "mkdir dist; echo > dist/x; setsid sh -c 'echo $$ > daemon.pid; exec sleep 1000' "
                                         "> /dev/null 2>&1 & while ! test -s daemon.pid; do :; done\n")
    run = workspace.run("run", "build", "--trace")
    assert run.status == 0 and "1 background process, ended now" in run.err, run
    daemon = int((workspace.folder / "daemon.pid").read_text())
    wait_for(lambda: not os.path.exists(f"/proc/{daemon}/exe"), what="the daemon to end")


# The command.

def test_what_trace_says_without_reports(lonely_workspace):
    assert lonely_workspace.run("trace").status == 2, "no workspace"
    workspace = script(lonely_workspace, "mkdir dist; echo > dist/x\n")
    nothing = workspace.run("trace")
    assert nothing.status == 2 and "run TASK --trace" in nothing.err, nothing
    traced(workspace)
    unknown = workspace.run("trace", ".#biuld")
    assert unknown.status == 2 and 'did you mean ".#build"?' in unknown.err, unknown
    assert workspace.run("trace", "--write").status == 2, "--write without --fix"
    report = next((workspace.folder / ".velocity/trace").iterdir())
    report.write_text(report.read_text()[:50])
    damaged = workspace.run("trace")
    assert damaged.status == 2 and report.name in damaged.err, damaged
    assert re.search(r"help: .*--trace", damaged.err)
