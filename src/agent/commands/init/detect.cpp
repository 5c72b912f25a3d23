#include "agent/commands/init/detect.hpp"

#include "core/result.hpp"

#include <utility>

namespace vc::agent {

namespace {

Draft draft_of_nothing() {
  return {.found = "nothing that it recognises",
          .packages = std::vector<std::string>{"."},
          .tasks = {{.name = "build",
                     .command = "echo 'replace this with the command that builds your project'",
                     .comments = {"Nothing was recognised here. Name the command and the files it",
                                  "writes, then remove `cache: false`."},
                     .cache = false}}};
}

}  // namespace

std::string package_manager_of(const Workspace& workspace) {
  return workspace.package_manager.empty() ? "npm" : workspace.package_manager;
}

std::expected<Draft, Diagnostics> draft_for(const fs::path& directory) {
  const Config nothing_configured{.root = directory, .file = "velocity.yml"};
  VC_TRY(const Workspace workspace, discover_workspace(nothing_configured));
  VC_TRY(std::optional<Draft> turbo, draft_of_turbo(directory, workspace));
  if (turbo) {
    return *std::move(turbo);
  }
  VC_TRY(std::optional<Draft> nx, draft_of_nx(directory, workspace));
  if (nx) {
    return *std::move(nx);
  }
  if (auto scripts = draft_of_scripts(workspace)) {
    return *std::move(scripts);
  }
  VC_TRY(std::optional<Draft> other, draft_of_build_files(directory));
  if (other) {
    auto native = draft_of_native_workspace(workspace, *other);
    return native ? *std::move(native) : *std::move(other);
  }
  return draft_of_nothing();
}

}  // namespace vc::agent
