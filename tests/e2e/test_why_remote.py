"""`why` compares with what a trusted run has left in the remote cache: nothing ran here, and it still names the change."""

import json
import pathlib
import shutil
import subprocess

import pytest

import velocity

CONFIG = """\
version: 1
project_id: demo
remote:
  url: "${VC_URL}"
  token: "${VC_AUTH_TOKEN}"
pipeline:
  build:
    command: "sh build.sh"
    inputs: ["src/**", "build.sh"]
    outputs: ["dist/**"]
    depends_on: ["^build"]
    env: ["MODE"]
"""

BUILD_SH = "mkdir -p dist && cat src/*.txt > dist/all\n"


def git(folder, *arguments):
    who = ("-c", "user.name=t", "-c", "user.email=t@t.invalid", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60,
                          env=velocity.clean_environment(GIT_CONFIG_NOSYSTEM=1, GIT_CONFIG_GLOBAL="/dev/null"))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(folder, message):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def stored(gateway):
    """Everything the gateway's store holds, by path."""
    return {file: file.read_bytes() for file in pathlib.Path(gateway.root).rglob("*") if file.is_file()
            and "/v1/" in str(file)}


def in_store(gateway):
    return {path.name for path in stored(gateway)}


class Repository:
    """lib <- app in a git repository, and clones of it that share a gateway."""

    def __init__(self, folder, gateway):
        self.parent = folder
        self.gateway = gateway
        self.origin = velocity.Workspace(folder / "origin", gateway)
        write = self.origin.write
        write("velocity.yml", CONFIG)
        write(".gitignore", "dist\n.velocity\n")
        write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}\n')
        for name, needs in (("lib", "{}"), ("app", '{"lib": "*"}')):
            write(f"packages/{name}/package.json",
                  f'{{"name": "{name}", "version": "1.0.0", "dependencies": {needs}}}\n')
            write(f"packages/{name}/src/a.txt", f"{name}\n")
            write(f"packages/{name}/build.sh", BUILD_SH)
        git(self.origin.folder, "init", "-q", "-b", "main")
        self.first = commit(self.origin.folder, "first")

    def clone(self, name, *options):
        folder = self.parent / name
        git(self.parent, "clone", "-q", *options, f"file://{self.origin.folder}", str(folder))
        workspace = velocity.Workspace(folder, self.gateway)
        return workspace

    def change(self, path, text):
        self.origin.write(path, text)
        return commit(self.origin.folder, f"change {path}")


@pytest.fixture
def repository(tmp_path, gateway):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    return Repository(tmp_path, gateway)


@pytest.fixture
def ci(repository):
    """What a CI job has done at the first commit."""
    job = repository.clone("ci")
    run = job.run("run", "build")
    assert run.status == 0 and run.count("CACHE MISS") == 2, run
    return job


def why(workspace, *arguments):
    run = workspace.run("why", *arguments, "--json")
    assert run.status == 0, run
    return json.loads(run.out)["tasks"], run.err


def test_a_fresh_clone_is_told_what_changed_since_the_run_in_ci(repository, ci):
    repository.change("README.md", "nothing of a key\n")
    repository.change("packages/lib/src/a.txt", "lib, edited\n")
    clone = repository.clone("clone")
    run = clone.run("why", "app#build")
    assert run.status == 0, run
    assert run.out.splitlines()[0] == "app#build would run: packages/lib/src/a.txt changed (lib#build -> app#build)", run
    assert f"compared with commit {repository.first[:12]} (2 commits back, trusted scope default), run " in run.out, run
    [task], _ = why(clone, "app#build")
    assert task["compared_with"]["run"] == "remote"
    assert task["compared_with"]["commit"] == repository.first
    assert (task["compared_with"]["commits_back"], task["compared_with"]["scope"]) == (2, "default")
    assert task["cause"]["name"] == "src/a.txt" and task["cause"]["task"] == "lib#build"


def test_an_edit_that_is_not_committed_is_named_too(repository, ci):
    clone = repository.clone("clone")
    clone.write("packages/app/src/new.txt", "new\n")
    run = clone.run("why", "app#build")
    assert run.out.startswith("app#build would run: packages/app/src/new.txt added\n"), run
    assert "(which is HEAD, trusted scope default)" in run.out, run


def test_the_nearest_commit_counts(repository, ci):
    second = repository.change("packages/lib/src/a.txt", "lib 2\n")
    git(ci.folder, "pull", "-q")
    assert ci.run("run", "build").status == 0
    repository.change("packages/app/src/a.txt", "app 3\n")
    [task], _ = why(repository.clone("clone"), "app#build")
    assert task["compared_with"]["commit"] == second
    assert task["cause"]["sentence"] == "packages/app/src/a.txt changed"


def test_what_ran_here_comes_first_unless_the_remote_is_asked_for(repository, ci):
    repository.change("packages/app/src/a.txt", "app 2\n")
    clone = repository.clone("clone")
    assert clone.run("run", "build").status == 0
    [here], _ = why(clone, "app#build")
    assert here["compared_with"]["run"] == "last" and "cause" not in here
    git(clone.folder, "checkout", "-q", "HEAD~1")
    [remote], _ = why(clone, "app#build", "--against", "remote")
    assert remote["compared_with"]["commit"] == repository.first
    assert "nothing has changed since the run at commit" in remote["sentence"], remote
    [here], _ = why(clone, "app#build", "--against=here")
    assert here["compared_with"]["run"] == "last" and here["cause"]["name"] == "src/a.txt"


def test_against_here_asks_nobody(repository, ci):
    clone = repository.clone("clone")
    run = clone.run("why", "app#build", "--against", "here")
    assert "no earlier run of it is known here\n" in run.out, run


def test_without_notes_the_answer_says_where_was_looked(repository):
    repository.change("README.md", "second\n")
    run = repository.clone("clone").run("why", "app#build")
    assert run.out == ("app#build would run: no earlier run of it is known here, nor has a trusted run at the last 2 commits "
                       "left notes of it\n"), run


def test_a_remote_that_is_gone_is_a_line_and_the_comparison_is_with_here(repository, ci):
    repository.gateway.stop()
    ci.write("packages/app/src/a.txt", "edited\n")
    run = ci.run("why", "app#build", "--against", "remote")
    assert run.status == 0, run
    assert "compared with the last run here, not with a trusted one: " in run.err, run
    assert "could not be asked" in run.err, run
    assert run.out.startswith("app#build would run: packages/app/src/a.txt changed\n"), run
    clone = repository.clone("clone").run("why", "app#build")
    assert clone.status == 0 and "no earlier run of it is known here\n" in clone.out, clone


def test_outside_of_git_there_is_nothing_to_compare_with(repository, ci):
    bare = repository.clone("bare")
    shutil.rmtree(bare.folder / ".git")
    run = bare.run("why", "app#build", "--against", "remote")
    assert run.status == 0 and "git knows no commit" in run.err, run
    assert "no earlier run of it is known here\n" in run.out, run


def test_without_a_remote_it_says_so(repository, ci):
    run = ci.run("why", "app#build", "--against", "remote", "--remote=off")
    assert run.status == 0 and "is not to be read" in run.err, run


def test_a_shallow_clone_is_told_how_to_know_more(repository, ci):
    repository.change("README.md", "second\n")
    shallow = repository.clone("shallow", "--depth=1")
    run = shallow.run("why", "app#build")
    assert "at the last commit left notes of it (the clone is shallow: `git fetch --deepen=50` brings more)" in run.out, run
    git(shallow.folder, "fetch", "-q", "--deepen=50")
    assert f"commit {repository.first[:12]} (1 commit back" in shallow.run("why", "app#build").out


# What a run leaves, and when it leaves nothing.


def kinds(gateway):
    """How many results and how many notes the store holds."""
    contents = list(stored(gateway).values())
    notes = [content for content in contents if b"velocity shared notes 1" in decompressed(content)]
    return len(contents) - len(notes), len(notes)


def decompressed(content):
    start = content.find(b"\x28\xb5\x2f\xfd")
    if start < 0:
        return b""
    done = subprocess.run(["zstd", "-dc"], input=content[start:], capture_output=True, check=False, timeout=60)
    return done.stdout


def needs_zstd():
    if shutil.which("zstd") is None:
        pytest.skip("the zstd program is not installed")


def test_a_run_leaves_one_object_a_task_name_and_a_second_leaves_none(repository, ci):
    needs_zstd()
    assert kinds(repository.gateway) == (2, 1)
    again = repository.clone("again")
    assert again.run("run", "build", "--force").status == 0
    assert kinds(repository.gateway) == (2, 1), "the same keys at the same commit are there already"
    repository.change("README.md", "second\n")
    hits = repository.clone("hits")
    assert hits.run("run", "build").count("CACHE HIT (remote)") == 2
    assert kinds(repository.gateway) == (2, 1), "a run that executes nothing has nothing to tell"


def test_another_platform_takes_the_next_place_and_is_compared_with_its_own(repository, ci):
    needs_zstd()
    other = repository.clone("other")
    assert other.run("run", "build", MODE="other").status == 0
    assert kinds(repository.gateway) == (4, 2)
    repository.change("packages/app/src/a.txt", "app 2\n")
    clone = repository.clone("clone")
    for mode in ({}, {"MODE": "other"}):
        run = clone.run("why", "app#build", **mode)
        assert run.out.startswith("app#build would run: packages/app/src/a.txt changed\n"), run


def test_notes_hold_no_value_of_a_variable(repository):
    needs_zstd()
    job = repository.clone("job")
    assert job.run("run", "build", MODE="hunter2-hunter2").status == 0
    notes = [text for text in map(decompressed, stored(repository.gateway).values()) if text.startswith(b"velocity shared")]
    assert len(notes) == 1
    assert b"MODE" in notes[0] and b"hunter2" not in notes[0]


def dirty_tracked(workspace):
    workspace.write("packages/app/src/a.txt", "edited\n")


def untracked_input(workspace):
    workspace.write("packages/app/src/untracked.txt", "new\n")


def no_repository(workspace):
    shutil.rmtree(workspace.folder / ".git")


def switched_off(workspace):
    text = (workspace.folder / "velocity.yml").read_text()
    workspace.write("velocity.yml", text.replace("remote:\n", "remote:\n  share_notes: false\n"))
    commit(workspace.folder, "off")


@pytest.mark.parametrize("make, arguments, results", [
    (dirty_tracked, (), 2), (untracked_input, (), 2), (no_repository, (), 2), (switched_off, (), 2),
    (None, ("--no-cache",), 0), (None, ("--cache=local:rw,remote:r",), 0)], ids=[
    "dirty", "untracked input", "no git", "share_notes: false", "--no-cache", "read-only"])
def test_nothing_is_left_where_it_would_mislead_or_was_not_wanted(repository, make, arguments, results):
    needs_zstd()
    job = repository.clone("job")
    if make:
        make(job)
    run = job.run("run", "build", *arguments)
    assert run.status == 0 and run.count("CACHE MISS") == 2, run
    assert kinds(repository.gateway) == (results, 0)


def test_what_the_tasks_make_does_not_make_the_tree_dirty(repository):
    needs_zstd()
    repository.origin.write(".gitignore", ".velocity\n")  # dist is untracked then.
    commit(repository.origin.folder, "outputs are not ignored")
    job = repository.clone("job")
    assert job.run("run", "build").status == 0
    assert "?? packages/app/dist/" in git(job.folder, "status", "--porcelain")
    job.write("packages/lib/src/a.txt", "second\n")
    commit(job.folder, "second")  # With dist.
    git(job.folder, "rm", "-rq", "--cached", "packages/app/dist", "packages/lib/dist")
    git(job.folder, "commit", "-q", "-m", "without dist")
    assert job.run("run", "build").count("CACHE MISS") == 2
    assert kinds(repository.gateway)[1] == 2


def test_a_workspace_in_a_folder_of_its_repository_has_notes_of_its_own(tmp_path, gateway):
    outer = Repository(tmp_path, gateway)
    inner = outer.parent / "mono"
    git(outer.parent, "clone", "-q", str(outer.origin.folder), str(inner / "tools"))
    shutil.rmtree(inner / "tools" / ".git")
    git(inner, "init", "-q", "-b", "main")
    commit(inner, "first")
    workspace = velocity.Workspace(inner / "tools", gateway)
    assert workspace.run("run", "build").status == 0
    shutil.rmtree(workspace.folder / ".velocity")
    workspace.write("packages/app/src/a.txt", "edited\n")
    run = workspace.run("why", "app#build")
    assert run.out.startswith("app#build would run: packages/app/src/a.txt changed\n"), run


# Every byte may be anybody's.


def damage(gateway, change):
    """Changes the body of the notes where they lie; the seal stays what it was."""
    [(path, content)] = [(path, content) for path, content in stored(gateway).items()
                         if b"velocity shared notes 1" in decompressed(content)]
    path.chmod(0o644)
    path.write_bytes(change(content))


@pytest.mark.parametrize("change", [lambda content: content[:-1] + bytes([content[-1] ^ 1]), lambda content: content[:-9]],
                         ids=["flipped", "cut"])
def test_damaged_notes_are_a_warning_and_count_as_absent(repository, ci, change):
    needs_zstd()
    damage(repository.gateway, change)
    run = repository.clone("clone").run("why", "app#build")
    assert run.status == 0, run
    assert "nor has a trusted run at the last commit left notes of it" in run.out, run
    assert f"the notes of build at commit {repository.first[:12]} are not used: " in run.err, run


def test_a_run_is_as_good_when_the_notes_cannot_be_stored(repository):
    """The gateway goes away while the last task runs."""
    job = repository.clone("job")
    flag = repository.parent / "now"
    job.write("packages/app/build.sh", BUILD_SH + f"touch {flag}; while [ -e {flag} ]; do sleep 0.05; done\n")
    commit(job.folder, "waits")
    run = job.start("run", "build")
    velocity.wait_for(flag.exists, what="the last task")
    repository.gateway.stop()
    flag.unlink()
    out, err = run.communicate(timeout=120)
    assert run.returncode == 0, out + err
    assert (out + err).count("warning: ") == 1, out + err
