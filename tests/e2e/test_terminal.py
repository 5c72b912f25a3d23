"""What a person at a terminal sees: the screen after a run, and in the middle of one."""

import fcntl
import os
import pty
import re
import select
import struct
import termios

import velocity

SEQUENCE = re.compile(r"\x1b\[(\d*)([A-Za-z])")


class Screen:
    """The few control sequences (ECMA-48) that the agent uses, on a terminal that scrolls."""

    def __init__(self):
        self.lines, self.row, self.column = [""], 0, 0

    def feed(self, text):
        position = 0
        while position < len(text):
            sequence = SEQUENCE.match(text, position)
            if sequence:
                self.control(sequence[2], int(sequence[1] or 1))
                position = sequence.end()
                continue
            self.character(text[position])
            position += 1

    def control(self, kind, count):
        if kind == "A":
            self.row -= count
            assert self.row >= 0, "the cursor left the screen"
        elif kind == "K":
            self.lines[self.row] = self.lines[self.row][:self.column]
        else:
            assert kind == "m", f"an unexpected control sequence: {kind}"

    def character(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append("")
        else:
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
            self.column += 1

    def text(self):
        return "\n".join(self.lines)


def on_a_terminal(words, directory, until=None, columns=60):
    """Runs on a pseudo-terminal; `until(screen)` is asked after every piece of output. Returns (exit code, screen)."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(directory)
        environment = velocity.clean_environment(TERM="xterm")
        environment.pop("NO_COLOR")
        os.execve(words[0], [str(word) for word in words], environment)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    screen = Screen()
    while True:
        assert select.select([fd], [], [], 60)[0], "no output for a minute"
        try:
            data = os.read(fd, 65536)
        except OSError:  # EIO: the other side is closed.
            data = b""
        if not data:
            break
        screen.feed(data.decode())
        if until:
            until(screen)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen


WORKSPACE = """version: 1
packages: ["packages/*"]
pipeline:
  build:
    command: "cat > /dev/null < gate; echo built"
    inputs: ["in.txt"]
    outputs: []
"""


def test_what_runs_is_shown_and_gone_when_it_is_done(tmp_path):
    for name in ("first", "second"):
        folder = tmp_path / "packages" / name
        folder.mkdir(parents=True)
        (folder / "in.txt").write_text(name)
        os.mkfifo(folder / "gate")
    (tmp_path / "velocity.yml").write_text(WORKSPACE)
    seen = []

    def open_gates(screen):
        # Both run, and are shown to: only now may they end.
        if not seen and "2 running" in screen.text() and "  packages/second#build" in screen.text():
            seen.append(screen.text())
            for name in ("first", "second"):
                (tmp_path / "packages" / name / "gate").write_text("go")

    code, screen = on_a_terminal([velocity.CLI, "run", "build", "--concurrency=2"], tmp_path, open_gates)
    assert code == 0, screen.text()
    assert "[0/2] 2 running" in seen[0]
    left = [line.rstrip() for line in screen.lines if line.strip()]
    assert not any("running" in line for line in left), screen.text()
    assert sorted(line for line in left if line.endswith(": built")) == ["packages/first#build: built", "packages/second#build: built"]
    assert left[-1].startswith("2 tasks, 0 cached"), screen.text()
