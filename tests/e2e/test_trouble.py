"""Bad input gets a clear error with a remedy; a broken remote or disk never breaks a build."""

import os
import socket
import subprocess
import threading

import pytest

import shapes
from velocity import Workspace, tree

CONFIG_MISTAKES = {
    "not yaml": ("version: 1\npipeline:\n  build: [\n", "velocity.yml:"),
    "unknown key": (shapes.SHELL.replace("inputs:", "input:"), 'did you mean "inputs"'),
    "duplicate key": (shapes.SHELL + "    outputs: [\"out/**\"]\n", "velocity.yml:14:5"),
    "wrong type": (shapes.SHELL.replace('command: "sh build.sh"', "command: [1]"), "velocity.yml:9:"),
    "wrong version": (shapes.SHELL.replace("version: 1", "version: 7"), "velocity.yml:1:"),
    "outputs outside": (shapes.SHELL.replace('"dist/**"', '"../elsewhere/**"'), "velocity.yml:11:"),
    "absolute outputs": (shapes.SHELL.replace('"dist/**"', '"/etc/**"'), "velocity.yml:11:"),
    "tabs": ("version: 1\npipeline:\n\tbuild:\n", "velocity.yml:3"),
}


@pytest.mark.parametrize("mistake", CONFIG_MISTAKES)
def test_a_mistake_in_the_file_is_shown_where_it_is(lonely_workspace, mistake):
    # B7, B27
    text, expected = CONFIG_MISTAKES[mistake]
    shapes.diamond(lonely_workspace, text)
    run = lonely_workspace.run("run", "build")
    assert run.status == 2, run
    assert expected in run.err, run
    if mistake != "not yaml":  # What is missing there is missing after the last line.
        assert "^" in run.err, "no caret"
    assert not list(lonely_workspace.folder.glob("packages/*/dist"))


def test_a_dollar_in_a_command_is_the_shells(lonely_workspace):
    # B26
    shapes.diamond(lonely_workspace, shapes.SHELL.replace(
        'command: "sh build.sh"', 'command: "mkdir -p dist && echo one two | awk \'{print $2}\' > dist/word"'))
    assert lonely_workspace.run("run", "build").status == 0
    assert (lonely_workspace.folder / "packages/base/dist/word").read_text() == "two\n"


def test_an_unknown_task_is_named_with_a_suggestion(lonely_workspace):
    run = shapes.diamond(lonely_workspace).run("run", "biuld")
    assert run.status == 2
    assert "build" in run.err and "did you mean" in run.err, run


def test_a_cycle_is_printed_as_a_path(lonely_workspace):
    shapes.diamond(lonely_workspace)
    shapes.package(lonely_workspace, "base", ["top"])
    run = lonely_workspace.run("run", "build")
    assert run.status == 2
    assert "->" in run.err and "base#build" in run.err and "top#build" in run.err, run


def test_no_velocity_yml_names_the_remedy(lonely_workspace):
    run = lonely_workspace.run("run", "build")
    assert run.status == 2
    assert "init" in run.err, run


def test_init_writes_a_file_that_works(lonely_workspace):
    shapes.diamond(lonely_workspace)
    (lonely_workspace.folder / "velocity.yml").unlink()
    assert lonely_workspace.run("init").status == 0
    run = lonely_workspace.run("run", "build")
    assert run.status == 0, run
    assert lonely_workspace.run("init").status == 2, "init must not overwrite"


def assert_built_with_one_warning(run, workspace, *words):
    assert run.status == 0, run
    assert len(list(workspace.folder.glob("packages/*/dist/tool"))) == 4
    warnings = [line for line in run.text.splitlines() if "warning" in line.lower()]
    assert len(warnings) == 1, run
    for word in words:
        assert word in run.text, run


def test_a_dead_remote_costs_one_warning(workspace):
    # B28
    shapes.diamond(workspace)
    workspace.gateway.stop()
    assert_built_with_one_warning(workspace.run("run", "build"), workspace, "onnect")


def test_a_wrong_token_costs_one_warning_and_names_it(workspace):
    # B28
    shapes.diamond(workspace)
    assert_built_with_one_warning(workspace.run("run", "build", VC_AUTH_TOKEN="wrong-token-0000"), workspace, "401")


def test_a_missing_token_variable_is_named(workspace):
    shapes.diamond(workspace)
    environment = workspace.environment()
    del environment["VC_AUTH_TOKEN"]
    from velocity import CLI, Run
    run = Run(subprocess.run([CLI, "run", "build"], cwd=workspace.folder, env=environment, capture_output=True, text=True,
                             check=False, timeout=60))
    assert run.status == 0, run
    assert "VC_AUTH_TOKEN" in run.text, run


def test_remote_required_fails_without_it(workspace):
    shapes.diamond(workspace)
    workspace.gateway.stop()
    assert workspace.run("run", "build", "--remote=required").status == 3


@pytest.fixture
def rude_server():
    """A listener whose behaviour a test sets: what to do with each connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    behaviour = {"reply": b""}
    open_sockets = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_sockets.append(connection)
            if behaviour["reply"] is None:
                continue  # Never answers.
            connection.recv(65536)
            connection.sendall(behaviour["reply"])
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    behaviour["url"] = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield behaviour
    listener.close()
    for connection in open_sockets:
        connection.close()


@pytest.mark.parametrize("reply", [
    b"",
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\ncut off",
    b"not http at all\r\n\r\n",
], ids=["closes", "500", "no json", "cut off", "not http"])
def test_a_remote_that_misbehaves_costs_one_warning(lonely_workspace, rude_server, reply):
    # B28
    rude_server["reply"] = reply
    shapes.diamond(lonely_workspace)
    run = lonely_workspace.run("run", "build", VC_URL=rude_server["url"], VC_AUTH_TOKEN="x" * 20)
    assert_built_with_one_warning(run, lonely_workspace)


def test_an_unwritable_cache_folder_costs_one_warning(workspace, tmp_path):
    shapes.diamond(workspace)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    run = workspace.run("run", "build", VELOCITY_CACHE_DIR=blocked / "cache")
    assert_built_with_one_warning(run, workspace, "cache")


@pytest.fixture
def small_disk(tmp_path):
    """A tmpfs of 2 MiB."""
    folder = tmp_path / "small-disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_under_the_cache_does_not_break_the_build(workspace, small_disk):
    shapes.diamond(workspace)
    script = shapes.BUILD_SH + "head -c 4000000 /dev/urandom > dist/large\n"
    for name in ("base", "left", "right", "top"):
        workspace.write(f"packages/{name}/build.sh", script)
    run = workspace.run("run", "build", VELOCITY_CACHE_DIR=small_disk / "cache")
    assert run.status == 0, run
    assert "No space left" in run.text, run
    entries = [path for path in (small_disk / "cache").rglob("*") if path.is_file() and path.stat().st_size > 100_000]
    assert not entries, entries


def test_a_poisoned_local_entry_is_a_miss_with_one_warning(lonely_workspace):
    # B11
    shapes.diamond(lonely_workspace)
    lonely_workspace.run("run", "build")
    before = tree(lonely_workspace.folder, only="dist")
    for entry in (lonely_workspace.folder / ".velocity/cache").rglob("*.tar.zst"):
        bytes_ = bytearray(entry.read_bytes())
        bytes_[-20] ^= 0x40
        entry.write_bytes(bytes_)
    import shutil
    shutil.rmtree(lonely_workspace.folder / "packages/base/dist")
    run = lonely_workspace.run("run", "build")
    assert run.status == 0 and run.count("CACHE MISS") == 1, run
    assert len([line for line in run.text.splitlines() if "warning" in line.lower()]) == 1, run
    assert tree(lonely_workspace.folder, only="dist") == before


def test_a_poisoned_remote_artifact_is_a_miss_with_one_warning(workspace, tmp_path):
    # B11
    shapes.diamond(workspace)
    workspace.run("run", "build")
    before = tree(workspace.folder, only="dist")
    blobs = [path for path in (workspace.gateway.root / "objects").rglob("*") if path.is_file()]
    assert len(blobs) == 4
    blob = max(blobs, key=lambda path: path.stat().st_size)
    bytes_ = bytearray(blob.read_bytes())
    bytes_[-20] ^= 0x01
    os.chmod(blob, 0o644)
    blob.write_bytes(bytes_)
    import shutil
    shutil.copytree(workspace.folder, tmp_path / "other", symlinks=True,
                    ignore=shutil.ignore_patterns("dist", ".velocity"))
    other = Workspace(tmp_path / "other", workspace.gateway)
    run = other.run("run", "build")
    assert run.status == 0, run
    assert (run.count("CACHE HIT (remote)"), run.count("CACHE MISS")) == (3, 1), run
    assert len([line for line in run.text.splitlines() if "warning" in line.lower()]) == 1, run
    assert tree(other.folder, only="dist") == before
