"""Builds the image from the Dockerfile with buildah, on a base that debootstrap makes from the machine's own mirror.

Everything is kept in one folder of the user's cache, so that a second build compiles and installs nothing again.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from velocity import ROOT

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
FOLDER = CACHE / "velocitycache-container"
RELEASE = "bookworm"
BASE = f"localhost/debian:{RELEASE}"
IMAGE = "localhost/velocitycache"
BUILD_STAGE = "localhost/velocitycache-build"


def output_of(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def require_a_builder():
    """Skips where no image can be built or run."""
    missing = [program for program in ("buildah", "debootstrap", "ip", "nsenter", "setpriv", "unshare")
               if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed (scripts/setup installs it)")
    if os.geteuid() != 0:
        pytest.skip("building an image without a container engine needs root")
    allowed = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"], capture_output=True,
                             text=True, check=False)
    if allowed.returncode != 0:
        pytest.skip(f"no namespaces of one's own here: {allowed.stderr.strip()}")


class Builder:
    """buildah with a storage of its own. One process at a time: others wait in open()."""

    def __init__(self, run_folder):
        self.run_folder = run_folder
        self.environment = os.environ | {"BUILDAH_ISOLATION": "chroot"}
        # vfs works everywhere and copies every layer; overlay needs a kernel and a file system that have it.
        wanted = os.environ.get("STORAGE_DRIVER")
        self.driver = wanted or ("overlay" if self._works("overlay") else "vfs")

    @classmethod
    @contextlib.contextmanager
    def open(cls):
        FOLDER.mkdir(parents=True, exist_ok=True)
        with (open(FOLDER / "lock", "w", encoding="ascii") as lock,
              tempfile.TemporaryDirectory(prefix="vc-image-") as run_folder):
            fcntl.flock(lock, fcntl.LOCK_EX)
            builder = cls(run_folder)
            builder.run("rm", "--all")  # A test that was killed left its own.
            try:
                yield builder
            finally:
                builder.run("rm", "--all")

    def _command(self, driver):
        return ["buildah", "--storage-driver", driver, "--root", FOLDER / f"storage-{driver}",
                "--runroot", self.run_folder]

    def _works(self, driver):
        return subprocess.run([*self._command(driver), "info"], env=self.environment, capture_output=True,
                              check=False).returncode == 0

    def run(self, *arguments):
        """Standard output, stripped; what went wrong is in the exception's text."""
        done = subprocess.run([*self._command(self.driver), *arguments], env=self.environment, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"buildah {arguments[0]}: {done.stdout[-4000:]}{done.stderr[-8000:]}")
        return done.stdout.strip()

    def make_base(self):
        """Imports a minimal Debian as BASE, unless the one that is there was made for the same packages."""
        sources = debian_sources()
        key_file = FOLDER / f"base-{self.driver}.key"
        key = hashlib.sha256(repr((sources, installed_versions())).encode()).hexdigest()
        if key_file.exists() and key_file.read_text(encoding="ascii") == key:
            return
        key_file.unlink(missing_ok=True)
        shutil.rmtree(FOLDER / f"storage-{self.driver}", ignore_errors=True)
        tree = debootstrap(sources)
        archive = FOLDER / "base.tar"
        # A container gets devices of its own, and this process may not be allowed to make any.
        output_of("tar", "-C", tree, "--exclude=./dev/*", "--exclude=./var/cache/apt/archives/*.deb",
                  "-cf", archive, ".")
        container = self.run("from", "scratch")
        self.run("add", "--quiet", container, archive, "/")
        self.run("config", "--cmd", "bash", container)
        self.run("commit", "--quiet", container, BASE)
        self.run("rm", container)
        archive.unlink()
        shutil.rmtree(tree)
        key_file.write_text(key, encoding="ascii")

    def _build(self, *arguments):
        """buildah build on the layers of earlier builds and the compiler cache of this user."""
        ccache = pathlib.Path(output_of("ccache", "--get-config", "cache_dir").strip())
        ccache.mkdir(parents=True, exist_ok=True)
        return self.run("bud", "--layers", "--pull-never", "--format", "docker", "--volume", f"{ccache}:/ccache",
                        "--build-arg", "CCACHE_DIR=/ccache", "--build-arg", f"LANG={os.environ.get('LANG', 'C.UTF-8')}",
                        *arguments, ROOT)

    def build(self):
        """Makes IMAGE, and BUILD_STAGE so that its layers are kept."""
        self._build("--target", "build", "--tag", BUILD_STAGE)
        self._build("--tag", IMAGE)
        self.run("rmi", "--prune")  # What earlier versions of the sources left.

    def programs(self):
        """The folder of what `--target programs` makes."""
        return self.mount(self._build("--target", "programs", "--quiet").split()[-1])

    def image(self):
        """The image's configuration and size: what `docker image inspect` shows."""
        said = json.loads(self.run("inspect", "--type", "image", IMAGE))
        return said["Docker"]["config"]

    def mount(self, image):
        return pathlib.Path(self.run("mount", self.run("from", "--pull-never", image)))


def debian_sources():
    """The Debian archives of this machine's own apt configuration as lines of a sources.list."""
    lines = set(output_of("apt-get", "indextargets", "--format", "deb $(SITE) $(RELEASE) $(COMPONENT) $(ORIGIN)",
                          "Created-By: Packages").splitlines())
    found = sorted(line.removesuffix(" Debian") for line in lines
                   if line.endswith(" Debian") and line.split()[2].startswith(RELEASE))
    if not any(line.split()[2] == RELEASE for line in found):
        pytest.skip(f"apt has no Debian {RELEASE} here to make the base image from (after apt-get update)")
    return found


def installed_versions():
    """Of compilers and headers. An upgrade makes the base anew, or it would miss everything that ccache has."""
    return output_of("dpkg-query", "-W", "-f", "${Package} ${Version}\\n", "*-dev", "clang*", "ccache").splitlines()


def debootstrap(sources):
    """A minimal Debian with the machine's apt sources and settings (proxies among them), in a folder."""
    tree = FOLDER / "debootstrap"
    shutil.rmtree(tree, ignore_errors=True)
    mirror = next(line.split()[1] for line in sources if line.split()[2] == RELEASE)
    settings = [line for line in output_of("apt-config", "dump").splitlines()
                if re.match(r"Acquire::(https?|Check-[\w-]+|Retries|Force\w+)\b.* \"[^\"]+\";", line)]
    proxy = [line.split('"')[1] for line in settings if line.lower().startswith("acquire::http::proxy ")]
    more = ["--include=ca-certificates"] if any(" https:" in line for line in sources) else []
    output_of("debootstrap", "--variant=minbase", *more, RELEASE, tree, mirror,
              env=os.environ | ({"http_proxy": proxy[0]} if proxy else {}))
    (tree / "etc/apt/sources.list").write_text("".join(line + "\n" for line in sources), encoding="ascii")
    # As the published image has it: nobody needs these files after a power failure.
    (tree / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n", encoding="ascii")
    (tree / "etc/apt/apt.conf.d/90builder").write_text("".join(line + "\n" for line in settings), encoding="utf-8")
    return tree
