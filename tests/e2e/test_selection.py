"""--filter and --affected select the packages that turbo selects; where they do not, the reason stands here."""

import json
import os
import subprocess

import pytest

import npm_registry
import test_lockfiles
from real_turbo import run_turbo
from velocity import Workspace

VELOCITY_YML = """\
version: 1
pipeline:
  lint:
    command: "npm run lint"
"""

PACKAGES = {
    "packages/core": ("@acme/core", []),
    "packages/ui": ("@acme/ui", ["@acme/core"]),
    "packages/other-ui": ("@other/ui", []),
    "packages/utils": ("utils", []),
    "packages/lonely": ("lonely", []),
    "libs/group/one": ("group-one", ["utils"]),
    "apps/web": ("web", ["@acme/ui", "utils"]),
    "apps/docs": ("docs", ["@acme/ui"]),
    "apps/admin": ("admin", ["group-one", "@other/ui"]),
}


def git(folder, *arguments):
    environment = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t.invalid", *arguments], cwd=folder,
                   env=environment, check=True, capture_output=True)


def commit(workspace, message, path=None):
    if path:
        workspace.write(path, message)
    git(workspace.folder, "add", "-A")
    git(workspace.folder, "commit", "-qm", message)


def make(folder):
    """Since `base` ui changed; since then docs on main and group-one on feature; lonely has a new file."""
    workspace = Workspace(folder)
    manifest = {"name": "root", "private": True, "packageManager": "npm@10.8.2",
                "workspaces": ["apps/*", "packages/*", "libs/group/*"]}
    locked = {"": {"name": "root", "workspaces": manifest["workspaces"]}}
    workspace.write("package.json", json.dumps(manifest))
    workspace.write("turbo.json", json.dumps({"tasks": {"lint": {}}}))
    workspace.write("velocity.yml", VELOCITY_YML)
    workspace.write(".gitignore", "node_modules\n.turbo\n.velocity\n")
    for directory, (name, uses) in PACKAGES.items():
        described = {"name": name, "version": "1.0.0", "scripts": {"lint": "true"},
                     "dependencies": {other: "*" for other in uses}}
        workspace.write(f"{directory}/package.json", json.dumps(described))
        workspace.write(f"{directory}/src/a.txt", name)
        locked[directory] = {"name": name, "version": "1.0.0", "dependencies": described["dependencies"]}
        locked[f"node_modules/{name}"] = {"resolved": directory, "link": True}
    workspace.write("package-lock.json", json.dumps({"name": "root", "lockfileVersion": 3, "packages": locked}))
    git(folder, "init", "-qb", "main")
    commit(workspace, "one")
    git(folder, "branch", "base")
    commit(workspace, "two", "packages/ui/src/a.txt")
    git(folder, "checkout", "-qb", "feature")
    commit(workspace, "three", "libs/group/one/src/a.txt")
    git(folder, "checkout", "-q", "main")
    commit(workspace, "four", "apps/docs/src/a.txt")
    git(folder, "checkout", "-q", "feature")
    workspace.write("packages/lonely/new.txt", "new")
    return workspace


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return make(tmp_path_factory.mktemp("selection") / "ws")


def ours(workspace, *arguments, **variables):
    """Sorted names, or "error"."""
    run = workspace.run("plan", "lint", "--json", *arguments, **variables)
    assert run.status in (0, 2), run
    return sorted(task["package"] for task in json.loads(run.out)["tasks"]) if run.status == 0 else "error"


def turbos(workspace, *arguments, **variables):
    done = run_turbo(workspace.folder, "run", "lint", "--dry=json", *arguments, **variables)
    if done.returncode != 0:
        return "error"
    # Its root package "//" is one for us only where `packages` lists ".": a root has no tasks unless it is asked to.
    return sorted(name for name in json.loads(done.stdout)["packages"] if name != "//")


SAME = [
    "web", "@acme/ui", "ui", "nobody", "nobody*", "@acme/*", "*i*", "*", "@*/ui", "*ui", "apps/web",
    "./apps/*", "./apps/**", "./libs/*", "./libs/**", "{./libs/**}", "{libs/**}", "./packages/ui", "./packages/ui/",
    "./nowhere", "./packages/no*", "./apps/{web,docs}", "./apps/[wd]*", "./{apps,packages}/*",
    "...@acme/core", "...^@acme/core", "web...", "web^...", "...@acme/ui...", "...^@acme/ui...", "...@acme/ui^...",
    "!web", "!./apps/*", "!nobody", "!nobody*", "...{./packages/ui}", "...{./packages/ui}...", "{./apps/*}^...",
    "@acme/*{./packages/*}", "*{./apps/*}", "web{./apps/docs}", "web{./apps/*}...",
    "[HEAD]", "[HEAD^1]", "[base]", "[base...HEAD]", "[main...feature]", "[main]", "...[base]", "[base]...",
    "...^[base]", "...[base...HEAD]...", "web...[base]", "{./apps/*}...[base]", "{./apps/*}[main]", "@acme/*[base]",
    "*[base]", "!...[base]", "...web{./apps/*}[base]...", "[nobody]", "[nobody...HEAD]", "[]", "[...x]", "{}", "...",
    "......[base]", "", "^web", "!", "[--all]", "web,docs", "../x",
    "@acme/* !@acme/ui", "web... !...@acme/core", "* ![base]", "nobody* web", "nobody web", "!web !docs", "web docs",
    "[HEAD~2] !...@acme/ui",
]


def flags(text):
    return [f"--filter={word}" for word in (text.split() or [text])]


@pytest.mark.parametrize("filters", SAME)
def test_a_filter_selects_what_it_selects_in_turbo(repository, filters):
    assert ours(repository, *flags(filters)) == turbos(repository, *flags(filters))


DIFFERENT = {
    # The folder has no package of its own; turbo selects nothing and reports success.
    "./apps": ("error", []),
    "./packages/ui/src": ("error", []),
    # Tags are turbo's; a name cannot hold a colon.
    "tag:ci": ("error", []),
    # Two dots are git's, passed on by turbo; here a range has three.
    "[base..HEAD]": ("error", ["@acme/ui", "group-one"]),
    # Braces within braces; turbo takes the text for a name.
    "{./apps/{web,docs}}": (["docs", "web"], "error"),
    # The root is no package of this workspace.
    "//": ("error", []),
    ".": ("error", []),
    "..": ("error", []),
}


@pytest.mark.parametrize("filters", DIFFERENT)
def test_declared_differences_are_what_they_are_said_to_be(repository, filters):
    assert (ours(repository, *flags(filters)), turbos(repository, *flags(filters))) == DIFFERENT[filters]


@pytest.mark.parametrize("filters", ["", "web", "!admin", "...@acme/ui", "nobody*"])
@pytest.mark.parametrize("base", ["", "base", "main", "nobody"])
def test_affected_is_what_turbo_finds(repository, filters, base):
    arguments = ["--affected", *(flags(filters) if filters else [])]
    variables = {f"{tool}_SCM_BASE": base for tool in ("VELOCITY", "TURBO") if base}
    assert ours(repository, *arguments, **variables) == turbos(repository, *arguments, **variables)


@pytest.mark.parametrize("change", ["package-lock.json", "turbo.json", "README.md", "packages/stray.txt",
                                    "package.json", "packages/ui/src/a.txt", "packages/ui/new", "apps/web/ü ñ.txt"])
def test_a_change_concerns_the_packages_it_concerns_in_turbo(tmp_path, change):
    workspace = make(tmp_path / "ws")
    git(workspace.folder, "checkout", "-q", "main")
    git(workspace.folder, "clean", "-qfd")
    file = workspace.folder / change
    if change == "package-lock.json":  # turbo reads it, so white space would not do.
        workspace.write(change, file.read_text().replace('"lockfileVersion": 3', '"lockfileVersion": 2'))
    elif change.endswith("json"):
        workspace.write(change, file.read_text() + "\n")
    else:
        workspace.write(change, "changed")
    assert ours(workspace, "--affected") == turbos(workspace, "--affected")
    assert ours(workspace, "--filter=[HEAD]") == turbos(workspace, "--filter=[HEAD]")


def test_what_the_root_depends_on_concerns_everyone_as_in_every_key(tmp_path):
    workspace = make(tmp_path / "ws")
    git(workspace.folder, "checkout", "-q", "main")
    git(workspace.folder, "clean", "-qfd")
    (workspace.folder / "velocity.yml").unlink()
    uses = {"devDependencies": {"lonely": "*"}}
    manifest = json.loads((workspace.folder / "package.json").read_text())
    workspace.write("package.json", json.dumps(manifest | uses))
    locked = json.loads((workspace.folder / "package-lock.json").read_text())
    locked["packages"][""] |= uses
    workspace.write("package-lock.json", json.dumps(locked))
    commit(workspace, "the root uses lonely")

    def keys():
        return {task["package"]: task["key"] for task in json.loads(workspace.run("plan", "lint", "--json").out)["tasks"]}

    for file, everyone in (("packages/lonely/new.txt", True), ("apps/web/new.txt", False)):
        before = keys()
        workspace.write(file, "changed")
        changed = sorted(name for name, key in keys().items() if key != before[name])
        assert (len(changed) == len(PACKAGES)) == everyone
        assert ours(workspace, "--affected") == turbos(workspace, "--affected") == changed
        assert ours(workspace, "--filter=[HEAD]") == turbos(workspace, "--filter=[HEAD]") == changed
        (workspace.folder / file).unlink()


def affected(workspace):
    run = workspace.run("plan", "build", "--affected", "--json")
    assert run.status == 0, run
    return sorted(task["package"] for task in json.loads(run.out)["tasks"])


def affected_in_turbo(workspace):
    done = run_turbo(workspace.folder, "run", "build", "--dry=json", "--affected")
    assert done.returncode == 0, done.stderr
    return sorted(name for name in json.loads(done.stdout)["packages"] if name != "//")


# What the bump of each package from outside affects; of `inner` that is also who uses ui, and the root has `tool`.
BUMPS = {"left": ["api"], "shared": ["web"], "inner": ["ui", "web"], "tool": ["api", "docs", "ui", "web"]}


@pytest.mark.parametrize("manager", test_lockfiles.MANAGERS, ids=repr)
def test_a_bump_in_the_lockfile_affects_whom_it_affects_in_turbo(manager, tmp_path):
    program = test_lockfiles.found(manager.name, manager.version)
    if program is None:
        pytest.skip(f"no {manager!r} here")
    workspace, home = Workspace(tmp_path / "ws"), tmp_path / "home"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path)
    with npm_registry.serve() as registry:
        for name in ("left", "inner", "shared", "tool"):
            registry.publish(name, "1.0.0")
        registry.publish("right", "1.0.0", shared="^1.0.0")
        test_lockfiles.write_members(workspace, manager)
        manifest = json.loads((workspace.folder / "package.json").read_text())
        workspace.write("package.json", json.dumps(manifest | {"packageManager": f"{manager.name}@{said.stdout.strip()}"}))
        workspace.write("turbo.json", json.dumps({"tasks": {"build": {}}}))
        workspace.write(".gitignore", "node_modules\n.turbo\n.velocity\n")
        git(tmp_path, "init", "-qb", "main", "ws")
        test_lockfiles.lock(workspace, manager, program, registry, home)
        commit(workspace, "first")
        for published, users in BUMPS.items():
            registry.publish(published, "1.1.0")
            test_lockfiles.lock(workspace, manager, program, registry, home)
            assert (affected(workspace), affected_in_turbo(workspace)) == (users, users), published
            git(workspace.folder, "checkout", "-qB", "feature")
            commit(workspace, published)
            assert (affected(workspace), affected_in_turbo(workspace)) == (users, users), published
            git(workspace.folder, "checkout", "-qB", "main")
        # Nobody's, or everybody's.
        lockfile = workspace.folder / manager.lockfile
        lockfile.write_text(lockfile.read_text() + "\n")
        assert affected(workspace) == []
        lockfile.write_text("{ - ? damaged\n")
        assert affected(workspace) == sorted(test_lockfiles.EVERYONE)


def test_an_unknown_base_selects_everything_and_says_so(repository, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", repository.folder, "origin")
    git(tmp_path / "origin", "symbolic-ref", "HEAD", "refs/heads/main")
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=feature", f"file://{tmp_path}/origin", "shallow")
    shallow = Workspace(tmp_path / "shallow")
    run = shallow.run("plan", "lint", "--affected")
    assert run.status == 0 and "VC0324" in run.err and "default branch" in run.err, run
    assert ours(shallow, "--affected") == turbos(shallow, "--affected") == sorted(name for name, _ in PACKAGES.values())
    # Two single commits that have nothing in common any more.
    git(shallow.folder, "fetch", "-q", "--depth=1", "origin", "main:main")
    run = shallow.run("plan", "lint", "--affected")
    assert run.status == 0 and "no common ancestor in this shallow clone" in run.err, run
    assert "fetch-depth: 0" in run.err, run
    assert len(ours(shallow, "--affected")) == len(PACKAGES)
    # turbo takes a branch only here; a clone's origin/main does for us.
    git(tmp_path, "clone", "-q", "--branch=feature", "origin", "whole")
    assert ours(Workspace(tmp_path / "whole"), "--affected") == ["admin", "group-one"]


def test_without_git_it_is_an_error_with_a_remedy(tmp_path):
    workspace = make(tmp_path / "ws")
    (workspace.folder / ".git").rename(tmp_path / "away")
    for flag in ("--affected", "--filter=[main]"):
        run = workspace.run("run", "lint", flag)
        assert run.status == 2 and "is in no git repository" in run.err and "help:" in run.err, run
    assert workspace.run("plan", "lint", "--filter=web").status == 0


def test_several_tasks_run_where_they_exist_and_nothing_to_do_is_no_failure(tmp_path):
    workspace = make(tmp_path / "ws")
    workspace.write("velocity.yml", VELOCITY_YML + """\
  check:
    command: "npm run check"
    depends_on: ["^lint"]
""")
    manifest = {"name": "web", "version": "1.0.0", "scripts": {"lint": "true", "check": "true"}}
    workspace.write("apps/web/package.json", json.dumps(manifest | {"dependencies": {"utils": "*"}}))
    run = workspace.run("plan", "lint", "check", "-F", "web", "-F./apps/docs", "--json")
    planned = sorted(task["task"] for task in json.loads(run.out)["tasks"])
    assert planned == ["docs#lint", "utils#lint", "web#check", "web#lint"], run
    run = workspace.run("run", "check", "--filter=docs")
    assert run.status == 0 and "nothing to do: of the 1 selected package none has check" in run.err, run
    run = workspace.run("run", "lint", "--filter=nobody*")
    assert run.status == 0 and "VC0322" in run.err and "no package is selected" in run.err, run
    run = workspace.run("run", "chekc", "--filter=docs")
    assert run.status == 2 and "did you mean" in run.err, run


def test_folders_count_from_where_the_user_stands(repository):
    for where, text in (("apps", "./web"), ("apps", "./*"), ("apps/web", "."), ("packages", "@acme/ui"),
                        ("apps", "../libs/**")):
        run = repository.run("plan", "lint", "--json", f"--filter={text}", cwd=repository.folder / where)
        done = run_turbo(repository.folder / where, "run", "lint", "--dry=json", f"--filter={text}")
        planned = sorted(task["package"] for task in json.loads(run.out)["tasks"])
        assert planned == sorted(json.loads(done.stdout)["packages"]), run
