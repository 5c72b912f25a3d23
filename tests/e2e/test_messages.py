"""What people read when something is not as they think: the message, the remedy and the exit code."""

import subprocess

import velocity

ROOT = "version: 1\npipeline:\n  build:\n    command: {command}\n{more}"


def configure(workspace, command, more=""):
    workspace.write("velocity.yml", ROOT.format(command=command, more=more))


def test_a_report_that_does_not_fit_on_the_disk_is_told(lonely_workspace):
    configure(lonely_workspace, "echo hello")
    for arguments in (["run", "build"], ["plan", "build", "--json"]):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([velocity.CLI, *arguments], cwd=lonely_workspace.folder, stdout=full,
                                     stderr=subprocess.PIPE, env=lonely_workspace.environment(), text=True,
                                     check=False, timeout=60)
        assert process.returncode == 3 and "standard output could not be written" in process.stderr, process.stderr


def test_a_reader_that_has_seen_enough_is_no_mistake(lonely_workspace):
    configure(lonely_workspace, "echo hello")
    assert lonely_workspace.run("run", "build").status == 0
    process = lonely_workspace.start("ls")
    process.stdout.close()
    assert process.wait(timeout=60) == 0


def test_outputs_nobody_declared_are_named_with_the_remedy(lonely_workspace):
    configure(lonely_workspace, "sh -c 'date +%N > made'")
    lonely_workspace.write("made", "before")
    run = lonely_workspace.run("run", "build")
    assert run.status == 0 and "its result is not stored: made changed while it ran" in run.err, run
    assert "belong in `outputs`" in run.err, run


def test_of_a_task_that_is_never_cached_nobody_is_told_that_it_is_not_stored(lonely_workspace):
    configure(lonely_workspace, "sh -c 'date +%N > made'", more="    cache: false\n")
    lonely_workspace.write("made", "before")
    run = lonely_workspace.run("run", "build")
    assert run.status == 0 and not run.err, run
    configure(lonely_workspace, "sh -c 'date +%N > made'",
              more="    cache: false\n  test:\n    command: cat made\n    depends_on: [build]\n")
    run = lonely_workspace.run("run", "test")
    assert "results of tasks that depend on it are not stored: made changed while it ran" in run.err, run


def test_a_required_remote_that_refuses_is_told_once(workspace, gateway):
    workspace.write("velocity.yml", "version: 1\nremote:\n  url: \"${VC_URL}\"\n  token: \"${WRONG}\"\n"
                                    "pipeline:\n  build:\n    command: echo hello\n")
    run = workspace.run("run", "build", "--remote=required", WRONG="no such token")
    assert run.status == 3 and run.err.count("does not accept the token") == 1, run
    assert "The build goes on" not in run.err, run
    run = workspace.run("run", "build", WRONG="no such token")
    assert run.status == 0 and run.err.count("The build goes on without it.") == 1, run


def test_limits_are_shown_as_they_are_written(lonely_workspace):
    configure(lonely_workspace, "echo hello")
    shown = lonely_workspace.run("config", "show").out
    assert "cache.max_size   10GiB\n" in shown and "cache.max_age    14d\n" in shown, shown
    shown = lonely_workspace.run("config", "show", VELOCITY_CACHE_MAX_SIZE="1500MB", VELOCITY_CACHE_MAX_AGE="36h").out
    assert "cache.max_size   1500000000B\n" in shown and "cache.max_age    36h\n" in shown, shown


def test_a_file_without_tasks_says_so(lonely_workspace):
    lonely_workspace.write("velocity.yml", "version: 1\npipeline: {}\n")
    run = lonely_workspace.run("run", "build")
    assert run.status == 2 and "help: there are no tasks yet" in run.err, run
