#include "agent/commands/init/detect.hpp"

#include "agent/diagnostic_codes.hpp"

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
  const auto workspace = discover_workspace(nothing_configured);
  if (!workspace) {
    return std::unexpected(workspace.error());
  }
  auto turbo = draft_of_turbo(directory, *workspace);
  if (!turbo) {
    return std::unexpected(std::move(turbo).error());
  }
  if (*turbo) {
    return **std::move(turbo);
  }
  if (auto scripts = draft_of_scripts(*workspace)) {
    return *std::move(scripts);
  }
  auto other = draft_of_build_files(directory);
  if (!other) {
    return std::unexpected(std::move(other).error());
  }
  return *other ? **std::move(other) : draft_of_nothing();
}

}  // namespace vc::agent
