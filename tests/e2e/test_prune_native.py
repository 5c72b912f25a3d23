"""prune of packages that Cargo, Go, uv, Maven and Gradle build: the real tools take what comes out as a workspace."""

import json
import os
import shutil
import subprocess

import pytest

from velocity import Workspace, clean_environment

VELOCITY = ("version: 1\nglobal_inputs: [\"vendor/**\"]\n"
            "pipeline:\n  build:\n    command: \"true\"\n    inputs: [\"**\"]\n")


def tool(name):
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return program


def say(*words, cwd, status=0, **variables):
    done = subprocess.run(words, cwd=cwd, env=clean_environment(**variables), stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=300)
    assert (done.returncode == 0) == (status == 0), done.stdout
    return done.stdout


def pruned(workspace, package, *flags):
    """The folder, moved to where no tool finds the rest of the workspace above it."""
    out = workspace.folder.parent / f"out-{package.replace('/', '-')}"
    run = workspace.run("prune", package, "--out-dir", out, *flags)
    assert run.status == 0, run
    return out, run.err


def crate(workspace, folder, name, version="0.1.0", dependencies=""):
    workspace.write(f"{folder}/Cargo.toml",
                    f"[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n"
                    f"[dependencies]\n{dependencies}")
    workspace.write(f"{folder}/src/lib.rs", "")


@pytest.fixture
def crates(tmp_path):
    """app uses lib and y 2; other uses x, which uses y 1; x and y are from a registry that is a folder."""
    workspace = Workspace(tmp_path / "ws")
    workspace.write("velocity.yml", VELOCITY)
    workspace.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\", \"tools/gen\"]\n"
                                  "default-members = [\"crates/app\", \"crates/other\"]\nresolver = \"2\"\n\n"
                                  "[workspace.dependencies]\nlib = { path = \"crates/lib\" }\n")
    workspace.write(".cargo/config.toml", "[source.crates-io]\nreplace-with = \"folder\"\n"
                                          "[source.folder]\ndirectory = \"vendor\"\n")
    crate(workspace, "crates/app", "app", dependencies="lib = { workspace = true }\ny = \"2\"\n")
    crate(workspace, "crates/lib", "lib")
    crate(workspace, "crates/other", "other", dependencies="lib = { workspace = true }\nx = \"1\"\n")
    crate(workspace, "tools/gen", "gen")
    for name, version, dependencies in (("x", "1.0.0", "y = \"1\"\n"), ("y", "1.0.0", ""), ("y", "2.0.0", "")):
        crate(workspace, f"vendor/{name}-{version}", name, version, dependencies)
        workspace.write(f"vendor/{name}-{version}/.cargo-checksum.json", json.dumps({"files": {}, "package": "0" * 64}))
    return workspace


@pytest.mark.parametrize("flags", [[], ["--docker"]])
def test_cargo_builds_what_is_pruned_with_its_lockfile(crates, flags):
    cargo = tool("cargo")
    say(cargo, "generate-lockfile", "--offline", cwd=crates.folder)
    for package, members, locked in (("app", ["app", "lib"], ["app", "lib", "y 2.0.0"]),
                                     ("other", ["lib", "other"], ["lib", "other", "x 1.0.0", "y 1.0.0"]),
                                     ("gen", ["gen"], ["gen"])):
        out, warnings = pruned(crates, package, *flags)
        assert warnings == ""
        folder = out / "full" if flags else out
        before = (folder / "Cargo.lock").read_bytes()
        say(cargo, "build", "--offline", "--locked", cwd=folder)
        assert (folder / "Cargo.lock").read_bytes() == before
        about = json.loads(say(cargo, "metadata", "--offline", "--locked", "--format-version", "1", cwd=folder))
        names = {found["id"]: found["name"] for found in about["packages"]}
        assert sorted(names[member] for member in about["workspace_members"]) == members
        assert sorted(found["name"] if found["source"] is None else f"{found['name']} {found['version']}"
                      for found in about["packages"]) == locked
        if flags:
            found = {str(path.relative_to(out / "json")) for path in (out / "json").rglob("*") if path.is_file()}
            assert {"Cargo.toml", "Cargo.lock", ".cargo/config.toml"} < found
            assert {path for path in found if path.startswith(("crates", "tools"))} == {
                f"{'tools' if member == 'gen' else 'crates'}/{member}/Cargo.toml" for member in members}
        shutil.rmtree(out)


def test_a_change_elsewhere_leaves_the_pruned_crates_as_they_are(crates):
    cargo = tool("cargo")

    def files():
        say(cargo, "generate-lockfile", "--offline", cwd=crates.folder)
        out, _ = pruned(crates, "app")
        found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*")
                 if path.is_file() and "vendor" not in path.parts}
        shutil.rmtree(out)
        return found

    before = files()
    crate(crates, "crates/other", "other", "0.2.0")
    crate(crates, "crates/new", "new", dependencies="other = { path = \"../other\" }\n")
    assert files() == before
    crate(crates, "crates/lib", "lib", "0.2.0")
    assert files() != before


def test_a_lockfile_that_is_out_of_date_is_copied_with_a_warning(crates):
    crates.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n")
    out, warnings = pruned(crates, "app")
    assert warnings == "warning: all of Cargo.lock is copied: it does not know lib\n"
    assert (out / "Cargo.lock").read_bytes() == (crates.folder / "Cargo.lock").read_bytes()
    run = crates.run("prune", "app", "--out-dir", out, "--json")
    assert json.loads(run.out)["notes"] == ["all of Cargo.lock is copied: it does not know lib"]


def test_go_builds_what_is_pruned(tmp_path):
    go = tool("go")
    workspace = Workspace(tmp_path / "ws")
    workspace.write("velocity.yml", VELOCITY)
    workspace.write("go.work", "go 1.20\n\nuse (\n\t./app // what is run\n\t./lib\n)\nuse ./other\n")
    for name, uses in (("app", ["lib"]), ("lib", []), ("other", ["lib"])):
        workspace.write(f"{name}/go.mod", f"module example.com/{name}\n\ngo 1.20\n" +
                        "".join(f"\nrequire example.com/{use} v0.0.0\n" for use in uses))
        imports = "".join(f"import _ \"example.com/{use}\"\n" for use in uses)
        workspace.write(f"{name}/{name}.go", f"package {'main' if uses else name}\n{imports}" +
                        ("func main() {}\n" if uses else ""))
    variables = {"GOFLAGS": "", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOCACHE": tmp_path / "cache",
                 "GOPATH": tmp_path / "path"}
    out, warnings = pruned(workspace, "example.com/app", "--docker")
    assert warnings == ""
    assert (out / "full/go.work").read_text() == "go 1.20\n\nuse (\n\t./app // what is run\n\t./lib\n)\n"
    assert not (out / "full/other").exists()
    say(go, "build", "./...", cwd=out / "full/app", **variables)
    modules = sorted(str(path.relative_to(out / "json")) for path in (out / "json").rglob("*.mod"))
    assert modules == ["app/go.mod", "lib/go.mod"]
    assert (out / "json/go.work").exists()
    shutil.rmtree(out / "full/lib")
    say(go, "build", "./...", cwd=out / "full/app", status=1, **variables)


def test_maven_reads_what_is_pruned(tmp_path):
    maven = tool("mvn")
    workspace = Workspace(tmp_path / "ws")
    workspace.write("velocity.yml", VELOCITY)

    def pom(folder, name, parent=None, rest=""):
        of_parent = "<groupId>shop</groupId><version>1</version>" if parent is None else \
            f"<parent><groupId>shop</groupId><artifactId>{parent}</artifactId><version>1</version></parent>"
        workspace.write(os.path.join(folder, "pom.xml"),
                        f"<project><modelVersion>4.0.0</modelVersion>{of_parent}"
                        f"<artifactId>{name}</artifactId>{rest}</project>")

    def modules(*names):
        return f"<packaging>pom</packaging><modules>{''.join(f'<module>{name}</module>' for name in names)}</modules>"

    pom("", "root", rest=modules("app", "group", "other"))
    pom("app", "app", "root", "<dependencies><dependency><groupId>shop</groupId><artifactId>lib</artifactId>"
                              "<version>1</version></dependency></dependencies>")
    pom("group", "group", "root", modules("lib", "unused"))
    pom("group/lib", "lib", "group")
    pom("group/unused", "unused", "group")
    pom("other", "other", "root")
    workspace.write("mvnw", "#!/bin/sh\n", mode=0o755)
    out, warnings = pruned(workspace, "app")
    assert warnings == ""
    assert sorted(str(path.relative_to(out)) for path in out.rglob("pom.xml")) == [
        "app/pom.xml", "group/lib/pom.xml", "group/pom.xml", "pom.xml"]
    assert os.access(out / "mvnw", os.X_OK)
    assert workspace.run("plan", "build", cwd=out).status == 0
    said = say(maven, "--offline", "--batch-mode", f"-Dmaven.repo.local={tmp_path / 'repository'}", "validate", cwd=out)
    assert "BUILD SUCCESS" in said


def test_files_of_uv_and_gradle_come_along(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    workspace.write("velocity.yml", VELOCITY)
    workspace.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"py/*\"]\n")
    workspace.write("uv.lock", "version = 1\n")
    for name in ("one", "two"):
        workspace.write(f"py/{name}/pyproject.toml", f"[project]\nname = \"{name}\"\nversion = \"1\"\n")
    workspace.write("settings.gradle", "include 'core', 'web'\n")
    workspace.write("gradlew", "#!/bin/sh\n", mode=0o755)
    workspace.write("gradle/wrapper/gradle-wrapper.jar", "jar")
    workspace.write("gradle/wrapper/gradle-wrapper.properties", "distributionUrl=x\n")
    for name in ("core", "web"):
        workspace.write(f"{name}/build.gradle", "plugins { id 'java' }\n")
    of_uv, warnings = pruned(workspace, "one")
    found = {str(path.relative_to(of_uv)) for path in of_uv.rglob("*") if path.is_file()}
    assert {"pyproject.toml", "uv.lock", "py/one/pyproject.toml"} < found and "settings.gradle" not in found, found
    assert warnings == ""
    of_gradle, warnings = pruned(workspace, "core")
    found = {str(path.relative_to(of_gradle)) for path in of_gradle.rglob("*") if path.is_file()}
    assert {"settings.gradle", "gradlew", "gradle/wrapper/gradle-wrapper.jar", "core/build.gradle",
            "gradle/wrapper/gradle-wrapper.properties"} < found and "uv.lock" not in found, found
    assert warnings == "warning: all of settings.gradle is copied: Gradle may complain of projects in it that do not stay\n"
