"""velocity-cli and its peers, each on a copy of the same workspace: how it is configured, started, and made to forget."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import measure
import workspace

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "e2e"))
import velocity  # noqa: E402

VERSIONS = {"turbo": "2.11.11", "nx": "24.0.6", "@moonrepo/cli": "2.5.5", "wireit": "0.14.13", "lage": "2.17.0"}
TOOLS = velocity.ROOT / "build" / "bench-tools"
MODULES = TOOLS / "node_modules"
INPUTS = ["src/**", "deps.txt", "package.json"]


def install():
    """Every peer at the version above, from npm, once."""
    wanted = {name: json.loads((MODULES / name / "package.json").read_text())["version"] if (MODULES / name).exists() else None
              for name in VERSIONS}
    if wanted != VERSIONS:
        TOOLS.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", TOOLS, "--no-audit", "--no-fund", "--ignore-scripts",
                        *(f"{name}@{version}" for name, version in VERSIONS.items())], check=True, capture_output=True)


def native(pattern):
    """A tool's own program: the node shim in front of it costs 40 ms that a fair comparison leaves out."""
    return next(MODULES.glob(pattern))


class Runner:
    """One task runner on its own copy of the workspace."""

    remote = True       # Whether it has a remote cache that can be had here; `why_not` says why it cannot.
    why_not = ""
    caches = []         # Globs of what it keeps beside the workspace.
    force = None        # The flag that executes everything again, of those that are measured with the real npm.

    def __init__(self, root, packages):
        self.root = root
        self.dependencies = workspace.generate(root, packages)
        self.counter = root.parent / (root.name + ".built")
        self.log = root.parent / (root.name + ".log")
        self.uses_real_npm = False

    def configure(self):
        """What it needs beside the package.json files."""

    def start(self, scratch):
        self.server = subprocess.Popen(["node", pathlib.Path(__file__).with_name("memory_cache.mjs")], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.server.stdout.readline())}"
        self.prepare()

    def prepare(self):
        self.configure()
        (self.root / ".home").mkdir()
        # turbo hashes what git knows, and others ask git too. Its collector would go on packing behind the first measured run.
        subprocess.run("git init -q -b main . && git config gc.auto 0 && git add -A && git -c user.name=b -c user.email=b@localhost commit -qm bench", shell=True,
                       cwd=self.root, check=True)
        self.expected = workspace.expected_outputs(self.root, self.dependencies)

    def stop(self):
        self.server.terminate()
        self.server.wait()

    def environment(self):
        return velocity.clean_environment(BUILD_COUNTER=self.counter) | {
            "PATH": os.environ["PATH"] if self.uses_real_npm else f"{self.root}/.bin:{os.environ['PATH']}", "HOME": str(self.root / ".home"), "DO_NOT_TRACK": "1"}

    def measured(self, executed):
        self.counter.unlink(missing_ok=True)
        result = measure.run(self.command(), self.root, self.environment(), self.log)
        built = len(self.counter.read_text()) // 2 if self.counter.exists() else 0
        if built != executed:
            raise RuntimeError(f"{self.name}: {built} tasks executed, not {executed}\n{self.log.read_text()[-2000:]}")
        if workspace.actual_outputs(self.root, self.dependencies) != self.expected:
            raise RuntimeError(f"{self.name}: wrong outputs")
        return result

    def forget_outputs(self):
        for package in self.dependencies:
            shutil.rmtree(self.root / "packages" / package / "dist", ignore_errors=True)

    def forget_local(self):
        for pattern in self.caches:
            for folder in self.root.glob(pattern):
                shutil.rmtree(folder, ignore_errors=True)

    def edit_leaf(self, number):
        """A new line at the end of a source of the last package, on which nothing depends."""
        leaf = list(self.dependencies)[-1]
        with open(self.root / "packages" / leaf / "src" / "f01.ts", "a", encoding="utf-8") as source:
            source.write(f"// edit {number}\n")
        self.expected = workspace.expected_outputs(self.root, self.dependencies)

    def write(self, path, content):
        workspace.write(self.root / path, content)


class Velocity(Runner):
    name = "velocity-cli"
    caches = [".velocity"]
    force = "--force"

    def start(self, scratch):
        self.gateway = velocity.Gateway(scratch / f"gateway-{self.root.name}", VC_LOG_LEVEL="warn").start()
        self.prepare()

    def stop(self):
        self.gateway.stop()

    def command(self):
        return [velocity.CLI, "run", "build", "--output-logs=hash-only", *([self.force] if self.uses_real_npm else [])]

    def environment(self):
        return super().environment() | {"VC_URL": self.gateway.url, "VC_AUTH_TOKEN": velocity.TOKEN}


class Turbo(Runner):
    name = "turbo"
    caches = [".turbo", "packages/*/.turbo", "node_modules/.cache"]
    force = "--force"

    def command(self):
        return [native("@turbo/linux-*/bin/turbo"), "run", "build", "--output-logs=hash-only", "--ui=stream", "--skip-infer",
                *([self.force] if self.uses_real_npm else [])]

    def environment(self):
        return super().environment() | {"TURBO_API": self.url, "TURBO_TOKEN": "token", "TURBO_TEAM": "bench",
                                        "TURBO_TELEMETRY_DISABLED": "1"}


class Nx(Runner):
    name = "nx"
    caches = [".nx", ".home/.nx"]

    def configure(self):
        (self.root / "node_modules").symlink_to(MODULES)
        self.write("nx.json", {
            "neverConnectToCloud": True, "analytics": False, "plugins": [], "namedInputs": {
                "default": ["{projectRoot}/src/**/*", "{projectRoot}/deps.txt", "{projectRoot}/package.json"]},
            "targetDefaults": {"build": {"cache": True, "dependsOn": ["^build"], "outputs": ["{projectRoot}/dist"],
                                         "inputs": ["default", "^default"]}}})

    def command(self):
        return ["node", MODULES / "nx/dist/bin/nx.js", "run-many", "-t", "build", "--outputStyle=static", f"--parallel={os.cpu_count()}"]

    def environment(self):
        # As on CI: no daemon that would be counted nowhere.
        return super().environment() | {"NX_DAEMON": "false", "NX_NO_CLOUD": "true", "NX_SELF_HOSTED_REMOTE_CACHE_SERVER": self.url}


class Moon(Runner):
    name = "moon"
    caches = [".moon/cache"]

    def configure(self):
        self.write(".moon/workspace.yml", "projects: ['packages/*']\nvcs: {client: git, defaultBranch: main}\ntelemetry: false\n"
                                          f"remote: {{host: '{self.url}', api: http}}\n")
        self.write(".moon/tasks/all.yml", "tasks:\n  build:\n    command: 'sh ../../build.sh'\n    deps: ['^:build']\n"
                                          "    inputs: ['src/**/*', 'deps.txt', 'package.json']\n    outputs: ['dist/**/*']\n")
        for package, below in self.dependencies.items():
            self.write(f"packages/{package}/moon.yml", "dependsOn: [" + ", ".join(f"'{other}'" for other in below) + "]\n")
        with open(self.root / ".gitignore", "a", encoding="utf-8") as ignore:
            ignore.write(".moon/cache/\n")

    def command(self):
        return [native("@moonrepo/core-linux-*/moon"), "run", ":build", "--log", "error"]


class Wireit(Runner):
    name = "wireit"
    caches = [".wireit", "packages/*/.wireit"]
    remote = False
    why_not = "wireit's only remote cache is that of GitHub Actions"

    def configure(self):
        for package, below in self.dependencies.items():
            file = self.root / "packages" / package / "package.json"
            manifest = json.loads(file.read_text())
            manifest["wireit"] = {"build": {"command": "sh ../../build.sh", "files": INPUTS, "output": ["dist/**"],
                                            "dependencies": [f"../{other}:build" for other in below]}}
            manifest["scripts"]["build"] = "wireit"
            workspace.write(file, manifest)
        manifest = json.loads((self.root / "package.json").read_text())
        manifest |= {"scripts": {"build": "wireit"},
                     "wireit": {"build": {"dependencies": [f"./packages/{package}:build" for package in self.dependencies]}}}
        self.write("package.json", manifest)

    def command(self):
        return ["node", MODULES / "wireit/bin/wireit.js"]

    def environment(self):
        return super().environment() | {
            "npm_lifecycle_event": "build", "npm_package_json": str(self.root / "package.json"), "npm_config_user_agent": "npm/11",
            "WIREIT_LOGGER": "quiet", "WIREIT_CACHE": "local", "WIREIT_PARALLEL": str(os.cpu_count())}


class Lage(Runner):
    name = "lage"
    caches = ["node_modules/.cache", "packages/*/node_modules"]
    remote = False
    why_not = "lage's remote caches are Azure Blob Storage and npm packages"

    def configure(self):
        inputs = json.dumps(INPUTS)
        self.write("lage.config.js", f"""module.exports = {{
  pipeline: {{ build: {{ dependsOn: ["^build"], inputs: {inputs}, outputs: ["dist/**"] }} }},
  npmClient: "npm",
  cacheOptions: {{ cacheStorageConfig: {{ provider: "local" }}, outputGlob: ["dist/**"], environmentGlob: ["build.sh"] }},
}};
""")

    def command(self):
        return ["node", MODULES / "lage/dist/lage.js", "run", "build", "--concurrency", str(os.cpu_count())]


ALL = [Velocity, Turbo, Nx, Moon, Wireit, Lage]
