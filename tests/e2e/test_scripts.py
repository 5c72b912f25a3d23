"""`npm run x` without npm: what a script is given equals what the real package manager gives it, variable by variable."""

import json
import pathlib
import re
import shutil
import signal

import pytest

import package_managers
from package_managers import ALL, NPM, PNPM_9, PNPM_10, YARN_1
from velocity import Workspace

# Writes what it was given, and by whom it was started, to a file of the package, one line a call.
RECORDER = """\
import json, os, sys
line = []
parent = os.getppid()
while parent > 1:
    status = open(f"/proc/{parent}/status").read()
    line.append(status.split("Name:\\t")[1].split("\\n")[0])
    parent = int(status.split("PPid:\\t")[1].split("\\n")[0])
record = {"event": os.environ.get("npm_lifecycle_event"), "argv": sys.argv[1:], "cwd": os.getcwd(), "ancestors": line,
          "environment": {os.fsdecode(k): os.fsdecode(v) for k, v in os.environb.items()},
          "stdin": os.readlink("/proc/self/fd/0")}
with open(os.environ["RECORD"], "a") as out:
    out.write(json.dumps(record) + "\\n")
sys.exit(int(sys.argv[1][4:]) if len(sys.argv) > 1 and sys.argv[1].startswith("exit") else 0)
"""

# What differs from one start of a manager to the next, and says nothing: (manager, variable): (pattern, reason). Everything
# else has to be equal.
DIFFERENCES = {
    (YARN_1.name, "PATH"): (r"(/tmp/yarn--[0-9]+-[0-9.]+|[^:]*/\.velocity/manager-programs/[0-9a-f]{64})",
                           "yarn makes a folder with node and yarn in it for each of its runs, we make one for all"),
}

HOSTILE = ["", " ", "two words", "it's", "'quoted'", '"double"', "$HOME", "${HOME:-x}", "`id`", "$(id)", "a\\b", "\\", "a\\ b", "*", "?",
           "[a]", "~", "#x", "!x", "a=b", "a;b", "a&b", "a|b", "<x>", "(x)", "{a,b}", "-x", "--flag", "--flag=va lue", "--", "%s", "'a'b'",
           "a'", "'", '"', "''", "a'\"b c", "^x", "@x", "x,y", "a:b", "C:\\x", "a::b", ":", "a:"]


class Case:
    """Scripts of one package, the one that is started, and whether it can be started without its manager."""

    def __init__(self, scripts, script="x", words=None, arguments=(), direct=True, package="packages/a", managers=ALL, manifest=None,
                 files=None, variables=None, root=None):
        self.scripts, self.script, self.words, self.arguments = scripts, script, words, list(arguments)
        self.direct, self.package, self.managers = direct, package, managers
        self.manifest, self.files, self.variables, self.root = manifest or {}, files or {}, variables or {}, root or {}


R = "python3 $ROOT/record.py"
TOOL = "#!/bin/sh\nexec python3 $ROOT/record.py \"$0\" \"$@\"\n"
CASES = {
    "plain": Case({"x": R}),
    "arguments": Case({"x": R}, arguments=["--flag", "value", "x=1"]),
    "hostile arguments": Case({"x": R}, arguments=HOSTILE, managers=(NPM, PNPM_9, PNPM_10)),
    "hostile arguments of yarn": Case({"x": R}, arguments=[word for word in HOSTILE if word != "--"], managers=(YARN_1,)),
    "arguments behind a dash": Case({"x": R}, arguments=["--", "a b", "--silent", "--", "c"], managers=(YARN_1,)),
    "arguments before a dash": Case({"x": R}, arguments=["a", "--", "b"], direct=False, managers=(YARN_1,)),
    "a script that is a verb to yarn": Case({"prebuild:x": R, "build:x": R}, script="build:x", words=["build:x"], arguments=["a b", "-s"],
                                            managers=(YARN_1,)),
    "a script with the name of a command of yarn": Case({"check": R}, script="check", words=["run", "check"], managers=(YARN_1,)),
    "arguments with newlines and tabs": Case({"x": R}, arguments=["a\nb", "\t", "tab\tin", "\n"], managers=(NPM, YARN_1)),
    "arguments in other alphabets": Case({"x": R}, arguments=["schön", "日本 語", "🙂"], managers=(NPM, YARN_1)),
    "arguments that pnpm quotes its own way": Case({"x": R}, arguments=["é é", "a\nb"], direct=False,
                                                   managers=(PNPM_9, PNPM_10)),
    "quoting inside the script": Case({"x": R + " \"$npm_package_name\" '$HOME' \"a  b\" a\\ b \"it's\" $((1+2))"}),
    "operators": Case({"x": f"{R} one && (cd src && {R} two); {R} three | cat; FOO=bar {R} four || {R} five"},
                      files={"src/file": "x"}),
    "several lines": Case({"x": f"{R} one\n{R} two\n# comment"}, managers=(NPM, YARN_1)),
    "pre and post": Case({"prex": R + " pre", "x": R + " main", "postx": R + " post"}, arguments=["only", "main gets these"]),
    "a failing pre": Case({"prex": R + " exit4", "x": R, "postx": R}),
    "a failing script": Case({"prex": R, "x": R + " exit3", "postx": R}),
    "a failing post": Case({"x": R, "postx": R + " exit5"}),
    "a program that is not there": Case({"x": f"{R}; no-such-program"}),
    "killed by SIGTERM": Case({"x": f"{R}; kill -TERM $$"}),
    "killed by SIGKILL": Case({"x": f"{R}; kill -KILL $$"}),
    "a child killed by SIGSEGV": Case({"x": f"{R}; sh -c 'kill -SEGV $$'"}),
    "config": Case({"x": R}, manifest={"config": {"port": 8080, "deep": {"list": [1, "two", {"three": 3}]}, "no": False, "yes": True,
                                                  "nothing": None, "text": "a b\tc", "under_score": "x"}}),
    "a config with a dash": Case({"x": R}, manifest={"config": {"a-b": "c", "d.e": "f"}}),
    "engines and one program": Case({"x": R}, manifest={"engines": {"node": ">=18", "npm": "*"}, "bin": "./cli.js"}),
    "several programs": Case({"x": R}, manifest={"name": "@scope/a", "bin": {"one": "./bin/one.js", "two": "bin/two.js"}}),
    "neither version nor name": Case({"x": R}, manifest={"name": None, "version": None}),
    "a fraction in config": Case({"x": R}, manifest={"config": {"ratio": 0.1, "large": 1e21}}, direct=False),
    "every other field": Case({"x": R}, manifest={"description": "words", "keywords": ["a", "b"], "files": ["dist"], "author": "x <y@z>",
                                                  "license": "MIT", "sideEffects": False, "exports": {".": {"import": "./a.js"}},
                                                  "publishConfig": {"access": "public"}, "dependencies": {}}),
    "programs of the package and the root": Case({"x": "own-tool && root-tool"}, files={
        "node_modules/.bin/own-tool": TOOL, "../../node_modules/.bin/root-tool": TOOL, "../../node_modules/.bin/own-tool": "#!/bin/sh\nexit 9\n"}),
    "a nested workspace": Case({"x": "group-tool"}, package="packages/group/deep", managers=(NPM,),
                               files={"../node_modules/.bin/group-tool": TOOL}),
    "another nested workspace": Case({"x": R}, package="packages/group/deep"),
    "the root itself": Case({"x": R}, package=""),
    "a package of no workspace": Case({"x": R}, package="other/lonely"),
    "a script of a script": Case({"x": "$PM run y", "y": R, "prey": R + " pre"}),
    "npm test": Case({"pretest": R, "test": R, "posttest": R}, script="test", words=["test"]),
    "npm start": Case({"start": R}, script="start", words=["start"]),
    "npm run test": Case({"test": R}, script="test"),
    "run-script": Case({"x": R}, words=["run-script", "x"], managers=(NPM, PNPM_9, PNPM_10)),
    "a name with a colon": Case({"build:all": R, "prebuild:all": R}, script="build:all"),
    "a hook that the script calls": Case({"prex": R, "x": "$PM run prex && " + R}),
    "variables of the task": Case({"x": R}, variables={"EDITOR": "ed", "NODE_ENV": "production", "NODE_OPTIONS": "--no-warnings", "CI": "1",
                                                       "FORCE_COLOR": "1", "LINES_IN": "a\nb", "EMPTY": ""}),
    "settings in the environment": Case({"x": R}, variables={"npm_config_fund": "false", "NPM_CONFIG_LOGLEVEL": "silent",
                                                             "npm_config_some_thing": "of mine"}),
    "settings of the project": Case({"x": R}, root={".npmrc": "fund=true\nsave-exact=true\ninit-author-name=A B\n"}),
    "a folder with blanks": Case({"x": R}, package="packages/with blank"),
    "fields that yarn rewrites": Case({"x": R}, managers=(YARN_1,), manifest={
        "name": "@scope/a", "author": "A B <a@b.c> (https://a.b)", "contributors": ["C <c@d>", {"name": "D", "email": "d@e", "url": "u"}],
        "repository": "https://host/owner/name.git", "bugs": "https://host/bugs", "homepage": "https://host.example", "bin": "./x/../cli.js",
        "directories": {"lib": "src"}, "description": "of two\nlines", "_hidden": 1, "_a": {"b": 1}, "nothing": None, "empty": {},
        "devDependencies": {"typescript": "^5.0.0"}, "dependencies": {"b": "1.0.0"}, "peerDependencies": {"b": "*"}}),
    "a README and a license": Case({"x": R}, managers=(YARN_1,), manifest={"license": "MIT"}, files={
        "README.md": "before\n\n# Title\n\n\nFirst line\n  second line\n\nNext paragraph\n", "LICENSE": "MIT"}),
    "a README alone": Case({"x": R}, managers=(YARN_1,), files={"readme": "# Title\n"}),
    "a server with a start": Case({"x": R, "start": "node server.js"}, managers=(YARN_1,), files={"server.js": ""}),
    "settings of yarn": Case({"x": R}, managers=(YARN_1,), root={".yarnrc": "save-prefix \"~\"\nenv:\n  FROM_RC \"1\"\n"}),
    # Where the manager itself has to run.
    "a shell of its own": Case({"x": R}, root={".npmrc": "script-shell=/bin/bash\n"}, direct=False),
    "no hooks": Case({"prex": R, "x": R}, root={".npmrc": "ignore-scripts=true\n"}, direct=False, managers=(NPM, PNPM_9, PNPM_10)),
    "options for node": Case({"x": R}, root={".npmrc": "node-options=--no-warnings\n"}, direct=False),
    "a script that asks for settings": Case({"x": R + " $npm_config_user_agent"}, direct=False),
    "a flag before the script": Case({"x": R}, words=["run", "--silent", "x"], direct=False),
    "engines that do not fit": Case({"x": R}, managers=(YARN_1,), manifest={"engines": {"node": ">=999"}}, direct=False),
    "a license beside": Case({"x": R}, managers=(YARN_1,), files={"LICENSE": "MIT"}, direct=False),
    "a README with a license": Case({"x": R}, managers=(YARN_1,), files={"README": "# a\nISC\n"}, direct=False),
    "a notice": Case({"x": R}, managers=(YARN_1,), files={"NOTICE": "x"}, direct=False),
    "authors": Case({"x": R}, managers=(YARN_1,), files={"AUTHORS": "A <b@c>"}, direct=False),
    "a server without a start": Case({"x": R}, managers=(YARN_1,), files={"server.js": ""}, direct=False),
    "a dependency in two places": Case({"x": R}, managers=(YARN_1,), direct=False,
                                       manifest={"dependencies": {"b": "1"}, "devDependencies": {"b": "2"}}),
    "a dependency on a path": Case({"x": R}, managers=(YARN_1,), manifest={"dependencies": {"b": "file:../b"}}, direct=False),
    "a version to be cleaned": Case({"x": R}, managers=(YARN_1,), manifest={"version": "v1.2.3"}, direct=False),
    "a repository in short": Case({"x": R}, managers=(YARN_1,), manifest={"repository": "owner/name"}, direct=False),
    "settings of one package": Case({"x": R}, managers=(YARN_1,), root={".npmrc": "a:port=8080\n"}, direct=False),
    "flags in settings of yarn": Case({"x": R}, managers=(YARN_1,), root={".yarnrc": "--run.silent true\n"}, direct=False),
    "a shell in settings of yarn": Case({"x": R}, managers=(YARN_1,), root={".yarnrc": "script-shell \"/bin/bash\"\n"}, direct=False),
    "a yarn of the repository": Case({"x": R}, managers=(YARN_1,), root={".yarnrc": "yarn-path \"yarn.sh\"\n"}, direct=False,
                                     files={"../../yarn.sh": "#!/bin/sh\nexec python3 $ROOT/record.py \"$@\"\n"}),
    "another yarn for the repository": Case({"x": R}, managers=(YARN_1,), manifest={"packageManager": "yarn@4.0.0"}, direct=False),
    "Plug'n'Play": Case({"x": R}, managers=(YARN_1,), direct=False, files={
        "../../.pnp.js": "exports.findPackageLocator = () => ({});\nexports.getPackageInformation = () => ({packageDependencies: new Map()});\n"}),
    "settings of the variable": Case({"x": R}, variables={"npm_config_script_shell": "/bin/bash"}, direct=False),
}


def filled_in(text, folder, manager):
    return text.replace("$ROOT", str(folder)).replace("$PM", manager.program)


def make_workspace(case, manager, folder):
    """The package of the case beside others, in a workspace of npm, pnpm and yarn at once."""
    workspace = Workspace(folder)
    workspace.write("record.py", RECORDER)
    members = ["packages/*", "packages/group/*"]
    root = {"name": "root", "private": True, "version": "0.0.1", "workspaces": members}
    workspace.write("pnpm-workspace.yaml", "packages:\n" + "".join(f"  - \"{member}\"\n" for member in members))
    for package in ("packages/b", "packages/group/other"):
        workspace.write(f"{package}/package.json", json.dumps({"name": package.replace("/", "-"), "version": "1.0.0"}))
    described = {"name": "a", "version": "1.2.3-beta.1"} | (root if case.package == "" else {}) | case.manifest
    described = {name: value for name, value in described.items() if value is not None or name not in ("name", "version")}
    described["scripts"] = {name: filled_in(text, workspace.folder, manager) for name, text in case.scripts.items()}
    if case.package:
        workspace.write("package.json", json.dumps(root))
    workspace.write(f"{case.package or '.'}/package.json", json.dumps(described, indent=2))
    for path, text in case.files.items():
        workspace.write(f"{case.package}/{path}", filled_in(text, workspace.folder, manager), mode=0o755)
    for path, text in case.root.items():
        workspace.write(path, text)
    words = " ".join([manager.program, *(case.words or ["run", case.script])])
    passed = json.dumps(["RECORD", *case.variables])
    workspace.write("velocity.yml", f"version: 1\npackages: [\"{case.package or '.'}\"]\npipeline:\n  task:\n    command: \"{words}\"\n"
                                    f"    cache: false\n    pass_env: {passed}\n")
    return workspace


def records(file):
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def ended(run):
    """Exit status, or signal as a negative number, of the one task."""
    if run.status == 0:
        return 0
    said = re.search(r"(?:exit status (\d+)|killed by (SIG\w+))", run.text)
    assert said, run
    return int(said[1]) if said[1] else -signal.Signals[said[2]].value


def differences(manager, real, direct):
    """What differs in the records of one call, without what is declared."""
    found = {}
    for what in ("event", "argv", "cwd", "stdin"):
        if real[what] != direct[what]:
            found[what] = real[what], direct[what]
    ours, theirs = direct["environment"], real["environment"]
    for name in sorted(ours.keys() | theirs.keys()):
        pattern, _ = DIFFERENCES.get((manager.name, name), ("(?!)", ""))
        one, other = (None if value is None else re.sub(pattern, "...", value) for value in (theirs.get(name), ours.get(name)))
        if one != other:
            found[name] = one, other
    return found


def was_direct(record, manager):
    return not any(name.startswith(("node", "npm", "pnpm", "yarn")) for name in record["ancestors"][:record["ancestors"].index("velocity-cli")])


def compare(case, manager, tmp_path, arguments):
    workspace = make_workspace(case, manager, tmp_path / "workspace")
    file = tmp_path / "record"
    folder = workspace.folder / case.package
    outer = package_managers.environment(manager, folder, RECORD=str(file), **case.variables)

    separator = ["--"] if arguments and manager is NPM else []
    real = manager.start([*(case.words or ["run", case.script]), *separator, *arguments], folder, outer)
    expected = records(file)
    assert expected or case.direct is False or "exit" in case.scripts[case.script], real

    for attempt in ("learned", "remembered"):
        run = workspace.run("run", "task", *(["--", *arguments] if arguments else []), exactly=outer)
        got = records(file)
        assert [record["event"] for record in got] == [record["event"] for record in expected], (attempt, run, real)
        for one, other in zip(expected, got):
            assert differences(manager, one, other) == {}, (attempt, one["event"])
        assert ended(run) == real.returncode, (attempt, run, real)
        for record in got:
            nested = "$PM" in case.scripts[case.script]
            if not nested:
                assert was_direct(record, manager) == case.direct, (attempt, record["ancestors"])


@pytest.mark.parametrize("manager", ALL, ids=lambda manager: manager.name)
@pytest.mark.parametrize("name", CASES)
def test_a_script_gets_what_its_manager_would_give_it(name, manager, tmp_path):
    case = CASES[name]
    if manager not in case.managers:
        pytest.skip(f"is about {', '.join(other.name for other in case.managers)}")
    compare(case, manager, tmp_path, case.arguments)


def task_run(workspace, outer, file, *flags):
    run = workspace.run("run", "task", *flags, exactly=outer)
    assert run.status == 0, run
    return records(file)


def test_the_manager_is_asked_again_only_when_its_settings_change(tmp_path):
    workspace, file = make_workspace(CASES["plain"], NPM, tmp_path / "workspace"), tmp_path / "record"
    outer = package_managers.environment(NPM, workspace.folder / "packages/a", RECORD=str(file))
    known = workspace.folder / ".velocity" / "managers"

    task_run(workspace, outer, file)
    first = {path.name: path.stat().st_ino for path in known.iterdir()}
    task_run(workspace, outer, file)
    assert {path.name: path.stat().st_ino for path in known.iterdir()} == first, "it was learned twice"

    workspace.write(".npmrc", "init-author-name=Somebody Else\n")
    record, = task_run(workspace, outer, file)
    assert record["environment"]["npm_config_init_author_name"] == "Somebody Else"
    assert was_direct(record, NPM)
    assert len(list(known.iterdir())) == 2

    # What was remembered and is damaged is learned anew.
    for path in known.iterdir():
        path.write_text(path.read_text()[:-1])
    assert was_direct(task_run(workspace, outer, file)[0], NPM)


def test_one_profile_serves_all_packages_of_a_workspace(tmp_path):
    workspace, file = make_workspace(CASES["plain"], NPM, tmp_path / "workspace"), tmp_path / "record"
    outer = package_managers.environment(NPM, workspace.folder, RECORD=str(file))
    text = (workspace.folder / "packages/a/package.json").read_text()
    for name in ("c", "d", "e"):
        workspace.write(f"packages/{name}/package.json", text.replace('"a"', f'"{name}"'))
    config = workspace.folder / "velocity.yml"
    config.write_text(config.read_text().replace('["packages/a"]', '["packages/*"]'))
    got = task_run(workspace, outer, file)
    assert sorted(record["environment"]["npm_package_name"] for record in got) == ["a", "c", "d", "e"]
    assert all(was_direct(record, NPM) for record in got)
    assert len(list((workspace.folder / ".velocity" / "managers").iterdir())) == 1


@pytest.mark.parametrize("where", ["workspace", "task"])
def test_script_runner_package_manager_starts_it(where, tmp_path):
    workspace, file = make_workspace(CASES["plain"], NPM, tmp_path / "workspace"), tmp_path / "record"
    outer = package_managers.environment(NPM, workspace.folder, RECORD=str(file))
    config = workspace.folder / "velocity.yml"
    key = "script_runner: package-manager\n"
    config.write_text(config.read_text() + (key if where == "workspace" else "    " + key))
    record, = task_run(workspace, outer, file)
    assert not was_direct(record, NPM)
    assert not (workspace.folder / ".velocity" / "managers").exists()


def test_a_program_that_only_calls_itself_npm_runs_the_script_once(tmp_path):
    workspace, file = make_workspace(CASES["plain"], NPM, tmp_path / "workspace"), tmp_path / "record"
    script = CASES["plain"].scripts["x"].replace("$ROOT", str(workspace.folder))
    workspace.write("bin/npm", f"#!/bin/sh\ncase \"$*\" in 'run x') {script} ;; *) echo 11.0.0 ;; esac\n", mode=0o755)
    outer = package_managers.environment(NPM, workspace.folder, RECORD=str(file))
    outer["PATH"] = f"{workspace.folder}/bin:{outer['PATH']}"
    for _ in range(2):
        record, = task_run(workspace, outer, file)
        assert record["event"] is None


def test_a_wrong_script_runner_is_an_error_with_its_place(lonely_workspace):
    lonely_workspace.write("velocity.yml", "version: 1\nscript_runner: npm\npipeline:\n  x:\n    command: \"true\"\n")
    run = lonely_workspace.run("run", "x")
    assert run.status == 2
    assert 'velocity.yml:2:16: error[VC0111]: "script_runner" is "npm"' in run.err, run
    assert "write direct (the default) or package-manager" in run.err, run
