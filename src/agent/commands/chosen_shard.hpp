// What --shard leaves of a task graph.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/task_graph.hpp"

#include <expected>
#include <string>

namespace vc::agent {

struct ShardedGraph {
  TaskGraph graph;
  // "shard 2/4: 3 of 12 tasks, about 40 s of 2 m 40 s (10 timed); division 1a2b3c4d". The last word
  // is the same on every machine that divides in the same way.
  std::string notice;
};

// The shard's tasks of those that `graph` was asked for, and what they need. Files of timings count
// from `directory`. Errors: a file of timings that cannot be used.
std::expected<ShardedGraph, Diagnostics> keep_shard(const TaskGraph& graph,
                                                    const SelectionArguments& arguments,
                                                    const Config& config,
                                                    const Workspace& workspace,
                                                    const fs::path& directory);

}  // namespace vc::agent
