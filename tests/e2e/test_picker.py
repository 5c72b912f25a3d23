"""`run` without a task: at a terminal the tasks can be chosen from, elsewhere it is an error."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios

import pytest

import velocity
from test_terminal import Screen

UP, DOWN, ESCAPE, CTRL_C, CTRL_Z = "\x1b[A", "\x1b[B", "\x1b", "\x03", "\x1a"


@pytest.fixture
def folder(lonely_workspace):
    lonely_workspace.write("velocity.yml", """version: 1
packages: ["web", "api"]
pipeline:
  build: {command: "echo built", description: "Compiles it", outputs: []}
  lint: {command: "echo linted", outputs: []}
  test: {command: "echo tested", description: "Runs all tests", outputs: []}
""")
    lonely_workspace.write("web/a.txt", "a")
    lonely_workspace.write("api/velocity.yml", "pipeline:\n  deploy: {command: 'echo deployed', outputs: []}\n")
    return lonely_workspace.folder


class Terminal:
    """velocity-cli on a pseudo-terminal whose settings can be looked at while it runs and afterwards."""

    def __init__(self, folder, *arguments, rows=24, **variables):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs  # Kept open: the settings outlive the process.
        environment = velocity.clean_environment(**({"TERM": "xterm"} | variables))
        self.screen, self.status = Screen(), None
        self.pid = os.fork()
        if self.pid == 0:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            os.chdir(folder)
            os.login_tty(theirs)
            os.execve(velocity.CLI, [str(velocity.CLI), *arguments], environment)

    def see(self, text):
        """Reads until the screen shows it."""
        while text not in self.screen.text():
            assert select.select([self.ours], [], [], 60)[0], f"{text!r} is not on the screen:\n{self.screen.text()}"
            self.screen.feed(os.read(self.ours, 65536).decode())

    def press(self, keys):
        os.write(self.ours, keys.encode())

    def end(self):
        """The exit code; the rest of the output is on the screen."""
        while self.status is None:
            if select.select([self.ours], [], [], 0.05)[0]:
                self.screen.feed(os.read(self.ours, 65536).decode())
                continue
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        while select.select([self.ours], [], [], 0)[0]:
            self.screen.feed(os.read(self.ours, 65536).decode())
        assert termios.tcgetattr(self.theirs) == self.before, "the terminal is not as it was"
        return self.status


def test_the_tasks_are_shown_with_what_is_known_of_them(folder):
    terminal = Terminal(folder, "run")
    terminal.see("> 1 build")
    terminal.see("4 test")
    lines = [line.rstrip() for line in terminal.screen.lines if line.strip()]
    assert lines[1:] == ["> 1 build   2 packages  Compiles it", "  2 deploy  1 package", "  3 lint    2 packages",
                         "  4 test    2 packages  Runs all tests"]
    assert termios.tcgetattr(terminal.theirs) != terminal.before, "keys would be echoed"
    terminal.press("\r")
    assert terminal.end() == 0
    text = terminal.screen.text()
    assert "web#build: built" in text and "api#build: built" in text and "Which task?" not in text


@pytest.mark.parametrize("keys, marked, ran", [
    ([DOWN, DOWN], "> 3 lint", "linted"), ([UP], "> 4 test", "tested"), (["4"], "> 4 test", "tested"),
    (["te"], "Which task? te", "tested"), (["x", "\x7f", "d"], "Which task? d", "deployed"),
    ([CTRL_Z, "\x1bOB"], "> 2 deploy", "deployed")])
def test_a_task_is_chosen_by_arrows_number_or_first_letters(folder, keys, marked, ran):
    terminal = Terminal(folder, "run")
    terminal.see("4 test")
    for key in keys:
        terminal.press(key)
    terminal.see(marked)
    terminal.press("\r")
    assert terminal.end() == 0 and f": {ran}" in terminal.screen.text(), terminal.screen.text()


def test_what_no_task_begins_with_cannot_be_run(folder):
    terminal = Terminal(folder, "run")
    terminal.see("4 test")
    terminal.press("zz\r")
    terminal.see("no task begins so")
    terminal.press(ESCAPE)
    assert terminal.end() == 2
    assert terminal.screen.text().strip() == "", "the menu is still there"


def test_flags_of_the_run_hold(folder):
    terminal = Terminal(folder, "run", "-p", "web", "--", "-x")
    terminal.see("> 1 build")
    terminal.press("\r")
    assert terminal.end() == 0
    assert "web#build: built -x" in terminal.screen.text() and "api#build" not in terminal.screen.text()


def test_a_low_terminal_shows_the_marked_one(folder):
    terminal = Terminal(folder, "run", rows=4)
    terminal.see("2 deploy")
    assert "lint" not in terminal.screen.text()
    terminal.press(DOWN + DOWN)
    terminal.see("> 3 lint")
    terminal.press(ESCAPE)
    assert terminal.end() == 2


def test_ctrl_c_leaves_with_130(folder):
    terminal = Terminal(folder, "run")
    terminal.see("4 test")
    terminal.press(CTRL_C)
    assert terminal.end() == 130


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(folder, number):
    terminal = Terminal(folder, "run")
    terminal.see("4 test")
    os.kill(terminal.pid, number)
    assert terminal.end() == 128 + number


@pytest.mark.parametrize("arguments, variables", [(["run", "--json"], {}), (["run"], {"TERM": "dumb"})])
def test_where_nothing_can_be_drawn_a_task_is_required(folder, arguments, variables):
    terminal = Terminal(folder, *arguments, **variables)
    assert terminal.end() == 2 and "no task is named" in terminal.screen.text()


def test_a_configuration_that_is_wrong_is_told_first(folder):
    (folder / "velocity.yml").write_text("version: 1\npipelines: {}\n")
    terminal = Terminal(folder, "run")
    assert terminal.end() == 2 and 'unknown key "pipelines"' in terminal.screen.text()


def test_elsewhere_a_task_is_required(lonely_workspace, folder):
    run = lonely_workspace.run("run")
    assert run.status == 2 and "VC0307" in run.err and "known tasks: " in run.err, run
