#include "agent/task_graph/task_catalog.hpp"

#include "agent/effective_task.hpp"

#include <algorithm>

namespace vc::agent {

TaskCatalog::TaskCatalog(const Config& config, const Workspace& workspace)
    : config_(config), workspace_(workspace), merged_(workspace.packages.size()) {
  for (const auto& [name, task] : config.pipeline) {
    root_tasks_.emplace(
        name, RootTask{.definition = &task, .script = parse_script_command(task.command)});
    names_.insert(name);
  }
  for (const Package& package : workspace.packages) {
    by_name_.emplace(package.name, package.id);
    by_directory_.emplace(package.directory, package.id);
    for (const auto& [name, task] : package.overrides) {
      const auto root = root_tasks_.find(name);
      merged_[package.id].emplace(
          name, root == root_tasks_.end() ? task : merged(*root->second.definition, task));
      names_.insert(name);
    }
  }
}

const TaskDefinition* TaskCatalog::definition(PackageId package, std::string_view task) const {
  if (const auto own = merged_[package].find(task); own != merged_[package].end()) {
    return &own->second;
  }
  const Package& described = workspace_.packages[package];
  if (described.inherits_no_task || described.tasks_not_inherited.contains(task)) {
    return nullptr;
  }
  const auto root = root_tasks_.find(task);
  return root == root_tasks_.end() ? nullptr : root->second.definition;
}

bool TaskCatalog::has(PackageId package, std::string_view task) const {
  const Package& described = workspace_.packages[package];
  if (definition(package, task) == nullptr) {
    return false;
  }
  if (keeps_empty_tasks()) {
    return described.scripts.contains(std::string(task));
  }
  if (const auto own = merged_[package].find(task); own != merged_[package].end()) {
    // An override that keeps the root's command needs what that needs.
    if (described.overrides.find(own->first)->second.given.contains(TaskKey::command)) {
      return true;
    }
  }
  const auto root = root_tasks_.find(task);
  if (root == root_tasks_.end()) {
    return false;
  }
  const std::optional<ScriptCommand>& runs = root->second.script;
  return !runs || described.scripts.contains(runs->script);
}

std::vector<std::string> TaskCatalog::names() const {
  return {names_.begin(), names_.end()};
}

std::optional<PackageId> TaskCatalog::find_package(std::string_view name) const {
  if (const auto named = by_name_.find(name); named != by_name_.end()) {
    return named->second;
  }
  while (name.starts_with("./")) {
    name.remove_prefix(2);
  }
  while (name.ends_with('/')) {
    name.remove_suffix(1);
  }
  const auto placed = by_directory_.find(name == "." ? "" : name);
  return placed == by_directory_.end() ? std::nullopt : std::optional(placed->second);
}

std::vector<std::string> TaskCatalog::package_names() const {
  std::vector<std::string> names;
  for (const Package& package : workspace_.packages) {
    names.push_back(package.name);
    if (package.directory != package.name && !package.directory.empty()) {
      names.push_back(package.directory);
    }
  }
  return names;
}

}  // namespace vc::agent
