"""Makes a synthetic npm monorepo that both velocity-cli and turbo build.

Every package has 20 source files of about 3 KB in src/, and a build that writes 5 files (about 60 KB) into dist/ as a pure
function of src/ and of one line of each dependency, so that a wrong order or a wrong restore shows. All of it is a
function of the seed.
"""

import hashlib
import json
import pathlib
import random

LAYERS = 8
FILES = 20
OUTPUTS = 5

BUILD_SH = """\
set -e
[ -d dist ] || mkdir dist
echo x >> "${BUILD_COUNTER:-/dev/null}"
n=0
for first in 00 04 08 12 16; do
  set -- src/f$first.ts src/f$(printf %02d $((${first#0} + 1))).ts src/f$(printf %02d $((${first#0} + 2))).ts src/f$(printf %02d $((${first#0} + 3))).ts
  cat "$@" > dist/out$n.js
  n=$((n + 1))
done
while read -r dependency; do read -r line < "../$dependency/dist/out0.js"; echo "// $line" >> dist/out4.js; done < deps.txt
"""

VELOCITY_YML = """\
version: 1
remote:
  enabled: true
  url: "${VC_URL:-http://127.0.0.1:1}"
  token: "${VC_AUTH_TOKEN:-none}"

pipeline:
  build:
    command: "npm run build"
    inputs: ["src/**", "deps.txt", "package.json"]
    outputs: ["dist/**"]
    depends_on: ["^build"]
    pass_env: ["BUILD_COUNTER"]
"""

TURBO_JSON = {"tasks": {"build": {
    "dependsOn": ["^build"], "inputs": ["src/**", "deps.txt", "package.json"], "outputs": ["dist/**"],
    "passThroughEnv": ["BUILD_COUNTER"]}}}

# Stands in for npm in both tools: `npm run build` is the script itself, so that a cold run measures a task runner and not npm.
NPM = """\
#!/bin/sh
case "$1 $2" in
  "run build"*) exec sh ../../build.sh ;;
  *) echo 11.0.0 ;;
esac
"""


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2) + "\n")


def source(dice, package, number):
    lines, size = [f"// {package} f{number:02d} {dice.getrandbits(64):016x}"], 0
    target = dice.randrange(2048, 4096)
    while size < target:
        lines.append(f"export const value{len(lines)} = (x: number) => x * {dice.getrandbits(31)} + {dice.getrandbits(31)};")
        size += len(lines[-1]) + 1
    return "\n".join(lines) + "\n"


def generate(root, packages, seed=1):
    """Returns {package: its dependencies}."""
    root, dice = pathlib.Path(root), random.Random(seed)
    names = [f"pkg-{index:04d}" for index in range(packages)]
    layer = [index * LAYERS // packages for index in range(packages)]
    dependencies = {}
    for index, name in enumerate(names):
        below = [other for other in range(packages) if layer[other] == layer[index] - 1]
        chosen = sorted(dice.sample(below, min(len(below), dice.randrange(4)))) if below else []
        dependencies[name] = [names[other] for other in chosen]
        folder = root / "packages" / name
        for number in range(FILES):
            write(folder / "src" / f"f{number:02d}.ts", source(dice, name, number))
        write(folder / "deps.txt", "".join(other + "\n" for other in dependencies[name]))
        write(folder / "package.json", {"name": name, "version": "1.0.0", "private": True,
                                        "scripts": {"build": "sh ../../build.sh"},
                                        "dependencies": {other: "1.0.0" for other in dependencies[name]}})
    write(root / "build.sh", BUILD_SH)
    write(root / "velocity.yml", VELOCITY_YML)
    write(root / "turbo.json", TURBO_JSON)
    write(root / ".gitignore", "node_modules\ndist/\n.turbo/\n.nx/\n.wireit/\n.velocity/\n.bin/\n.home/\n")
    write(root / "package.json", {"name": "bench-root", "private": True, "version": "0.0.0",
                                  "packageManager": "npm@11.0.0", "workspaces": ["packages/*"]})
    lock = {"name": "bench-root", "version": "0.0.0", "lockfileVersion": 3, "requires": True, "packages": {
        "": {"name": "bench-root", "version": "0.0.0", "workspaces": ["packages/*"]}}}
    for name in names:
        lock["packages"][f"node_modules/{name}"] = {"resolved": f"packages/{name}", "link": True}
        lock["packages"][f"packages/{name}"] = {"version": "1.0.0",
                                                "dependencies": {other: "1.0.0" for other in dependencies[name]}}
    write(root / "package-lock.json", lock)
    write(root / ".bin" / "npm", NPM)
    (root / ".bin" / "npm").chmod(0o755)
    return dependencies


def expected_outputs(root, dependencies):
    """{package: digest of its dist}, derived from the sources alone."""
    root, digests = pathlib.Path(root), {}
    for name, below in dependencies.items():
        folder = root / "packages" / name
        contents = []
        for number in range(OUTPUTS):
            contents.append(b"".join((folder / "src" / f"f{number * 4 + part:02d}.ts").read_bytes() for part in range(4)))
        for other in below:
            first = (root / "packages" / other / "src" / "f00.ts").read_bytes().split(b"\n", 1)[0]
            contents[4] += b"// " + first + b"\n"
        digests[name] = hashlib.sha256(b"\0".join(contents)).hexdigest()
    return digests


def actual_outputs(root, dependencies):
    digests = {}
    for name in dependencies:
        folder = pathlib.Path(root) / "packages" / name / "dist"
        files = sorted(folder.iterdir()) if folder.exists() else []
        if [file.name for file in files] == [f"out{number}.js" for number in range(OUTPUTS)]:
            digests[name] = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    return digests
