// NodeSet: the tasks a run needs, each once, and what each waits for. Not yet in order.
#pragma once

#include "agent/task_graph/task_catalog.hpp"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vc::agent {

struct PlannedEdge {
  std::uint32_t to = 0;  // Index into the set.
  DependencyOn on = DependencyOn::inputs;

  friend auto operator<=>(const PlannedEdge&, const PlannedEdge&) = default;
};

struct PlannedTask {
  PackageId package = 0;
  std::string_view name;  // Owned by the configuration.
  bool has_command = true;
  bool requested = false;
  std::vector<std::uint32_t> dependencies;  // Indices into the set; sorted, without duplicates.
  std::vector<std::uint32_t> on_outputs;    // Those that count by what they make alone; the same.
};

// Stands for the files of a package where its task cannot: where it leads back to who asks.
inline constexpr std::string_view kSourcesTask = "(sources)";

class NodeSet {
 public:
  explicit NodeSet(const TaskCatalog& catalog) : catalog_(catalog) {}

  // The package has the task. `name` must live as long as the set.
  void request(PackageId package, std::string_view name);
  // Adds all that the requested tasks need, directly or not.
  void add_dependencies();

  const std::vector<PlannedTask>& tasks() const { return tasks_; }

 private:
  std::uint32_t add(PackageId package, std::string_view name, bool has_command);
  void add_dependencies_of(std::uint32_t id);
  // The task in each package that `package` uses.
  void resolve_upstream(PackageId package, std::string_view name, DependencyOn on,
                        std::vector<PlannedEdge>& edges);
  // The files of all that `used`, which leads back to `package`, consists of.
  void resolve_circle(PackageId package, PackageId used, std::vector<PlannedEdge>& edges);
  // `passed` holds the tasks of the package that it lacks and that were passed through already.
  void resolve(PackageId package, const DependencyPattern& dependency,
               std::vector<std::string_view>& passed, std::vector<PlannedEdge>& edges);

  const TaskCatalog& catalog_;
  std::vector<PlannedTask> tasks_;
  std::unordered_map<std::string_view, std::unordered_map<PackageId, std::uint32_t>> ids_;
};

}  // namespace vc::agent
