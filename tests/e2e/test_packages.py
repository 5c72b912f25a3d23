"""Packages of Cargo, Go, uv, Maven and Gradle: as the real tools see them, where there are any."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from velocity import Workspace, clean_environment


def tool(name):
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed here")
    return program


def say(*command, cwd, **variables):
    """What a tool prints, without a network to ask."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=clean_environment(**variables),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def listed(workspace):
    """{name: (folder, names of what it uses)}"""
    run = workspace.run("ls", "--json")
    assert run.status == 0, run
    return {each["name"]: (each["directory"], set(each["uses"])) for each in json.loads(run.out)["packages"]}


def ran(run):
    """Labels of the tasks that a run executed."""
    assert run.status == 0, run
    return {line.split("#build")[0].split()[-1] for line in run.text.splitlines() if "CACHE MISS" in line}


def check_rebuilds(workspace, edits):
    """Everything once; then nothing; then after each edit exactly the packages it concerns."""
    assert ran(workspace.run("run", "build")) == set(listed(workspace))
    assert ran(workspace.run("run", "build")) == set()
    for path, expected in edits:
        file = workspace.folder / path
        file.write_text(file.read_text() + ("\n# edited\n" if path.endswith(".toml") else "\n// edited\n"))
        assert ran(workspace.run("run", "build")) == expected, path
        assert ran(workspace.run("run", "build")) == set(), path


CRATES = {
    "app": ("[dependencies]\nengine = {{ path = '../engine' }}\nalias = {{ package = 'text', path = '../text' }}\n"
            "[target.'cfg(unix)'.dependencies]\nnever = {{ path = '../../vendor/never' }}\n"),
    "engine": "[dependencies]\ntext.workspace = true\n[dev-dependencies]\napp = {{ path = '../app' }}\n",
    "text": "[build-dependencies]\ngen = {{ path = '../gen' }}\n",
    "gen": "",
    "lonely": "",
}


def write_crates(workspace):
    workspace.write("velocity.yml", "version: 1\npipeline:\n  build:\n    command: \"cargo build --offline --quiet\"\n"
                                    "    depends_on: [\"^build\"]\n    pass_env: [RUSTUP_HOME, CARGO_HOME]\n")
    workspace.write(".gitignore", "target/\n.velocity/\n")
    workspace.write("Cargo.toml", "[workspace]\nresolver = '2'\nmembers = ['crates/*']\nexclude = ['crates/old']\n"
                                  "[workspace.dependencies]\ntext = { path = 'crates/text' }\n")
    for name, tables in CRATES.items():
        package = f"[package]\nname = '{name}'\nversion = '0.1.0'\nedition = '2021'\n"
        workspace.write(f"crates/{name}/Cargo.toml", package + tables.format())
        workspace.write(f"crates/{name}/src/lib.rs", f"pub fn name() -> &'static str {{ \"{name}\" }}\n")
    workspace.write("crates/text/build.rs", "fn main() { println!(\"cargo:rustc-env=BY={}\", gen::name()); }\n")
    for folder in ("vendor/never", "crates/old"):
        workspace.write(f"{folder}/Cargo.toml", f"[package]\nname = '{pathlib.Path(folder).name}'\n"
                                                "version = '0.1.0'\nedition = '2021'\n")
        workspace.write(f"{folder}/src/lib.rs", "")
    return workspace


def test_cargo_sees_the_same_packages(tmp_path):
    cargo = tool("cargo")
    workspace = write_crates(Workspace(tmp_path / "ws"))
    metadata = json.loads(say(cargo, "metadata", "--offline", "--no-deps", "--format-version", "1",
                              cwd=workspace.folder))
    folders = {str(pathlib.Path(each["manifest_path"]).parent.relative_to(workspace.folder.resolve())): each["name"]
               for each in metadata["packages"]}
    names = {str(workspace.folder.resolve() / folder): name for folder, name in folders.items()}
    real = {each["name"]: {names[used["path"]] for used in each["dependencies"] if used.get("path") in names}
            for each in metadata["packages"]}
    ours = listed(workspace)
    assert {folder: name for name, (folder, _) in ours.items()} == folders
    assert {name: uses for name, (_, uses) in ours.items()} == real
    assert real["engine"] == {"text", "app"} and "never" in real, "the example shows what it should"


def test_a_crate_rebuilds_its_users(tmp_path):
    cargo = tool("cargo")
    workspace = write_crates(Workspace(tmp_path / "ws"))
    say(cargo, "generate-lockfile", "--offline", cwd=workspace.folder)
    everyone = {"app", "engine", "text", "gen", "never", "lonely"}
    check_rebuilds(workspace, [
        ("crates/lonely/src/lib.rs", {"lonely"}),
        ("vendor/never/src/lib.rs", {"never", "app", "engine"}),  # engine's tests use app, which leads back to engine.
        ("crates/gen/src/lib.rs", {"gen", "text", "engine", "app"}),
        ("crates/lonely/Cargo.toml", {"lonely"}),
        ("Cargo.toml", everyone),
    ])
    lock = workspace.folder / "Cargo.lock"
    lock.write_text(lock.read_text() + "# edited\n")
    why = workspace.run("why", "lonely#build")
    assert "Cargo.lock changed" in why.text, why


def test_init_writes_for_all_crates(tmp_path):
    cargo = tool("cargo")
    workspace = write_crates(Workspace(tmp_path / "ws"))
    say(cargo, "generate-lockfile", "--offline", cwd=workspace.folder)
    (workspace.folder / "velocity.yml").unlink()
    written = workspace.run("init")
    assert written.status == 0 and "Found a Cargo workspace of 6 packages." in written.out, written
    assert ran(workspace.run("run", "build", timeout=300)) == set(listed(workspace))
    assert ran(workspace.run("run", "build")) == set()


MODULES = {"app": ["lib", "tools/gen"], "lib": ["base"], "base": [], "tools/gen": ["base"], "apart": []}


def write_modules(workspace):
    workspace.write("velocity.yml", "version: 1\npipeline:\n  build:\n    command: \"go build ./...\"\n"
                                    "    depends_on: [\"^build\"]\n    pass_env: [GOPATH, GOCACHE]\n")
    workspace.write(".gitignore", ".velocity/\n")
    workspace.write("go.work", "go 1.18\n\nuse ./apart // alone\n"
                               "use (\n\t./app\n\t./base\n\t\"./lib\"\n\t./tools/gen\n)\n")
    for folder, uses in MODULES.items():
        needed = "".join(f"\texample.test/{used} v0.0.0\n" for used in uses)
        workspace.write(f"{folder}/go.mod", f"module example.test/{folder}\n\ngo 1.18\n" +
                        (f"\nrequire (\n{needed})\n" if uses else ""))
        imports = "".join(f"import _ \"example.test/{used}\"\n" for used in uses)
        workspace.write(f"{folder}/a.go", f"package {pathlib.Path(folder).name}\n{imports}")
    workspace.write("unused/go.mod", "module example.test/unused\n\ngo 1.18\n")
    return workspace


GO = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GOPROXY": "off"}


def test_go_sees_the_same_modules(tmp_path):
    go = tool("go")
    workspace = write_modules(Workspace(tmp_path / "ws"))
    described = say(go, "list", "-m", "-json", cwd=workspace.folder, **GO)
    modules = [json.loads(text) for text in re.split(r"(?<=^\})\n", described, flags=re.MULTILINE) if text.strip()]
    ours = listed(workspace)
    assert {name: folder for name, (folder, _) in ours.items()} == {
        each["Path"]: str(pathlib.Path(each["Dir"]).relative_to(workspace.folder.resolve())) for each in modules}
    work = json.loads(say(go, "work", "edit", "-json", cwd=workspace.folder, **GO))
    assert {os.path.normpath(each["DiskPath"]) for each in work["Use"]} == {folder for folder, _ in ours.values()}
    for name, (folder, uses) in ours.items():
        imports = say(go, "list", "-f", "{{join .Imports \"\\n\"}}", "./...", cwd=workspace.folder / folder, **GO)
        assert uses == set(imports.split()), name


def test_a_module_rebuilds_its_users(tmp_path):
    tool("go")
    workspace = write_modules(Workspace(tmp_path / "ws"))
    workspace.variables = GO
    names = {folder: f"example.test/{folder}" for folder in MODULES}
    check_rebuilds(workspace, [
        ("apart/a.go", {names["apart"]}),
        ("tools/gen/a.go", {names["tools/gen"], names["app"]}),
        ("base/a.go", {names["base"], names["lib"], names["tools/gen"], names["app"]}),
        ("apart/go.mod", set(names.values())),  # One list of versions for all of them.
        ("go.work", set(names.values())),
    ])


POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>{parent}
  <groupId>test.example</groupId><artifactId>{name}</artifactId><version>1</version><packaging>{packaging}</packaging>
  {more}
</project>
"""
PARENT = "<parent><groupId>test.example</groupId><artifactId>all</artifactId><version>1</version></parent>"
USES = {"web": ["core", "store"], "store": ["core"], "core": []}


def write_poms(workspace):
    workspace.write("velocity.yml", "version: 1\npipeline: {build: {command: \"true\", depends_on: [\"^build\"]}}\n")
    modules = "<modules>" + "".join(f"<module>{name}</module>" for name in USES) + "</modules>"
    workspace.write("pom.xml", POM.format(parent="", name="all", packaging="pom", more=modules))
    for name, uses in USES.items():
        more = "".join(f"<dependency><groupId>${{project.groupId}}</groupId><artifactId>{used}</artifactId>"
                       "<version>1</version></dependency>" for used in uses)
        workspace.write(f"{name}/pom.xml", POM.format(parent=PARENT, name=name, packaging="jar",
                                                      more=f"<dependencies>{more}</dependencies>"))
        workspace.write(f"{name}/src/A.java", f"// {name}\n")
    return workspace


def test_maven_modules_rebuild_their_users(tmp_path):
    workspace = write_poms(Workspace(tmp_path / "ws"))
    assert {name: uses for name, (_, uses) in listed(workspace).items()} == {n: set(u) for n, u in USES.items()}
    check_rebuilds(workspace, [("store/src/A.java", {"store", "web"}), ("core/src/A.java", {"core", "store", "web"})])


def test_maven_builds_the_modules_in_an_order_that_fits(tmp_path):
    maven = tool("mvn")
    workspace = write_poms(Workspace(tmp_path / "ws"))
    said = say(maven, "--offline", "--batch-mode", "validate", cwd=workspace.folder, HOME=tmp_path)
    order = re.findall(r"^\[INFO\] (\S+) \.* SUCCESS", said, flags=re.MULTILINE)
    ours = listed(workspace)
    assert set(order) == set(ours) | {"all"}
    for name, (_, uses) in ours.items():
        assert all(order.index(used) < order.index(name) for used in uses), order


def test_uv_and_gradle_packages_rebuild_their_users(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    workspace.write("velocity.yml", "version: 1\npipeline: {build: {command: \"true\", depends_on: [\"^build\"]}}\n")
    workspace.write("pyproject.toml", "[tool.uv.workspace]\nmembers = ['python/*']\n"
                                      "[tool.uv.sources]\nmy-lib = { workspace = true }\n")
    workspace.write("python/lib/pyproject.toml", "[project]\nname = 'My.Lib'\nversion = '1'\n")
    workspace.write("python/api/pyproject.toml", "[project]\nname = 'api'\nversion = '1'\ndependencies = ['my_lib']\n")
    workspace.write("python/lib/lib.js", "x\n")
    workspace.write("settings.gradle.kts", "include(\":app\", \":shared\")\n")
    workspace.write("app/build.gradle.kts", "dependencies { implementation(projects.shared) }\n")
    workspace.write("shared/build.gradle.kts", "// nothing\n")
    assert listed(workspace) == {"My.Lib": ("python/lib", set()), "api": ("python/api", {"My.Lib"}),
                                 "app": ("app", {"shared"}), "shared": ("shared", set())}
    check_rebuilds(workspace, [("python/lib/lib.js", {"My.Lib", "api"}), ("pyproject.toml", {"My.Lib", "api"}),
                               ("shared/build.gradle.kts", {"app", "shared"}),
                               ("settings.gradle.kts", {"app", "shared"})])


def test_mistakes_are_shown_where_they_are(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    workspace.write("velocity.yml", "version: 1\npipeline: {build: {command: \"true\"}}\n")
    workspace.write("Cargo.toml", "[workspace]\nmembers = ['gone']\n")
    run = workspace.run("ls")
    assert run.status == 2 and "Cargo.toml:2:12: error[VC0203]" in run.err and "^" in run.err, run
    workspace.write("Cargo.toml", "[workspace]\nmembers = 'gone'\n")
    run = workspace.run("ls")
    assert run.status == 2 and "Cargo.toml:2:11: error[VC0201]" in run.err, run
