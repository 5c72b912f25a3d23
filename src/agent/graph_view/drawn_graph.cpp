#include "agent/graph_view/drawn_graph.hpp"

#include <algorithm>

namespace vc::agent {

std::string_view json_name_of(Place place) {
  switch (place) {
    case Place::current:
      return "current";
    case Place::local:
      return "hit_local";
    case Place::remote:
      return "hit_remote";
    case Place::no_command:
      return "no_command";
    case Place::never_cached:
      return "never_cached";
    case Place::deferred:
      return "deferred";
    case Place::nowhere:
      break;
  }
  return "miss";
}

DrawnGraph draw(const RunContext& run, const LookupResult& lookups, std::string title) {
  DrawnGraph out{.title = std::move(title)};
  out.tasks.reserve(run.graph.tasks.size());
  for (TaskId task = 0; task < run.graph.tasks.size(); ++task) {
    const TaskNode& node = run.node(task);
    out.tasks.push_back({.label = node.label,
                         .package = run.workspace.packages[node.package].name,
                         .key = run.key(task),
                         .place = lookups.tasks[task].place,
                         .duration_ms = lookups.tasks[task].duration_ms,
                         .requested = node.requested,
                         .dependencies = node.dependencies,
                         .on_outputs = node.on_outputs});
  }
  find_critical_path(out);
  return out;
}

void find_critical_path(DrawnGraph& graph) {
  graph.critical_path.clear();
  graph.critical_ms = 0;
  const auto none = static_cast<TaskId>(graph.tasks.size());
  std::vector<std::uint64_t> chain_ms(graph.tasks.size(), 0);
  std::vector<TaskId> before(graph.tasks.size(), none);
  TaskId last = none;
  for (TaskId task = 0; task < none; ++task) {
    for (const TaskId dependency : graph.tasks[task].dependencies) {
      if (chain_ms[dependency] > chain_ms[task]) {
        chain_ms[task] = chain_ms[dependency];
        before[task] = dependency;
      }
    }
    chain_ms[task] += graph.tasks[task].duration_ms;
    if (chain_ms[task] > graph.critical_ms) {
      graph.critical_ms = chain_ms[task];
      last = task;
    }
  }
  for (; last != none; last = before[last]) {
    graph.critical_path.push_back(last);
  }
  std::ranges::reverse(graph.critical_path);
}

}  // namespace vc::agent
