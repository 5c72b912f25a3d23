"""The image of the Dockerfile, built; the main job against it with the environment of deploy/compose.yaml."""

import contextlib
import shutil
import stat

import pytest
import yaml

import container
import image
import shapes
import velocity
from velocity import ROOT, Workspace, store_server, tree, wait_for

COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
SERVICE = COMPOSE["services"]["gateway"]
USERS_ENVIRONMENT = {"VC_AUTH_TOKEN": velocity.TOKEN, "MINIO_ROOT_PASSWORD": "the-password-of-the-store"}


@pytest.fixture(scope="module")
def builder():
    image.require_a_builder()
    with image.Builder.open() as opened:
        opened.make_base()
        opened.build()
        yield opened


@pytest.fixture(scope="module")
def rootfs(builder):
    return builder.mount(image.IMAGE)


@contextlib.contextmanager
def store(endpoint, access_key, secret_key):
    """A real S3 store where the compose file has its own: MinIO, or Ceph where there is no MinIO."""
    program = "minio.py"
    try:
        with store_server(program):  # Outside, where what has to be built can be fetched.
            pass
    except pytest.skip.Exception:
        program = "ceph_rgw.py"
    with contextlib.ExitStack() as stack:
        stack.enter_context(container.own_network())
        stack.enter_context(container.name_server({"minio": "127.0.0.1"}))
        port = endpoint.rsplit(":", 1)[1]
        said = stack.enter_context(store_server(program, "--port", port, "--access-key", access_key,
                                                "--secret-key", secret_key))
        print(f"the store: {program} {said['endpoint']}")
        yield


@pytest.fixture
def gateway(builder, rootfs, tmp_path):
    running = container.ContainerGateway(rootfs, tmp_path, builder.image(), SERVICE["environment"], USERS_ENVIRONMENT)
    there = running.environment
    with store(there["VC_S3_ENDPOINT"], there["AWS_ACCESS_KEY_ID"], there["AWS_SECRET_ACCESS_KEY"]):
        running.start()
        try:
            yield running
        finally:
            if running.process.poll() is None:
                running.stop()
    for secret in USERS_ENVIRONMENT.values():
        assert secret not in running.log_text(), "a secret reached the log"


def test_the_image_holds_the_program_its_libraries_and_nothing_to_run_besides(builder, rootfs):
    programs, size = [], 0
    for path in (each for each in rootfs.rglob("*") if not each.is_symlink()):
        status = path.stat()
        assert not status.st_mode & (stat.S_ISUID | stat.S_ISGID), path
        if path.is_file():
            size += status.st_size
            library = ".so" in path.name and path.parts[len(rootfs.parts)].startswith("lib")
            if status.st_mode & 0o111 and not library:
                programs.append(str(path.relative_to(rootfs)))
    assert programs == ["usr/bin/velocity-server"]
    print(f"the image: {size / 1e6:.1f} MB")
    assert 5e6 < size < 60e6

    config = builder.image()
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["/usr/bin/velocity-server"]
    assert config["Healthcheck"]["Test"] == SERVICE["healthcheck"]["test"]
    assert config["StopSignal"] == "SIGTERM"
    assert list(config["ExposedPorts"]) == ["8080/tcp"]
    assert list(config["Volumes"]) == ["/var/lib/velocity"]
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"


def test_both_programs_can_be_taken_out_of_the_build(builder):
    folder = builder.programs()
    assert sorted(path.name for path in folder.iterdir()) == ["velocity-cli", "velocity-server"]
    assert image.output_of(folder / "velocity-cli", "version").startswith("velocity")


def test_compose_asks_for_the_secrets_it_needs_and_gives_no_rights():
    # container.ENTER runs it like that.
    assert (SERVICE["read_only"], SERVICE["cap_drop"], SERVICE["tmpfs"]) == (True, ["ALL"], ["/tmp"])
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert SERVICE["volumes"] == ["gateway:/var/lib/velocity"]
    variables = SERVICE["environment"]
    for name, unset in (("VC_AUTH_TOKEN", "VC_AUTH_TOKEN"), ("AWS_SECRET_ACCESS_KEY", "MINIO_ROOT_PASSWORD")):
        with pytest.raises(KeyError, match=f"{unset} is .*openssl rand"):
            container.interpolated(variables[name], {})
    store_variables = COMPOSE["services"]["minio"]["environment"]
    assert variables["AWS_ACCESS_KEY_ID"] == store_variables["MINIO_ROOT_USER"]
    assert variables["AWS_SECRET_ACCESS_KEY"] == store_variables["MINIO_ROOT_PASSWORD"]


def test_the_main_job_against_the_composed_gateway(gateway, tmp_path):
    healthcheck = SERVICE["healthcheck"]["test"][1:]
    wait_for(lambda: gateway.execute(*healthcheck).returncode == 0, what="the container to be healthy")
    status = gateway.status_of_process()
    assert (status["Uid"].split(), status["Gid"].split(), status["Groups"]) == (["65532"] * 4, ["65532"] * 4, "")
    assert (status["CapPrm"], status["CapEff"], status["NoNewPrivs"]) == ("0" * 16, "0" * 16, "1")
    assert status["NSpid"].split()[-1] == "1"
    assert gateway.execute("/bin/sh", "-c", "true").returncode == 127

    key = "ab" * 32
    ticket = gateway.negotiate(key, "upload", size=4)[1]
    assert ticket["url"].startswith(gateway.environment["VC_S3_PUBLIC_ENDPOINT"] + "/"), ticket

    workspace = shapes.diamond(Workspace(tmp_path / "workspace", gateway))
    cold = workspace.run("run", "build")
    assert (cold.status, cold.count("CACHE MISS")) == (0, 4), cold
    second = tmp_path / "second"
    shutil.copytree(workspace.folder, second, symlinks=True, ignore=shutil.ignore_patterns("dist", ".velocity"))
    warm = Workspace(second, gateway).run("run", "build")
    assert (warm.status, warm.count("CACHE HIT (remote)")) == (0, 4), warm
    assert tree(second, only="dist") == tree(workspace.folder, only="dist")
    assert gateway.metric('vc_proxy_bytes_total{direction="in"}') == 0

    # What Prometheus asks for, without a token.
    scrape = yaml.safe_load((ROOT / "deploy/prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"][0]
    assert scrape["static_configs"][0]["targets"] == [f"gateway:{gateway.port}"]
    assert b"vc_cache_hits 4" in gateway.request("GET", scrape["metrics_path"], token=None)[2]

    # Nothing is kept but the key, which the next container finds.
    assert [path.name for path in gateway.volume.iterdir()] == ["seal.key"]
    assert gateway.stop() == 0, gateway.log_text()
    shutil.rmtree(second)
    gateway.start()
    wait_for(lambda: gateway.execute(*healthcheck).returncode == 0, what="the next container to be healthy")
    shutil.copytree(workspace.folder, second, symlinks=True, ignore=shutil.ignore_patterns("dist", ".velocity"))
    again = Workspace(second, gateway).run("run", "build")
    assert (again.status, again.count("CACHE HIT (remote)")) == (0, 4), again
    assert gateway.stop() == 0, gateway.log_text()


def test_without_an_object_store_artifacts_are_kept_in_the_volume(builder, rootfs, tmp_path):
    gateway = container.ContainerGateway(rootfs, tmp_path, builder.image(), {"VC_AUTH_TOKEN": velocity.TOKEN}, {})
    with container.own_network():
        for body in (b"first", b"second"):  # Another container, the same volume.
            gateway.start()
            assert gateway.request("PUT", "/v1/proxy/blob/" + "cd" * 32, body)[0] == (200 if body == b"first" else 412)
            assert gateway.request("GET", "/v1/proxy/blob/" + "cd" * 32)[2] == b"first"
            assert gateway.stop() == 0, gateway.log_text()
