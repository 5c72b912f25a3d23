"""Small workspaces the tests share."""

from velocity import wait_for

DOCUMENTED = """\
version: 1
remote:
  enabled: true
  url: "%s"
  token: "${VC_AUTH_TOKEN}" # Supports env var expansion

pipeline:
  build:
    command: "npm run build"
    inputs:
      - "src/**"
      - "package.json"
    outputs:
      - "dist/**"
    depends_on:
      - "^build" # Topological dependency
"""

# `npm run` costs a third of a second a task; where npm itself is not the subject, sh does the same work.
SHELL = """\
version: 1
remote:
  enabled: true
  url: "${VC_URL}"
  token: "${VC_AUTH_TOKEN}"

pipeline:
  build:
    command: "sh build.sh"
    inputs: ["src/**", "build.sh"]
    outputs: ["dist/**"]
    depends_on: ["^build"]
    pass_env: ["BUILD_LOG"]
"""

BUILD_SH = """\
set -e
echo building $(basename "$PWD")
mkdir -p dist/empty
for file in src/*.txt; do tr a-z A-Z < "$file" > "dist/$(basename "$file")"; done
printf '#!/bin/sh\\necho hi\\n' > dist/tool
chmod 755 dist/tool
ln -sfn tool dist/latest
echo "$PWD" >> "${BUILD_LOG:-/dev/null}"
"""


def announced_sleep(pid_file):
    """Lines of a script that says which process it is and sleeps. Nothing is forked for it: a shell that is just starting another
    program may miss a signal."""
    return f"echo $$ > {pid_file}\nexec sleep 300\n"


def announced_pid(pid_file):
    """The process of announced_sleep(), once it runs."""
    wait_for(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"), what="the task to start")
    return int(pid_file.read_text())


def package(workspace, name, dependencies=(), script=BUILD_SH, command="sh build.sh", files=None):
    """An npm package below packages/ whose build upper-cases src/*.txt into dist/."""
    depends = ", ".join(f'"{other}": "1.0.0"' for other in dependencies)
    workspace.write(f"packages/{name}/package.json",
                    f'{{"name": "{name}", "version": "1.0.0", "scripts": {{"build": "{command}"}}, '
                    f'"dependencies": {{{depends}}}}}\n')
    workspace.write(f"packages/{name}/build.sh", script)
    for path, text in (files or {"src/a.txt": f"{name} a\n", "src/b.txt": f"{name} b\n"}).items():
        workspace.write(f"packages/{name}/{path}", text)


def diamond(workspace, config=SHELL):
    """base <- left, right <- top."""
    workspace.write("velocity.yml", config)
    workspace.write("package.json", '{"name": "root", "private": true, "workspaces": ["packages/*"]}\n')
    workspace.write(".gitignore", "dist/\n.velocity/\nnode_modules/\n")
    package(workspace, "base")
    package(workspace, "left", ["base"])
    package(workspace, "right", ["base"])
    package(workspace, "top", ["left", "right"])
    return workspace
