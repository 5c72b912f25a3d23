"""Time and CPU of commands and of servers, and medians of them."""

import os
import pathlib
import statistics
import subprocess
import time


def run(command, cwd, environment, log):
    """(wall s, CPU s of the process and all it waited for, peak RSS MB of the largest process); a failure raises.

    time(1) stands in between for the memory alone: the kernel counts what a child was before exec, here all of Python.
    """
    memory = pathlib.Path(f"{log}.memory")
    command = ["/usr/bin/time", "--quiet", "--format=%M", f"--output={memory}", *command]
    with open(log, "wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command}: exit {process.returncode}\n{pathlib.Path(log).read_text(errors='replace')[-3000:]}")
    return wall, usage.ru_utime + usage.ru_stime, int(memory.read_text()) / 1024


def process_cpu(pid):
    """CPU seconds of a process and its children so far, from the scheduler's own clock (ns)."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    for child in (pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        total += process_cpu(int(child)) * 1e9
    return total / 1e9


def median(values):
    return statistics.median(values)


def spread(values):
    return f"{min(values):.3g}..{max(values):.3g}"
