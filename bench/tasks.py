"""velocity-cli against turbo, on the same generated workspaces, in one run: cold, warm no-op, and restores from both caches."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import measure
import workspace

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "e2e"))
import velocity  # noqa: E402

TURBO = "2.11.11"


def install_turbo(tools):
    """The path of the native binary (the node shim in front of it costs 40 ms that a fair comparison leaves out)."""
    binary = next(tools.glob("node_modules/@turbo/linux-*/bin/turbo"), None) or next(tools.glob("node_modules/turbo-linux-*/bin/turbo"), None)
    if binary is None:
        tools.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", tools, "--no-audit", "--no-fund", f"turbo@{TURBO}"], check=True,
                       capture_output=True)
        binary = next(tools.glob("node_modules/@turbo/linux-*/bin/turbo"), None) or next(tools.glob("node_modules/turbo-linux-*/bin/turbo"))
    return binary


class Tool:
    """One task runner on its own copy of the workspace."""

    def __init__(self, root, dependencies, expected):
        self.root, self.dependencies, self.expected = root, dependencies, expected
        self.counter = root.parent / (root.name + ".built")
        self.log = root.parent / (root.name + ".log")

    def environment(self):
        return velocity.clean_environment(BUILD_COUNTER=self.counter) | {
            "PATH": f"{self.root}/.bin:{os.environ['PATH']}", "TURBO_TELEMETRY_DISABLED": "1", "DO_NOT_TRACK": "1"}

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


class Velocity(Tool):
    name = "velocity-cli"

    def start(self, scratch):
        self.gateway = velocity.Gateway(scratch / f"gateway-{self.root.name}", VC_LOG_LEVEL="warn").start()

    def stop(self):
        self.gateway.stop()

    def command(self):
        return [velocity.CLI, "run", "build", "--output-logs=hash-only"]

    def environment(self):
        return super().environment() | {"VC_URL": self.gateway.url, "VC_AUTH_TOKEN": velocity.TOKEN}

    def forget_local(self):
        shutil.rmtree(self.root / ".velocity", ignore_errors=True)


class Turbo(Tool):
    name = f"turbo {TURBO}"
    binary = None

    def start(self, scratch):
        self.server = subprocess.Popen(["node", pathlib.Path(__file__).with_name("turbo_cache.mjs")], stdout=subprocess.PIPE, text=True)
        self.port = int(self.server.stdout.readline())

    def stop(self):
        self.server.terminate()
        self.server.wait()

    def command(self):
        return [self.binary, "run", "build", "--output-logs=hash-only", "--ui=stream", "--skip-infer"]

    def environment(self):
        return super().environment() | {"TURBO_API": f"http://127.0.0.1:{self.port}", "TURBO_TOKEN": "token", "TURBO_TEAM": "bench"}

    def forget_local(self):
        for folder in (self.root / ".turbo", self.root / "node_modules" / ".cache"):
            shutil.rmtree(folder, ignore_errors=True)


def floor(*arguments):
    done = subprocess.run([velocity.BUILD / "bench_floor", *map(str, arguments)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["ms"] / 1000


def commands_alone(tool):
    """Seconds that the tasks' commands take without a runner, one a CPU at a time."""
    start = time.perf_counter()
    subprocess.run(["xargs", "-P", str(os.cpu_count()), "-I{}", "env", "-C", tool.root / "packages" / "{}", "npm", "run", "build"],
                   input="\n".join(tool.dependencies), text=True, env=tool.environment(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def floors_of(ours, scratch, rounds):
    """{row: [s]}: the commands of a cold run, the stats of a no-op, the writes of a restore (of the outputs alone)."""
    outputs = scratch / "floor-outputs"
    for package in ours.dependencies:
        shutil.copytree(ours.root / "packages" / package / "dist", outputs / package / "dist")
    stats, writes = [], []
    for index in range(rounds):
        stats.append(floor("stat", ours.root / "packages"))
        writes.append(floor("write", outputs, scratch / f"floor-{index}"))
        shutil.rmtree(scratch / f"floor-{index}")
    shutil.rmtree(outputs)
    return {"cold": [commands_alone(ours)], "no-op": stats, "local restore": writes, "remote restore": writes}


def compare(packages, scratch, rounds):
    """{row: {tool: [(wall, cpu, rss)]}, floors}"""
    tools = []
    for kind in (Velocity, Turbo):
        root = scratch / f"{kind.__name__.lower()}-{packages}"
        dependencies = workspace.generate(root, packages)
        # turbo hashes what git knows; velocity-cli works the same with and without.
        subprocess.run("git init -q . && git add -A && git -c user.name=b -c user.email=b@localhost commit -qm bench", shell=True,
                       cwd=root, check=True)
        tools.append(kind(root, dependencies, workspace.expected_outputs(root, dependencies)))
    rows = {"cold": {}, "no-op": {}, "local restore": {}, "remote restore": {}}
    try:
        for tool in tools:
            tool.start(scratch)
            rows["cold"][tool.name] = [tool.measured(executed=packages)]
            tool.measured(executed=0)
        for _ in range(rounds):
            for tool in tools:
                rows["no-op"].setdefault(tool.name, []).append(tool.measured(executed=0))
        for _ in range(rounds):
            for tool in tools:
                tool.forget_outputs()
                rows["local restore"].setdefault(tool.name, []).append(tool.measured(executed=0))
        for _ in range(rounds):
            for tool in tools:
                tool.forget_outputs()
                tool.forget_local()
                rows["remote restore"].setdefault(tool.name, []).append(tool.measured(executed=0))
        floors = floors_of(tools[0], scratch, rounds)
    finally:
        for tool in tools:
            tool.stop()
        for tool in tools:
            shutil.rmtree(tool.root, ignore_errors=True)
    return rows, {row: measure.median(values) for row, values in floors.items()}


def table(results):
    lines = ["| workspace | what | velocity-cli wall s (CPU s, MB) | turbo wall s (CPU s, MB) | ours / turbo wall | floor s | ours / floor |",
             "|---|---|---|---|---|---|---|"]
    for packages, (rows, floors) in results.items():
        for row, tools in rows.items():
            ours, peer = tools[Velocity.name], tools[Turbo.name]
            cells = []
            for runs in (ours, peer):
                wall, cpu, rss = (measure.median([run[field] for run in runs]) for field in range(3))
                cells.append(f"{wall:.3f} ({cpu:.2f}, {rss:.0f})")
            our_wall, peer_wall = (measure.median([run[0] for run in runs]) for runs in (ours, peer))
            bare = floors.get(row)
            lines.append(f"| {packages} packages | {row} | {cells[0]} | {cells[1]} | {our_wall / peer_wall:.2f} | "
                         f"{f'{bare:.3f}' if bare else '-'} | {f'{our_wall / bare:.1f}' if bare else '-'} |")
    return "\n".join(lines)


def main(scratch, sizes, rounds):
    Turbo.binary = install_turbo(velocity.ROOT / "build" / "bench-tools")
    results = {}
    for packages in sizes:
        print(f"tasks: {packages} packages, {rounds} rounds", file=sys.stderr, flush=True)
        results[packages] = compare(packages, scratch, rounds)
    return table(results)
