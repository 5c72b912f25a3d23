// DrawnGraph: the task graph of a selection as people look at it, and the four forms it is written
// in.
//
// Names are anybody's: every form escapes them in its own way, so that a package called
// `</script>` is a package with a strange name and nothing else.
#pragma once

#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct DrawnTask {
  std::string label;
  std::string package;
  Digest key;
  Place place = Place::nowhere;
  std::uint64_t duration_ms = 0;  // The last time it was executed; 0 is unknown.
  bool requested = false;
  std::vector<TaskId> dependencies;
  std::vector<TaskId> on_outputs;  // Those of them of which only what they make counts.
};

struct DrawnGraph {
  std::string title;
  std::vector<DrawnTask> tasks;  // Dependencies first.
  // The longest chain if nothing were cached, first task first; empty without durations.
  std::vector<TaskId> critical_path;
  std::uint64_t critical_ms = 0;
};

DrawnGraph draw(const RunContext& run, const LookupResult& lookups, std::string title);
// Sets critical_path and critical_ms from the rest.
void find_critical_path(DrawnGraph& graph);

// "miss", "hit_local", ... as `plan --json` and `why --json` have it.
std::string_view json_name_of(Place place);

std::string graph_json(const DrawnGraph& graph);
// One page that needs nothing else: docs/cli.md.
std::string graph_html(const DrawnGraph& graph);
// The DOT language of Graphviz.
std::string graph_dot(const DrawnGraph& graph);
// A flowchart of Mermaid.
std::string graph_mermaid(const DrawnGraph& graph);

}  // namespace vc::agent
