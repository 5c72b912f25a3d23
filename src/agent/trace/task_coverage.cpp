#include "agent/trace/task_coverage.hpp"

#include "agent/fingerprint/task_inputs.hpp"
#include "agent/output_path.hpp"
#include "agent/task_graph/task_catalog.hpp"

#include <algorithm>
#include <span>

namespace vc::agent {

namespace {

// `path` relative to a directory that it lies in; nullopt elsewhere.
std::optional<std::string_view> below(std::string_view path, std::string_view directory) {
  if (directory.empty()) {
    return path;
  }
  if (path.size() > directory.size() && path.starts_with(directory) &&
      path[directory.size()] == '/') {
    return path.substr(directory.size() + 1);
  }
  return std::nullopt;
}

bool is_output_of(const OutputScope& scope, std::string_view path) {
  const auto relative = below(path, scope.package);
  return relative && scope.globs->matches(*relative);
}

}  // namespace

WorkspaceCoverage::WorkspaceCoverage(const RunContext& context) {
  const TaskCatalog catalog(context.config, context.workspace);
  for (const Package& package : context.workspace.packages) {
    directories_.insert(package.directory);
    for (const std::string& name : catalog.names()) {
      if (!catalog.has(package.id, name)) {
        continue;
      }
      const auto& patterns = catalog.definition(package.id, name)->outputs.patterns;
      auto compiled = GlobSet::compile(patterns);
      if (patterns.empty() || !compiled) {
        continue;
      }
      const GlobSet& globs = globs_.try_emplace(patterns, *std::move(compiled)).first->second;
      makers_[package.directory].push_back(
          {.label = package.name + "#" + name, .directory = package.directory, .outputs = &globs});
    }
  }
  if (auto repository = GitRepository::open(context.config.root)) {
    repository_ = *std::move(repository);
  }
}

std::vector<std::string> WorkspaceCoverage::makers_of(std::string_view path) const {
  std::vector<std::string> out;
  for (std::string_view directory = path;; directory = parent_of_path(directory)) {
    const auto found = makers_.find(directory);
    const std::span<const Maker> makers =
        found == makers_.end() ? std::span<const Maker>() : std::span(found->second);
    for (const Maker& maker : makers) {
      const auto relative = below(path, maker.directory);
      if (relative && maker.outputs->matches(*relative)) {
        out.push_back(maker.label);
      }
    }
    if (directory.empty()) {
      return out;
    }
  }
}

const std::string& WorkspaceCoverage::package_around(std::string_view path) const {
  while (!path.empty()) {
    if (const auto found = directories_.find(path); found != directories_.end()) {
      return *found;
    }
    path = parent_of_path(path);
  }
  return no_directory_;
}

bool WorkspaceCoverage::is_ignored(const std::string& path) const {
  const std::scoped_lock lock(mutex_);
  if (!repository_) {
    return false;
  }
  const std::string from_top = repository_->prefix() + path;
  for (std::size_t end = std::min(from_top.find('/'), from_top.size());;
       end = std::min(from_top.find('/', end + 1), from_top.size())) {
    const std::string part = from_top.substr(0, end);
    const auto scope = repository_->scope_inside(std::string(parent_of_path(part)));
    const FileKind kind = end == from_top.size() ? FileKind::regular : FileKind::directory;
    if (scope && agent::is_ignored(scope->get(), part, kind)) {
      return true;
    }
    if (end == from_top.size()) {
      return false;
    }
  }
}

TaskCoverage::TaskCoverage(const RunContext& context, const WorkspaceCoverage& workspace,
                           TaskId task)
    : context_(context), workspace_(workspace), task_(task) {
  find_closure();
  for (const TaskId each : closure_) {
    const TaskInputs& inputs = *context.fingerprints[each].inputs;
    add_inputs(inputs.workspace->requests[inputs.request], inputs.selector);
    if (inputs.reads_workspace) {
      add_inputs(inputs.workspace->requests.back(), 0);
      for (const auto& [request, selector] : inputs.workspace->everywhere) {
        add_inputs(inputs.workspace->requests[request], selector);
      }
    }
  }
}

void TaskCoverage::find_closure() {
  std::vector<TaskId> waiting{task_};
  while (!waiting.empty()) {
    const TaskId next = waiting.back();
    waiting.pop_back();
    if (!closure_.insert(next).second) {
      continue;
    }
    const TaskNode& node = context_.node(next);
    for (const TaskId dependency : node.dependencies) {
      if (node.counts_outputs_of(dependency)) {
        made_.insert(dependency);
      } else {
        waiting.push_back(dependency);
      }
    }
  }
}

void TaskCoverage::add_inputs(const PackageInputs& inputs, std::uint32_t selector) {
  for (const InputId id : inputs.selected[selector].files) {
    const std::string path = inputs.table.workspace_path(id);
    input_directories_.emplace(parent_of_path(path));
    inputs_.insert(path);
  }
  for (const std::optional<InputId>& certain : inputs.certain_files) {
    if (certain) {
      inputs_.insert(inputs.table.workspace_path(*certain));
    }
  }
}

bool TaskCoverage::is_input(const std::string& path) const {
  return inputs_.contains(path);
}

bool TaskCoverage::selects(const PackageInputs& inputs, std::uint32_t selector,
                           std::string_view path) const {
  const std::string& directory = inputs.request.directory;
  const auto relative = below(path, directory);
  const InputSelector& chooser = *inputs.request.selectors[selector];
  if (!relative) {
    return false;
  }
  if (!chooser.defaults) {
    return chooser.patterns.matches(*relative);
  }
  return workspace_.package_around(path) == directory && workspace_.makers_of(path).empty() &&
         !workspace_.is_ignored(std::string(path));
}

bool TaskCoverage::would_be_input(const std::string& path) const {
  return std::ranges::any_of(closure_, [&](TaskId each) {
    const TaskInputs& inputs = *context_.fingerprints[each].inputs;
    return selects(inputs.workspace->requests[inputs.request], inputs.selector, path) ||
           (inputs.reads_workspace && selects(inputs.workspace->requests.back(), 0, path));
  });
}

bool TaskCoverage::is_listing_covered(const std::string& directory) const {
  constexpr std::string_view kAnyName = "a-name-that-only-wildcards-match";
  const std::string child = (directory.empty() ? "" : directory + "/") + std::string(kAnyName);
  return input_directories_.contains(directory) || would_be_input(child) ||
         is_dependency_output(child) || is_own_output(child) ||
         std::ranges::any_of(closure_, [&](TaskId each) {
           const TaskInputs& inputs = *context_.fingerprints[each].inputs;
           const PackageInputs& package = inputs.workspace->requests[inputs.request];
           const InputSelector& chooser = *package.request.selectors[inputs.selector];
           const auto relative = below(directory, package.request.directory);
           return !chooser.defaults && relative && !relative->empty() &&
                  chooser.patterns.can_match_below(*relative);
         });
}

bool TaskCoverage::is_own_output(const std::string& path) const {
  return is_output_of(context_.scopes.of(task_), path);
}

bool TaskCoverage::may_hold_own_outputs(const std::string& directory) const {
  const OutputScope& scope = context_.scopes.of(task_);
  const auto relative = below(directory, scope.package);
  return relative && scope.globs->can_match_below(*relative);
}

bool TaskCoverage::is_dependency_output(const std::string& path) const {
  const auto makes = [&](TaskId each) {
    return each != task_ && is_output_of(context_.scopes.of(each), path);
  };
  return std::ranges::any_of(closure_, makes) || std::ranges::any_of(made_, makes);
}

std::optional<std::string> TaskCoverage::maker_of(const std::string& path) const {
  for (const std::string& label : workspace_.makers_of(path)) {
    if (label != context_.node(task_).label) {
      return label;
    }
  }
  return std::nullopt;
}

bool TaskCoverage::has_lockfile() const {
  return !context_.workspace.lockfile.empty();
}

}  // namespace vc::agent
