"""velocity-cli beside its peers on the same generated workspaces, in one run: cold, no-op, restores from both caches, one leaf changed."""

import json
import os
import shutil
import subprocess
import sys
import time

import measure
import runners
import velocity

ROWS = ["cold", "cold, real npm", "no-op", "one leaf changed", "local restore", "remote restore"]
# A peer whose no-op takes longer than this is measured once a row: its figure does not hang on the noise.
SLOW_S = 4.0
# Starting npm 1000 times says no more than starting it 200 times.
REAL_NPM_PACKAGES_MAX = 200
# A peer whose cold run takes longer than this is not run on a larger workspace.
TOO_SLOW_S = 60.0


def floor(*arguments):
    done = subprocess.run([velocity.BUILD / "bench_floor", *map(str, arguments)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["ms"] / 1000


def commands_alone(runner):
    """Seconds that the tasks' commands take without a runner, one a CPU at a time."""
    runner.forget_outputs()
    start = time.perf_counter()
    subprocess.run(["xargs", "-P", str(os.cpu_count()), "-I{}", "env", "-C", runner.root / "packages" / "{}", "sh", "../../build.sh"],
                   input="\n".join(runner.dependencies), text=True, env=runner.environment(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def floors_of(ours, scratch, rounds):
    """{what: median s}: what the machine charges for the parts of a run, with 2 threads."""
    outputs = scratch / "floor-outputs"
    for package in ours.dependencies:
        shutil.copytree(ours.root / "packages" / package / "dist", outputs / package / "dist")
    samples = {}
    for index in range(rounds):
        for what, arguments in {"stat of all inputs and outputs": ("stat", ours.root / "packages"),
                                "stat of the outputs": ("stat", outputs),
                                "reading all inputs and outputs": ("read", ours.root / "packages"),
                                "writing the outputs": ("write", outputs, scratch / f"floor-{index}"),
                                "one posix_spawn of /bin/true a package": ("spawn", len(ours.dependencies))}.items():
            samples.setdefault(what, []).append(floor(*arguments))
        shutil.rmtree(scratch / f"floor-{index}")
    shutil.rmtree(outputs)
    floors = {what: measure.median(values) for what, values in samples.items()}
    return floors | {"the commands alone": commands_alone(ours)}


FLOOR_OF = {"cold": "the commands alone", "cold, real npm": "the commands alone", "no-op": "stat of all inputs and outputs", "one leaf changed": "stat of all inputs and outputs",
            "local restore": "writing the outputs", "remote restore": "writing the outputs"}


class Course:
    """All the rounds of one runner; rounds of different runners are interleaved by the caller."""

    def __init__(self, runner, scratch):
        self.runner, self.rows, self.is_slow = runner, {row: [] for row in ROWS}, False
        runner.start(scratch)

    def first(self):
        packages = len(self.runner.dependencies)
        self.rows["cold"].append(self.runner.measured(executed=packages))
        self.is_slow = self.runner.measured(executed=0)[0] > SLOW_S

    def with_real_npm(self):
        if self.runner.force and len(self.runner.dependencies) <= REAL_NPM_PACKAGES_MAX:
            self.runner.uses_real_npm = True
            self.rows["cold, real npm"].append(self.runner.measured(executed=len(self.runner.dependencies)))
            self.runner.uses_real_npm = False
            self.runner.measured(executed=0)

    def round(self, row, number):
        if number > 0 and self.is_slow:
            return
        if row == "remote restore" and not self.runner.remote:
            return
        if row == "one leaf changed":
            self.runner.edit_leaf(number)
        if row.endswith("restore"):
            self.runner.forget_outputs()
        if row == "remote restore":
            self.runner.forget_local()
        self.rows[row].append(self.runner.measured(executed=1 if row == "one leaf changed" else 0))


def compare(packages, scratch, rounds, kinds):
    """{row: {runner: [(wall, cpu, rss)]}}, floors"""
    courses = []
    try:
        for kind in kinds:
            print(f"tasks: {packages} packages, {kind.name}, cold", file=sys.stderr, flush=True)
            courses.append(Course(kind(scratch / f"{kind.__name__.lower()}-{packages}", packages), scratch))
            courses[-1].first()
        for course in courses:
            course.with_real_npm()
        for row in ROWS[2:]:
            print(f"tasks: {packages} packages, {row}, {rounds} rounds", file=sys.stderr, flush=True)
            for number in range(rounds):
                for course in courses:
                    course.round(row, number)
        return ({row: {course.runner.name: course.rows[row] for course in courses} for row in ROWS},
                floors_of(courses[0].runner, scratch, rounds))
    finally:
        for course in courses:
            course.runner.stop()
            shutil.rmtree(course.runner.root, ignore_errors=True)


def cell(runs):
    if not runs:
        return "-"  # What a "-" means stands below the table.
    wall, cpu, rss = (measure.median([run[field] for run in runs]) for field in range(3))
    return f"{wall:.3f} ({cpu:.2f}, {rss:.0f})"


def wall(runs):
    return measure.median([run[0] for run in runs])


def table(results, kinds):
    names = [kind.name for kind in kinds]
    lines = [f"| packages | what | {' | '.join(names)} | ours / turbo | floor s | ours / floor |", "|---" * (len(names) + 5) + "|"]
    for packages, (rows, floors) in results.items():
        for row in (row for row in ROWS if rows[row][names[0]]):
            runs, bare = {name: rows[row].get(name, []) for name in names}, floors[FLOOR_OF[row]]
            ours = wall(runs[names[0]])
            lines.append(f"| {packages} | {row} | {' | '.join(cell(runs[name]) for name in names)} | {ours / wall(runs['turbo']):.2f} | "
                         f"{bare:.3f} | {ours / bare:.1f} |")
    missing = [f"{kind.name}: {kind.why_not}" for kind in kinds if not kind.remote]
    lines += ["", "Wall s (CPU s, MB of the largest process). No remote row: " + "; ".join(missing) + ". Only velocity-cli and turbo are run "
              f"with the real npm. A peer whose cold run took more than {TOO_SLOW_S:.0f} s is not run on a larger workspace." if missing else "", "",
              "| packages | floor | s |", "|---|---|---|"]
    lines += [f"| {packages} | {what} | {seconds:.3f} |" for packages, (_, floors) in results.items() for what, seconds in floors.items()]
    return "\n".join(lines)


def main(scratch, sizes, rounds, peers):
    runners.install()
    kinds = [kind for kind in runners.ALL if kind.name in ("velocity-cli", "turbo") or kind.name in peers]
    results, left_out = {}, []
    for packages in sizes:
        results[packages] = compare(packages, scratch, rounds, [kind for kind in kinds if kind.name not in left_out])
        left_out += [name for name, runs in results[packages][0]["cold"].items() if runs[0][0] > TOO_SLOW_S]
    return table(results, kinds)
