#include "agent/commands/init/detect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace vc::agent {

namespace {

struct WorkspaceKind {
  std::string_view manifest;
  std::string_view found;
};

constexpr std::array kWorkspaceKinds{
    WorkspaceKind{.manifest = "Cargo.toml", .found = "a Cargo workspace"},
    WorkspaceKind{.manifest = "go.mod", .found = "a Go workspace"},
    WorkspaceKind{.manifest = "pyproject.toml", .found = "a uv workspace"},
};

// One command has to do for every package: all must be of the kind.
bool are_all(const Workspace& workspace, std::string_view manifest) {
  return std::ranges::all_of(workspace.packages, [&](const Package& package) {
    return std::ranges::any_of(package.native_manifests, [&](std::string_view path) {
      return path == manifest || path.ends_with("/" + std::string(manifest));
    });
  });
}

// Each package runs the command in its own folder, after the packages it uses.
void spread(DraftTask& task, const WorkspaceKind& kind, bool has_build) {
  if (task.name == "build" || task.name == "test") {
    task.depends_on = {has_build ? "^build" : "^test"};
  }
  if (kind.manifest == "Cargo.toml" && task.name == "build") {
    task.outputs.clear();
    task.comments = {"Cargo builds into one target/ for all crates, which no single task owns. To",
                     "restore what a crate builds: `cargo build --release --target-dir target`,",
                     "outputs [\"target/release/...\"]."};
  } else if (kind.manifest == "go.mod" && task.name == "build") {
    task.command = "go build ./...";
    task.outputs.clear();
    task.comments = {"A module with a program can keep it: `go build -o bin/ ./...`, outputs",
                     "[\"bin/**\"], in a velocity.yml of its own."};
  }
}

}  // namespace

std::optional<Draft> draft_of_native_workspace(const Workspace& workspace, const Draft& whole) {
  const bool root_alone =
      workspace.packages.size() == 1 && workspace.packages.front().directory.empty();
  const auto kind = std::ranges::find_if(kWorkspaceKinds, [&](const WorkspaceKind& each) {
    return !root_alone && are_all(workspace, each.manifest);
  });
  // What the root has may be of another kind than the packages.
  if (kind == kWorkspaceKinds.end() || whole.found != kind->manifest) {
    return std::nullopt;
  }
  Draft draft = whole;
  const std::size_t count = workspace.packages.size();
  draft.found = fmt::format("{} of {} package{}", kind->found, count, count == 1 ? "" : "s");
  draft.packages.reset();
  const bool has_build =
      std::ranges::find(draft.tasks, "build", &DraftTask::name) != draft.tasks.end();
  for (DraftTask& task : draft.tasks) {
    spread(task, *kind, has_build);
  }
  return draft;
}

}  // namespace vc::agent
