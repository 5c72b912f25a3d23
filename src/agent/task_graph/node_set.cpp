#include "agent/task_graph/node_set.hpp"

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

// What of its own `^name` counts for a package that lacks the task: as for one that has it.
DependencyOn upstream_of_lacking(const TaskDefinition* definition, std::string_view name) {
  if (definition == nullptr) {
    return DependencyOn::inputs;
  }
  const auto same = std::ranges::find_if(definition->depends_on, [&](const auto& dependency) {
    return dependency.kind == DependencyPattern::Kind::dependencies && dependency.task == name;
  });
  return same == definition->depends_on.end() ? DependencyOn::inputs : same->on;
}

}  // namespace

std::uint32_t NodeSet::add(PackageId package, std::string_view name, bool has_command) {
  const auto next = static_cast<std::uint32_t>(tasks_.size());
  const auto [entry, is_new] = ids_[name].emplace(package, next);
  if (is_new) {
    tasks_.push_back({.package = package, .name = name, .has_command = has_command});
  }
  return entry->second;
}

void NodeSet::request(PackageId package, std::string_view name) {
  tasks_[add(package, name, catalog_.has(package, name))].requested = true;
}

void NodeSet::add_dependencies() {
  // The vector grows while it is walked: every task is looked at once.
  for (std::uint32_t id = 0; id < tasks_.size(); ++id) {
    add_dependencies_of(id);
  }
}

void NodeSet::add_dependencies_of(std::uint32_t id) {
  const PlannedTask task = tasks_[id];
  std::vector<PlannedEdge> edges;
  if (task.name == kSourcesTask) {
    return;
  }
  const TaskDefinition* definition = catalog_.definition(task.package, task.name);
  if (!task.has_command && !catalog_.keeps_empty_tasks()) {
    resolve_upstream(task.package, task.name, upstream_of_lacking(definition, task.name), edges);
  } else if (definition != nullptr) {
    std::vector<std::string_view> passed;
    for (const DependencyPattern& dependency : definition->depends_on) {
      // The root's `codegen#build` stands in the definition of codegen's own task too.
      const bool is_itself = dependency.kind == DependencyPattern::Kind::exact_package &&
                             dependency.task == task.name &&
                             catalog_.find_package(dependency.package) == task.package;
      if (!is_itself) {
        resolve(task.package, dependency, passed, edges);
      }
    }
  }
  if (definition != nullptr) {
    std::vector<std::string_view> passed;
    std::vector<PlannedEdge> beside;
    for (const DependencyPattern& other : definition->with) {
      resolve(task.package, other, passed, beside);
    }
    // Nothing waits for these: they run for their own sake, as if they had been named.
    for (const PlannedEdge& other : beside) {
      tasks_[other.to].requested |= tasks_[other.to].has_command;
    }
  }
  // Of an edge that is there in both kinds the one on inputs comes first, and is the one that
  // counts.
  std::ranges::sort(edges);
  const auto repeated = std::ranges::unique(edges, {}, &PlannedEdge::to);
  edges.erase(repeated.begin(), repeated.end());
  for (const PlannedEdge& edge : edges) {
    tasks_[id].dependencies.push_back(edge.to);
    if (edge.on == DependencyOn::outputs) {
      tasks_[id].on_outputs.push_back(edge.to);
    }
  }
}

void NodeSet::resolve_upstream(PackageId package, std::string_view name, DependencyOn on,
                               std::vector<PlannedEdge>& edges) {
  const Package& user = catalog_.workspace().packages[package];
  for (const PackageId used : user.dependencies) {
    if (std::ranges::binary_search(user.circular, used)) {
      resolve_circle(package, used, edges);
    } else if (!catalog_.keeps_empty_tasks() || catalog_.definition(used, name) != nullptr) {
      edges.push_back({.to = add(used, name, catalog_.has(used, name)), .on = on});
    }
  }
}

void NodeSet::resolve_circle(PackageId package, PackageId used, std::vector<PlannedEdge>& edges) {
  std::vector<PackageId> reached{used};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    edges.push_back({.to = add(reached[i], kSourcesTask, false), .on = DependencyOn::inputs});
    for (const PackageId next : catalog_.workspace().packages[reached[i]].dependencies) {
      if (next != package && std::ranges::find(reached, next) == reached.end()) {
        reached.push_back(next);
      }
    }
  }
}

void NodeSet::resolve(PackageId package, const DependencyPattern& dependency,
                      std::vector<std::string_view>& passed, std::vector<PlannedEdge>& edges) {
  switch (dependency.kind) {
    case DependencyPattern::Kind::dependencies:
      resolve_upstream(package, dependency.task, dependency.on, edges);
      return;
    case DependencyPattern::Kind::exact_package:
      if (const auto other = catalog_.find_package(dependency.package)) {
        edges.push_back({.to = add(*other, dependency.task, catalog_.has(*other, dependency.task)),
                         .on = dependency.on});
      }
      return;
    case DependencyPattern::Kind::same_package:
      break;
  }
  const bool has_task = catalog_.has(package, dependency.task);
  if (has_task ||
      (catalog_.keeps_empty_tasks() && catalog_.definition(package, dependency.task) != nullptr)) {
    edges.push_back({.to = add(package, dependency.task, has_task), .on = dependency.on});
    return;
  }
  // What the package lacks still orders what is before it: `test` of a package without `build`
  // waits for the `^build` it would have waited for.
  const TaskDefinition* lacking = catalog_.definition(package, dependency.task);
  if (lacking == nullptr || std::ranges::find(passed, dependency.task) != passed.end()) {
    return;
  }
  passed.push_back(dependency.task);
  for (const DependencyPattern& next : lacking->depends_on) {
    resolve(package, next, passed, edges);
  }
}

}  // namespace vc::agent
