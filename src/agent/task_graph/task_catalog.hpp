// TaskCatalog: every task of every package, defined or lacking, found by name.
#pragma once

#include "agent/script_command.hpp"
#include "agent/workspace.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vc::agent {

class TaskCatalog {
 public:
  // Both must outlive the catalog.
  TaskCatalog(const Config& config, const Workspace& workspace);

  // The definition that applies in the package; nullptr when nobody defines the task for it.
  const TaskDefinition* definition(PackageId package, std::string_view task) const;

  // Whether tasks of packages without the script are in the graph, with nothing to run.
  bool keeps_empty_tasks() const { return config_.turbo != nullptr; }

  // The package's own velocity.yml defines it; or the root does and, when its command runs a script
  // of the manifest, the manifest has that script.
  bool has(PackageId package, std::string_view task) const;

  // Whether the root or any package defines the task.
  bool is_defined(std::string_view task) const { return names_.contains(task); }

  // Sorted.
  std::vector<std::string> names() const;

  // By name, else by directory ("packages/web", "./packages/web/", "." for the root).
  std::optional<PackageId> find_package(std::string_view name) const;
  // Names and directories, for suggestions.
  std::vector<std::string> package_names() const;

  const Config& config() const { return config_; }

  const Workspace& workspace() const { return workspace_; }

 private:
  struct RootTask {
    const TaskDefinition* definition = nullptr;
    std::optional<ScriptCommand> script;  // That its command runs.
  };

  const Config& config_;
  const Workspace& workspace_;
  // Root and override put together, of the packages that override.
  std::vector<std::map<std::string, TaskDefinition, std::less<>>> merged_;
  std::map<std::string_view, RootTask> root_tasks_;
  std::set<std::string_view> names_;
  std::unordered_map<std::string_view, PackageId> by_name_;
  std::unordered_map<std::string_view, PackageId> by_directory_;
};

}  // namespace vc::agent
