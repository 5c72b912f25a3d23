#include "agent/commands/init/nx_projects.hpp"

#include "agent/commands/init/nx_task.hpp"
#include "agent/config.hpp"
#include "agent/config/optional_file.hpp"
#include "core/result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::size_t kEntriesMax = 100'000;

NxFile on_top_of(const NxFile& base, NxFile own) {
  for (const auto& [name, target] : base.targets) {
    const auto [found, is_new] = own.targets.emplace(name, target);
    if (!is_new) {
      found->second = merged_nx_target(target, found->second);
    }
  }
  own.named_inputs.insert(base.named_inputs.begin(), base.named_inputs.end());
  std::ranges::copy(base.implicit_dependencies, std::back_inserter(own.implicit_dependencies));
  own.name = own.name.empty() ? base.name : own.name;
  return own;
}

}  // namespace

std::expected<std::optional<NxFile>, Diagnostics> read_nx_project(const fs::path& directory,
                                                                  const Package& package) {
  std::optional<NxFile> project;
  if (!package.manifest.empty()) {
    VC_TRY(const auto manifest, read_optional_file(directory, package.manifest, kConfigBytesMax));
    VC_TRY(project, parse_nx_member(manifest.value_or("{}"), package.manifest));
  }
  const std::string path =
      package.directory + (package.directory.empty() ? "" : "/") + "project.json";
  VC_TRY(const auto text, read_optional_file(directory, path, kConfigBytesMax));
  if (text) {
    VC_TRY(NxFile own, parse_nx_file(*text, path));
    project = on_top_of(project.value_or(NxFile()), std::move(own));
  }
  return project;
}

std::vector<std::string> other_nx_projects(const fs::path& directory, const Workspace& workspace) {
  std::vector<std::string> found;
  std::error_code failed;
  std::size_t entries = 0;
  for (fs::recursive_directory_iterator entry(directory, failed), end;
       !failed && entry != end && entries < kEntriesMax; entry.increment(failed), ++entries) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.') || name == "node_modules" || name == "dist") {
      entry.disable_recursion_pending();
    }
    const std::string folder = entry->path().parent_path().lexically_relative(directory).string();
    if (name == "project.json" && folder != "." &&
        std::ranges::find(workspace.packages, folder, &Package::directory) ==
            workspace.packages.end()) {
      found.push_back(fmt::format("{}/{}", folder, name));
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace vc::agent
