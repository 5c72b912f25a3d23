"""Fixtures: `gateway` is a running velocity-server, `workspace` an empty folder that knows it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import velocity  # noqa: E402


@pytest.fixture
def gateway(tmp_path):
    running = velocity.Gateway(tmp_path / "gateway-data").start()
    yield running
    if running.process.poll() is None:
        assert running.stop() == 0, running.log_text()
    assert velocity.TOKEN not in running.log_text(), "a token reached the log"
    assert "signature=" not in running.log_text(), "a signed URL reached the log"


@pytest.fixture
def workspace(tmp_path, gateway):
    return velocity.Workspace(tmp_path / "workspace", gateway)


@pytest.fixture
def lonely_workspace(tmp_path):
    """Without a remote."""
    return velocity.Workspace(tmp_path / "workspace")


def pytest_sessionstart(session):
    for binary in (velocity.CLI, velocity.SERVER):
        if not binary.exists():
            pytest.exit(f"{binary} is not built: cmake --preset release && cmake --build --preset release", returncode=1)
